"""A confusion matrix as the list of those cells that are not empty, for however many classes.

The matrix of ImageNet-21k's classes has 477 million cells; the answers to a data set fill a tiny
part of them.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics import confusion

# classes up to which a whole matrix is small beside the answers: 128 MiB of counts
_DENSE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How often each class was taken for each, by true class and then by predicted class."""

    classes: int
    truths: np.ndarray
    """(P,) int64: the true class of each cell."""
    predicted: np.ndarray
    """(P,) int64: what it was taken for."""
    counts: np.ndarray
    """(P,) int64: how often, at least once."""

    @property
    def n(self) -> int:
        """Answers."""
        return int(self.counts.sum())

    @property
    def right(self) -> np.ndarray:
        """(C,) int64: right answers of each class."""
        return self._sums(self.truths, self.truths == self.predicted)

    @property
    def support(self) -> np.ndarray:
        """(C,) int64: pictures of each class."""
        return self._sums(self.truths)

    @property
    def said(self) -> np.ndarray:
        """(C,) int64: how often each class was the answer, right or wrong."""
        return self._sums(self.predicted)

    @property
    def wrong(self) -> "Counts":
        """Without the diagonal."""
        return self.where(self.truths != self.predicted)

    def where(self, chosen: np.ndarray) -> "Counts":
        """Some of the cells, by a (P,) mask or by rows."""
        return Counts(
            self.classes, self.truths[chosen], self.predicted[chosen], self.counts[chosen]
        )

    def dense(self) -> np.ndarray:
        """(C, C) int64, rows are the truth. ValueError for more than 4,096 classes."""
        if self.classes > _DENSE:
            raise ValueError(f"a matrix of {self.classes:,} classes would be too large")
        matrix = np.zeros((self.classes, self.classes), np.int64)
        matrix[self.truths, self.predicted] = self.counts
        return matrix

    def merged(self, group_of: np.ndarray, groups: int) -> np.ndarray:
        """(G, G) int64 counts between groups, from the (C,) group of each class, 0 to G - 1."""
        keys = np.asarray(group_of, np.int64)
        pairs = keys[self.truths] * groups + keys[self.predicted]
        # sums of float64 are exact up to 2^53
        sums = np.bincount(pairs, self.counts, groups * groups)
        return sums.astype(np.int64).reshape(groups, groups)

    def _sums(self, of: np.ndarray, chosen: np.ndarray | slice = slice(None)) -> np.ndarray:
        sums = np.bincount(of[chosen], self.counts[chosen], self.classes)
        return sums.astype(np.int64)


def count(labels: np.ndarray, predicted: np.ndarray, classes: int) -> Counts:
    """Count (n,) true and (n,) predicted classes, 0 to classes - 1. ValueError for any other."""
    for array in (labels, predicted):
        if len(array) and (array.min() < 0 or array.max() >= classes):
            raise ValueError("an answer is none of the classes")
    if classes <= _DENSE:
        return from_matrix(confusion(labels, predicted, classes))
    kind = np.int32 if classes**2 <= np.iinfo(np.int32).max else np.int64  # sorts twice as fast
    keys = np.asarray(labels, kind) * kind(classes) + np.asarray(predicted, kind)
    pairs, counts = np.unique(keys, return_counts=True)
    return Counts(classes, *np.divmod(pairs.astype(np.int64), classes), counts)


def from_matrix(matrix: np.ndarray) -> Counts:
    """Of a (C, C) confusion matrix, rows are the truth."""
    matrix = np.asarray(matrix)
    truths, predicted = np.nonzero(matrix)
    return Counts(len(matrix), truths, predicted, matrix[truths, predicted].astype(np.int64))


def rows(
    labels: np.ndarray,
    predicted: np.ndarray,
    truths: Collection[int] | None,
    answers: Collection[int] | None,
) -> np.ndarray:
    """Rows of the answers that a cell counts, ascending (k,) int64.

    A cell is the true classes and the predicted classes that it stands for, one or many; None
    stands for all.
    """
    chosen = np.ones(len(labels), bool)
    for array, wanted in ((labels, truths), (predicted, answers)):
        if wanted is not None:
            chosen &= _isin(array, wanted)
    return np.flatnonzero(chosen)


def _isin(array: np.ndarray, wanted: Collection[int]) -> np.ndarray:
    if len(wanted) == 1:
        return array == next(iter(wanted))
    chosen = np.fromiter(wanted, np.int64, len(wanted))
    among = np.zeros(max(array.max(initial=0), chosen.max(initial=0)) + 1, bool)
    among[chosen] = True
    return among[array]
