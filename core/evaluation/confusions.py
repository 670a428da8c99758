"""Which classes are taken for which: pairs by how often it happens, and where that is most."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.counts import Counts, from_matrix


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of a confusion matrix off its diagonal; classes by their positions."""

    truth: int
    predicted: int
    count: int


@dataclass(frozen=True, slots=True)
class Mutual:
    """Two classes that are taken for each other; ``a`` is the one of more mistakes."""

    a: int
    b: int
    forth: int
    """Pictures of a that were taken for b."""
    back: int
    """Pictures of b that were taken for a."""

    @property
    def count(self) -> int:
        """Both together."""
        return self.forth + self.back


@dataclass(frozen=True, slots=True)
class Around:
    """What one class is confused with, the most frequent first."""

    taken_for: tuple[Pair, ...]
    """What its pictures were taken for."""
    taken_from: tuple[Pair, ...]
    """Whose pictures were taken for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some classes of a confusion matrix, and all others as one."""

    classes: np.ndarray
    """(K,) int64: those shown on their own, ascending."""
    counts: np.ndarray
    """(K + 1, K + 1) int64; the last row and column are the others, (K, K) where there are none."""

    def members(self, at: int, of: int) -> np.ndarray:
        """(k,) int64: which of so many classes a row or a column of the matrix stands for."""
        if at < len(self.classes):
            return self.classes[at : at + 1]
        return np.setdiff1d(np.arange(of), self.classes)


def ranked(counts: np.ndarray | Counts, most: int | None = None) -> tuple[Pair, ...]:
    """The pairs that occur in a (C, C) confusion matrix, the most frequent first; all or so many.

    Of equals the one comes first that is the larger share of its true class, then by position.
    """
    return _pairs(_sorted(_counts(counts)), most)


def mutual(counts: np.ndarray | Counts, most: int | None = None) -> tuple[Mutual, ...]:
    """Pairs of classes by how often they are taken for each other in both directions, most first.

    Of equals the one by position. "Taken for each other 31 times: 20 + 11."
    """
    wrong = _counts(counts).wrong
    low, high = np.sort([wrong.truths, wrong.predicted], axis=0)
    pairs, place = np.unique(low * wrong.classes + high, return_inverse=True)
    upward = wrong.truths < wrong.predicted
    ways = [np.zeros(len(pairs), np.int64) for _ in range(2)]
    for way, chosen in zip(ways, (upward, ~upward), strict=True):
        way[place[chosen]] = wrong.counts[chosen]  # each cell once
    order = np.lexsort((pairs, -(ways[0] + ways[1])))[:most]
    found = []
    for at in order.tolist():
        a, b = divmod(int(pairs[at]), wrong.classes)
        forth, back = int(ways[0][at]), int(ways[1][at])
        found.append(Mutual(a, b, forth, back) if forth >= back else Mutual(b, a, back, forth))
    return tuple(found)


def around(counts: np.ndarray | Counts, at: int, most: int | None = None) -> Around:
    """What the class ``at`` is confused with, in both directions; at most so many of each."""
    known = _counts(counts)
    wrong, support = known.wrong, known.support
    own, others = wrong.where(wrong.truths == at), wrong.where(wrong.predicted == at)
    return Around(_pairs(_by_count(own, support), most), _pairs(_by_count(others, support), most))


def most_confused(counts: np.ndarray | Counts, most: int) -> np.ndarray:
    """At most so many classes: those of the most frequent pairs, then the largest; ascending.

    Both classes of a pair are among them, or it is not counted.
    """
    known = _counts(counts)
    cells = _sorted(known)
    chosen: set[int] = set()
    for pair in zip(cells.truths.tolist(), cells.predicted.tolist(), strict=True):
        missing = set(pair) - chosen
        if len(chosen) + len(missing) <= most:
            chosen |= missing
        if len(chosen) == most:
            break
    for at in np.argsort(-known.support, kind="stable").tolist():
        if len(chosen) >= min(most, known.classes):
            break
        chosen.add(at)
    return np.array(sorted(chosen), np.int64)


def most_confused_between(
    counts: np.ndarray | Counts, truths: np.ndarray, predicted: np.ndarray, most: int
) -> np.ndarray:
    """At most so many of two sets of classes, given by their positions; ascending.

    Chosen as in `most_confused`, by the pictures of ``truths`` that were taken for ``predicted``
    alone.
    """
    known = _counts(counts)
    inside = np.isin(known.truths, truths) & np.isin(known.predicted, predicted)
    found = most_confused(known.where(inside), most)
    return np.intersect1d(found, np.union1d(truths, predicted))


def part(counts: np.ndarray | Counts, classes: np.ndarray) -> Part:
    """These classes on their own, such as those of `most_confused`, and the rest in one."""
    known = _counts(counts)
    classes = np.unique(classes)
    group_of = np.full(known.classes, len(classes))
    group_of[classes] = np.arange(len(classes))
    return Part(classes, known.merged(group_of, min(len(classes) + 1, known.classes)))


def _counts(counts: np.ndarray | Counts) -> Counts:
    return counts if isinstance(counts, Counts) else from_matrix(counts)


def _sorted(known: Counts) -> Counts:
    return _by_count(known.wrong, known.support)


def _by_count(cells: Counts, support: np.ndarray) -> Counts:
    shares = cells.counts / support[cells.truths]
    return cells.where(np.lexsort((cells.predicted, cells.truths, -shares, -cells.counts)))


def _pairs(cells: Counts, most: int | None) -> tuple[Pair, ...]:
    columns = (cells.truths, cells.predicted, cells.counts)
    return tuple(map(Pair, *(column[:most].tolist() for column in columns)))
