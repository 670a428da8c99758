"""A run looked at afterwards: its answers on held-out pictures beside what knowing less reaches."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import evaluation, models
from core.data import Dataset
from core.errors import DataError, RunError
from core.evaluation import TEST, VALIDATION, Predictions, Score
from core.evaluation.running.part import DETAILS, PREDICTIONS
from core.evaluation.titles import titles
from core.training.after.outcome import MODEL
from core.training.export.zipped import FILE

_PARTS = {VALIDATION: "validation", TEST: "test"}
_OPENED = "test-opened"


@dataclass(frozen=True, eq=False)
class Part:
    """The answers to one part of the held-out pictures, of which there is one at least."""

    name: str
    """validation or test"""
    answers: Predictions
    score: Score
    majority: float | None
    """What always saying the largest class of the training gets right; None where not known."""
    before: Score | None
    """Of the model before it was tuned; None where it had no answer."""

    @property
    def mended(self) -> int:
        """Pictures that the tuning made right."""
        return int((self._right & ~self._right_before).sum())

    @property
    def spoilt(self) -> int:
        """Pictures that were right before it and are wrong now."""
        return int((~self._right & self._right_before).sum())

    @property
    def chance(self) -> float:
        """How probable so uneven numbers, or more so, are if the tuning changed nothing.

        McNemar's test: each of the changed pictures went one way or the other with even odds.
        """
        return evaluation.mcnemar(self.mended, self.spoilt)

    @property
    def _right(self) -> np.ndarray:
        return self.answers.predicted == self.answers.labels

    @property
    def _right_before(self) -> np.ndarray:
        return self.answers.before.argmax(1) == self.answers.labels


@dataclass(frozen=True, eq=False)
class Review:
    """What a run has left."""

    titles: tuple[str, ...]
    """A name for each class; those of equal labels differ."""
    parts: Mapping[str, Part]
    """By name; only those with pictures."""
    counts: np.ndarray | None
    """(classes, 3) int64: pictures of each class and part; None where not known."""
    matched: tuple[tuple[str, tuple[str, ...]], ...]
    """Each class with the synsets that stood for it before the tuning; empty where none did."""
    unmatched: tuple[str, ...]
    """Classes that the untuned model does not know."""
    reason: str
    """Why nothing is known of the time before the tuning; empty where it is."""


def is_usable(folder: Path) -> bool:
    """Whether a run has left a model."""
    return (folder / MODEL).is_file()


def review(folder: Path, result: Mapping[str, Any] | None) -> Review:
    """Read a run's folder; ``result`` is what its job returned, if it came to its end.

    Raises RunError where the answers are damaged, and ModelError where only the model knows the
    classes and is damaged. A run without held-out pictures has no parts.
    """
    known, details = result or {}, _details(folder)
    classes = details.get("classes")
    if classes is None:
        classes = [(c.wnid, c.label) for c in models.classes_of(f"run/{folder.name}")]
    counts = details.get("class_counts")
    path = folder / PREDICTIONS
    parts = {}
    if path.exists() or known.get("validation") or known.get("test"):
        answers = Predictions.load(path)
        if answers.probabilities.shape[1] != len(classes):
            raise RunError(f"{path} belongs to another run: it knows other classes.")
        for number, name in _PARTS.items():
            own = answers.of(number)
            if len(own):
                parts[name] = _part(name, own, known.get("majority", {}).get(name))
    return Review(
        titles([(wnid, label) for wnid, label in classes]),
        parts,
        None if counts is None else np.array(counts, np.int64),
        tuple((label, tuple(synsets)) for label, synsets in details.get("matched", ())),
        tuple(details.get("unmatched", ())),
        known.get("untuned", {}).get("reason", ""),
    )


def check_same(dataset: Dataset, answers: Predictions, counts: np.ndarray | None) -> None:
    """DataError unless the data set still has the pictures that were answered, in their places.

    Told by their classes, and by how many pictures of each class the run had, as in `Review`.
    """
    at, used = answers.positions, () if counts is None else counts
    there = np.bincount(dataset.labels, minlength=len(used))
    moved = len(at) and (at.max() >= len(dataset) or (dataset.labels[at] != answers.labels).any())
    gone = len(used) and (there[: len(used)] < np.sum(used, axis=1)).any()
    if moved or gone:
        raise DataError(
            f"{dataset.name} has changed since the run, so its pictures cannot be shown beside "
            "what was said of them: put them back as they were, or train again."
        )


def is_test_open(folder: Path) -> bool:
    """Whether somebody has looked at the answers to the test part."""
    return (folder / _OPENED).exists()


def open_test(folder: Path) -> None:
    """Note that somebody looks at them from now on. Raises RunError."""
    try:
        (folder / _OPENED).touch()
    except OSError as error:
        raise RunError(f"{folder} cannot be written: {error.strerror}.") from error


def export_of(folder: Path) -> Path | None:
    """The zip that was exported of the run's model, where that is still the same."""
    made = folder / FILE
    try:
        is_new = made.stat().st_mtime >= (folder / MODEL).stat().st_mtime
    except FileNotFoundError:
        return None
    return made if is_new else None


def _details(folder: Path) -> dict[str, Any]:
    path = folder / DETAILS
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:  # the run was stopped before its end
        return {}
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged: delete it to see what else the run left.") from error


def _part(name: str, answers: Predictions, majority: float | None) -> Part:
    before = None
    if answers.before is not None:
        before = evaluation.score(answers.labels, answers.before)
    score = evaluation.score(answers.labels, answers.probabilities)
    return Part(name, answers, score, majority, before)
