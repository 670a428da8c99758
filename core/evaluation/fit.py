"""Whether a data set and a model fit each other: which classes of the data the model can name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from core.data import DataClass, Dataset
from core.errors import EvaluationError
from core.evaluation.baselines import Matching, match

if TYPE_CHECKING:
    from core.models import ModelClass

_NAMED = 5


class Way(StrEnum):
    """By what a class of the data was found among the model's."""

    WNID = "wnid"
    INDEX = "index"
    LEMMA = "lemma"
    """By one of the names that WordNet has for a synset of the model."""
    LABEL = "label"
    """By the name of one of the model's own classes, which are no synsets."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the classes of a data set match a model's."""

    matching: Matching
    ways: tuple[Way | None, ...]
    """By data class; None where the model does not know it."""
    shared: tuple[tuple[int, ...], ...]
    """Groups of data classes that some output counts for, each sorted: an answer with that output
    is right for all of a group."""
    counts: np.ndarray
    """(C,) int64: how many pictures each data class has."""

    @property
    def unknown(self) -> tuple[int, ...]:
        """The data classes that the model does not know."""
        return tuple(at for at, way in enumerate(self.ways) if way is None)

    @property
    def judged(self) -> int:
        """How many pictures are of classes that the model knows."""
        return int(self.counts.sum() - self.left_out)

    @property
    def left_out(self) -> int:
        """How many pictures are of classes that it does not know."""
        return int(self.counts[list(self.unknown)].sum())

    def check(self, model: str, data: str) -> None:
        """EvaluationError where the model knows none of the classes that there are pictures of."""
        if self.judged:
            return
        labels = self.matching.missing or self.matching.labels
        more = " ..." if len(labels) > _NAMED else ""
        raise EvaluationError(
            f"{model} knows none of the classes of {data} ({', '.join(labels[:_NAMED])}{more}): "
            "choose a model that was trained on such classes, or fine-tune one on them first."
        )


def fit(dataset: Dataset, positions: np.ndarray, model_classes: "Sequence[ModelClass]") -> Fit:
    """Match the classes of a data set with a model's, and count the pictures at ``positions``."""
    classes = dataset.classes
    matching = match([(known.wnid, known.label) for known in classes], model_classes)
    both = zip(classes, matching.synsets, matching.outputs, strict=True)
    return Fit(
        matching,
        tuple(_way(known, synsets) if outputs else None for known, synsets, outputs in both),
        _shared(matching),
        np.bincount(dataset.labels[positions], minlength=len(classes)),
    )


def _way(known: DataClass, synsets: Sequence[str]) -> Way:
    if not synsets:
        return Way.LABEL
    if known.index is not None:
        return Way.INDEX
    # folders such as n02085620-Chihuahua have no wnid of their own
    by_wnid = known.wnid is not None or known.label.startswith(tuple(synsets))
    return Way.WNID if by_wnid else Way.LEMMA


def _shared(matching: Matching) -> tuple[tuple[int, ...], ...]:
    claimants: defaultdict[int, list[int]] = defaultdict(list)
    for at, outputs in enumerate(matching.outputs):
        for output in outputs:
            claimants[output].append(at)
    return tuple(sorted({tuple(group) for group in claimants.values() if len(group) > 1}))
