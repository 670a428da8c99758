"""The labelled pictures of a run, shared out and decoded."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core import data
from core.data import Dataset
from core.data.splits import Split, digests, split
from core.errors import TrainingError
from core.training.recipe import Recipe

Tell = Callable[[str, int, int], None]
_NAMED = 3


@dataclass(frozen=True)
class Material:
    """A data set, and which of its pictures are for what."""

    dataset: Dataset
    digests: list[str | None]
    split: Split
    warnings: tuple[str, ...] = ()

    @property
    def classes(self) -> list[tuple[str | None, str]]:
        """Wnid, or None, and label of each class."""
        return [(known.wnid, known.label) for known in self.dataset.classes]

    @property
    def used(self) -> np.ndarray:
        """The positions of all pictures that are in a part, sorted."""
        return np.sort(np.concatenate(list(self.parts)))

    @property
    def held_out(self) -> np.ndarray:
        """Those that are not learnt from: validation first, then test."""
        return np.concatenate([self.split.validation, self.split.test])

    @property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Training, validation and test."""
        return self.split.train, self.split.validation, self.split.test

    def class_counts(self) -> np.ndarray:
        """(classes, 3): training, validation and test pictures of each."""
        count = len(self.dataset.classes)
        labels = self.dataset.labels
        return np.stack([np.bincount(labels[part], minlength=count) for part in self.parts], axis=1)

    def fingerprint(self) -> bytes:
        """32 bytes that stand for the classes, and for each part's pictures in their places."""
        labels = self.dataset.labels.tolist()
        pictures = [
            [(at, self.digests[at], labels[at]) for at in part.tolist()] for part in self.parts
        ]
        return hashlib.sha256(json.dumps([self.classes, pictures]).encode()).digest()

    def without(self, unreadable: dict[int, str]) -> "Material":
        """The same but for pictures that cannot be read, with a warning about them."""
        if not unreadable:
            return self
        bad = list(unreadable)
        parts = (part[~np.isin(part, bad)] for part in self.parts)
        return replace(
            self,
            split=Split(*parts),
            warnings=(*self.warnings, _left_out(list(unreadable.values()))),
        )

    def check(self) -> None:
        """TrainingError unless there are two classes and each has a picture to learn from."""
        learnt = self.class_counts()[:, 0]
        if not learnt.any():
            raise TrainingError(
                f"None of the pictures of {self.dataset.name} can be read, so there is nothing to "
                "learn from. " + " ".join(self.warnings)
            )
        missing = [label for (_, label), n in zip(self.classes, learnt, strict=True) if n == 0]
        if len(learnt) < 2 or len(missing) == len(learnt) - 1:
            raise TrainingError(
                f"{self.dataset.name} has pictures to learn from of one class only, so there is "
                "nothing to tell apart: add a second class."
            )
        if missing:
            raise TrainingError(
                f"There is no picture to learn from of {', '.join(missing[:_NAMED])}"
                f"{' and others' if len(missing) > _NAMED else ''}: add some, or leave out such "
                "classes."
            )


def gather(recipe: Recipe, tell: Tell) -> Material:
    """Open the recipe's data set, and share its pictures out by their bytes and the seed.

    Raises DataError.
    """
    dataset = data.open(recipe.data)
    if recipe.classes is not None:
        dataset = data.choose(dataset, recipe.classes)
    known = digests(dataset, lambda done, of: tell("looking through the pictures", done, of))
    parts = split(dataset, known, seed=recipe.seed, validation=recipe.validation, test=recipe.test)
    material = Material(dataset, known, parts)
    missing = {at: "its bytes cannot be read" for at, key in enumerate(known) if key is None}
    return material.without(missing)


def _left_out(reasons: list[str]) -> str:
    count = len(reasons)
    first = "; ".join(reason.rstrip(".") for reason in reasons[:_NAMED])
    pictures = "1 picture cannot" if count == 1 else f"{count:,} pictures cannot"
    return f"{pictures} be read and {'is' if count == 1 else 'are'} left out: {first}."
