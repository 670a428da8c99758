"""Two evaluations of the same pictures, picture by picture."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from core.errors import EvaluationError
from core.evaluation.answers import Answers
from core.evaluation.counts import count
from core.evaluation.hierarchy.severity import MergedAccuracy, merged_accuracy
from core.evaluation.scores.compare import ClassChanges, Paired, class_changes, paired, paired_rows
from core.evaluation.selection import smallest

CHANGES = ("broken", "fixed", "neither", "both")
"""What may have become of an answer, as the fields of `scores.compare.Paired` have it."""


class Pairing:
    """The m pictures that both evaluations judge, from the one before to the one after.

    Made by `pair`.
    """

    def __init__(
        self, before: Answers, after: Answers, rows_before: np.ndarray, rows_after: np.ndarray
    ) -> None:
        self.before, self.after = before, after
        self.rows_before = rows_before
        """(m,) int64: the answers of ``before``, ascending."""
        self.rows_after = rows_after
        """(m,) int64: those of ``after`` about the same pictures."""

    def __len__(self) -> int:
        return len(self.rows_before)

    @property
    def is_partial(self) -> bool:
        """Whether one of the two judges pictures that the other does not."""
        return not len(self) == len(self.before) == len(self.after)

    @cached_property
    def counts(self) -> Paired:
        """How many pictures changed in which way."""
        return paired(self._right_before, self._right_after)

    @cached_property
    def rows(self) -> Mapping[str, np.ndarray]:
        """Positions 0..m-1 of the pictures of each of `CHANGES`, ascending."""
        return paired_rows(self._right_before, self._right_after)

    @cached_property
    def classes(self) -> ClassChanges:
        """What changed for each of the classes of ``before``."""
        labels = self.before.labels[self.rows_before]
        return class_changes(
            labels, self._right_before, self._right_after, len(self.before.classes)
        )

    @cached_property
    def merged(self) -> tuple[MergedAccuracy, MergedAccuracy]:
        """Accuracy of both as the classes are merged towards WordNet's root."""
        return _merged(self.before, self.rows_before), _merged(self.after, self.rows_after)

    def page(self, change: str, among: np.ndarray, start: int, count: int) -> np.ndarray:
        """Of positions ``among``, all of one of `CHANGES`, those from ``start`` on in their order.

        The surest of the wrong answers come first; of what both have right, the most undecided.
        Equals by their rows.
        """
        sure_before = self.before.confidence[self.rows_before[among]]
        sure_after = self.after.confidence[self.rows_after[among]]
        by = {
            "broken": -sure_after,
            "fixed": -sure_before,
            "neither": -(sure_before + sure_after),
            "both": sure_before + sure_after,
        }[change]
        return among[smallest(by, count, start)]

    @cached_property
    def _right_before(self) -> np.ndarray:
        return self.before.right[self.rows_before]

    @cached_property
    def _right_after(self) -> np.ndarray:
        return self.after.right[self.rows_after]


def pair(before: Answers, after: Answers) -> Pairing:
    """Match the pictures of two evaluations by their places in the data set and their bytes.

    EvaluationError where none is judged by both, or of another class in each.
    """
    at_before = np.asarray(before.table["position"])[before.rows]
    at_after = np.asarray(after.table["position"])[after.rows]
    if np.array_equal(at_before, at_after):
        rows_before = rows_after = np.arange(len(at_before))
    else:
        _, rows_before, rows_after = np.intersect1d(
            at_before, at_after, assume_unique=True, return_indices=True
        )
    same = _same_pictures(before, after, rows_before, rows_after)
    if not same.all():
        rows_before, rows_after = rows_before[same], rows_after[same]
    found = Pairing(before, after, rows_before, rows_after)
    if not len(found):
        raise _apart()
    _check(found)
    return found


def _same_pictures(
    before: Answers, after: Answers, rows_before: np.ndarray, rows_after: np.ndarray
) -> np.ndarray:
    """(m,) bool: whether both were shown the same bytes; of what is shipped nobody knows these."""
    first, second = before.digest_starts[rows_before], after.digest_starts[rows_after]
    return (first == second) | (first == 0) | (second == 0)


def _check(found: Pairing) -> None:
    """EvaluationError unless both mean the same pictures and the same truths."""
    for i in {0, len(found) // 2, len(found) - 1}:
        name = found.before.file(int(found.rows_before[i]))
        if name != found.after.file(int(found.rows_after[i])):
            raise _apart()
    if found.before.table.meta["classes"] != found.after.table.meta["classes"]:
        raise _apart()
    labels = found.before.labels[found.rows_before]
    if not np.array_equal(labels, found.after.labels[found.rows_after]):
        raise _apart()


def _apart() -> EvaluationError:
    return EvaluationError(
        "These two evaluations have no pictures in common: choose two of the same data set, or "
        "evaluate one model on the data set of the other."
    )


def _merged(answers: Answers, rows: np.ndarray) -> MergedAccuracy:
    if len(rows) == len(answers):
        return merged_accuracy(answers.counts, answers.hierarchy)
    counts = count(answers.labels[rows], answers.predicted[rows], len(answers.classes))
    return merged_accuracy(counts, answers.hierarchy)
