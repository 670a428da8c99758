"""Two sets of answers to the same pictures: what was fixed, what broke, and could it be chance?"""

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics import wilson


@dataclass(frozen=True, slots=True)
class Paired:
    """Pictures by which of two sets of answers are right."""

    both: int
    """Right before and after."""
    broken: int
    """Right before, wrong after."""
    fixed: int
    """Wrong before, right after."""
    neither: int
    """Wrong before and after."""

    @property
    def n(self) -> int:
        """All pictures."""
        return self.both + self.broken + self.fixed + self.neither

    @property
    def difference(self) -> float:
        """Accuracy after minus accuracy before, from -1 to 1; NaN without pictures."""
        return (self.fixed - self.broken) / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of that difference by `paired_interval`."""
        return paired_interval(self)

    @property
    def chance(self) -> float:
        """How probable so uneven numbers are if neither is better: `mcnemar`."""
        return mcnemar(self.fixed, self.broken)


@dataclass(frozen=True, slots=True, eq=False)
class ClassChanges:
    """What changed for each class. Arrays are (C,) int64."""

    n: np.ndarray
    """Pictures."""
    fixed: np.ndarray
    broken: np.ndarray

    @property
    def net(self) -> np.ndarray:
        """Right answers more than before, below 0 for fewer."""
        return self.fixed - self.broken

    def gained(self, most: int) -> np.ndarray:
        """At most so many classes that have more right answers, the largest gain first.

        Of equals the one with fewer pictures, then by position.
        """
        return self._first(self.net, most)

    def lost(self, most: int) -> np.ndarray:
        """At most so many classes that have fewer right answers, the largest loss first."""
        return self._first(-self.net, most)

    def _first(self, gain: np.ndarray, most: int) -> np.ndarray:
        order = np.lexsort((self.n, -gain))
        return order[gain[order] > 0][:most]


def paired(right_before: np.ndarray, right_after: np.ndarray) -> Paired:
    """Count (n,) bools, whether each answer is right. Their rows are `paired_rows`."""
    return Paired(
        **{name: int(mask.sum()) for name, mask in _masks(right_before, right_after).items()}
    )


def paired_rows(right_before: np.ndarray, right_after: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of the pictures that `Paired` counts, by the names of its fields, each ascending."""
    masks = _masks(right_before, right_after)
    return {name: np.flatnonzero(mask) for name, mask in masks.items()}


def class_changes(
    labels: np.ndarray, right_before: np.ndarray, right_after: np.ndarray, classes: int
) -> ClassChanges:
    """What changed for each of so many true classes."""
    masks = _masks(right_before, right_after)
    chosen = (slice(None), masks["fixed"], masks["broken"])
    return ClassChanges(*(np.bincount(labels[rows], minlength=classes) for rows in chosen))


def paired_interval(counts: Paired, z: float = 1.96) -> tuple[float, float]:
    """The interval of accuracy after minus accuracy before, for the same pictures.

    Newcombe, "Improved confidence intervals for the difference between binomial proportions based
    on paired data", Statistics in Medicine 1998, method 10: the `wilson` intervals of both, joined
    by squares with the correlation of the answers, which is corrected for continuity where it is
    above 0. From -1 to 1 where there are no pictures.
    """
    n = counts.n
    if n == 0:
        return -1.0, 1.0
    after, before = counts.both + counts.fixed, counts.both + counts.broken
    share, base = after / n, before / n
    low, high = wilson(after, n, z)
    base_low, base_high = wilson(before, n, z)
    down, up = share - low, high - share
    base_down, base_up = base - base_low, base_high - base
    phi = _correlation(counts)
    lower = math.sqrt(max(0.0, down**2 - 2 * phi * down * base_up + base_up**2))
    upper = math.sqrt(max(0.0, up**2 - 2 * phi * up * base_down + base_down**2))
    difference = share - base
    return max(-1.0, difference - lower), min(1.0, difference + upper)


def mcnemar(fixed: int, broken: int) -> float:
    """How probable so uneven numbers, or more so, are if nothing but chance changed the answers.

    McNemar's test (1947) in its exact two-sided form, for few changes and for millions: each
    changed answer went one way or the other with even odds. 1 where nothing changed.
    """
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(fixed, broken), fixed + broken, 0.5)))


def _correlation(counts: Paired) -> float:
    """Phi of the two-by-two table."""
    a, b, c, d = counts.both, counts.broken, counts.fixed, counts.neither
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    cross = a * d - b * c
    if cross > 0:
        cross = max(cross - counts.n / 2, 0)
    return cross / math.sqrt(margins)


def _masks(right_before: np.ndarray, right_after: np.ndarray) -> dict[str, np.ndarray]:
    """(n,) bools by the names of `Paired`'s fields."""
    before, after = (np.asarray(right, bool) for right in (right_before, right_after))
    if before.shape != after.shape:
        raise ValueError("these are not answers to the same pictures")
    return {
        "both": before & after,
        "broken": before & ~after,
        "fixed": after & ~before,
        "neither": ~(before | after),
    }
