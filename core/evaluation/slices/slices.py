"""Accuracy by what was measured of the pictures, and the slices in which it is lower than else."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from core.evaluation.metrics import wilson
from core.evaluation.slices.signals import ALL_SIGNALS

BINS = 5
LEVEL = 0.05
"""Of the corrected p value, up to which a difference is taken for more than chance."""
_BLOCK = 1 << 14  # rows that fit into the cache
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Slice:
    """The pictures with values of one signal from ``low`` to ``high``, both of which occur."""

    signal: str
    low: float
    high: float
    n: int
    right: int

    @property
    def words(self) -> str:
        """Which pictures these are, such as ``Brightness 12 to 80.5 levels``."""
        signal = next(signal for signal in ALL_SIGNALS if signal.name == self.signal)
        if signal.name == "grey":
            return "Without colour" if self.low else "With colour"
        form, unit = (".0%", "") if signal.unit == "share" else (".3g", signal.unit)
        ends = dict.fromkeys(format(value, form) for value in (self.low, self.high))
        return f"{signal.label} {' to '.join(ends)} {unit}".strip()

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval by `wilson`."""
        return wilson(self.right, self.n)

    def rows(self, values: np.ndarray) -> np.ndarray:
        """Rows of its pictures, from the (n,) values of the signal, ascending."""
        return np.flatnonzero((values >= self.low) & (values <= self.high))


@dataclass(frozen=True, slots=True)
class Finding:
    """A slice beside all other pictures whose signal is known."""

    slice: Slice
    rest: float
    """Accuracy of the others."""
    p: float
    """How probable an accuracy so low is by chance, corrected for the number of slices."""

    @property
    def below(self) -> float:
        """How far the slice is below the others; negative where it is above."""
        return self.rest - self.slice.accuracy

    @property
    def is_clear(self) -> bool:
        """Whether it is more than chance, at `LEVEL`."""
        return self.p <= LEVEL


def slices(
    signal: str, values: np.ndarray, right: np.ndarray, bins: int = BINS
) -> tuple[Slice, ...]:
    """Cut (n,) values into at most so many slices of about as many pictures, ascending.

    ``right`` is (n,) bool. Equal values are never parted, so a signal of few values, such as yes
    and no, gives a slice for each, and a constant one gives one. NaN is left out.
    """
    rising = np.sort(values)
    rising = rising[: np.searchsorted(rising, np.nan)]  # NaN comes last
    if len(rising) == 0:
        return ()
    first = _first(rising, bins)
    lows, highs = rising[first], rising[np.append(first[1:], len(rising)) - 1]
    n = np.diff(np.append(first, len(rising)))
    correct = -np.diff(_right_from(values, np.asarray(right, bool), lows), append=0)
    columns = (column.tolist() for column in (lows, highs, n, correct))
    return tuple(Slice(signal, *row) for row in zip(*columns, strict=True))


def weakest(by_signal: Mapping[str, Sequence[Slice]]) -> tuple[Finding, ...]:
    """The slices by how far they are below the rest, clear ones before those that may be chance.

    Each is tested against the rest of its signal by Fisher's exact test, one-sided, and the p
    values of all slices together are corrected after Holm ("A simple sequentially rejective
    multiple test procedure", Scandinavian Journal of Statistics, 1979): the probability that any
    slice is called clear that is not is at most 5 %. A signal of one slice has no rest.
    """
    from scipy.stats import hypergeom

    found = []
    for several in by_signal.values():
        n, right = sum(one.n for one in several), sum(one.right for one in several)
        for one in several if len(several) > 1 else ():
            p = float(hypergeom.cdf(one.right, n, right, one.n))
            found.append((one, (right - one.right) / (n - one.n), p))
    corrected = holm(np.array([p for *_, p in found], np.float64)).tolist()
    findings = [Finding(one, rest, p) for (one, rest, _), p in zip(found, corrected, strict=True)]
    return tuple(sorted(findings, key=lambda finding: (not finding.is_clear, -finding.below)))


def findings(signals: np.ndarray, right: np.ndarray) -> tuple[Finding, ...]:
    """`weakest` of the slices by every signal: (n, S) values, (n,) bool, whether answers are right.

    The signals are the first S of `ALL_SIGNALS`.
    """
    names = [signal.name for signal in ALL_SIGNALS[: signals.shape[1]]]
    with ThreadPoolExecutor(_THREADS) as pool:  # NumPy sorts without Python's lock
        several = pool.map(slices, names, _columns(signals), repeat(right))
        return weakest(dict(zip(names, several, strict=True)))


def holm(p: np.ndarray) -> np.ndarray:
    """(m,) p values -> (m,) corrected ones, at most 1, in the same order."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = stepped.clip(max=1)
    return corrected


def _columns(values: np.ndarray) -> np.ndarray:
    """(n, S) -> (S, n), each together; by blocks it takes half as long."""
    turned = np.empty(values.shape[::-1], values.dtype)
    for start in range(0, len(values), _BLOCK):
        turned[:, start : start + _BLOCK] = values[start : start + _BLOCK].T
    return turned


def _first(rising: np.ndarray, bins: int) -> np.ndarray:
    """(k,) where the slices begin in (n,) ascending values."""
    starts = [0]
    while len(starts) <= bins and starts[-1] < len(rising):
        starts.append(int(np.searchsorted(rising, rising[starts[-1]], "right")))
    if starts[-1] == len(rising):  # a slice for each value
        return np.array(starts[:-1])
    wanted = rising[np.arange(bins) * len(rising) // bins]
    return np.unique(np.searchsorted(rising, wanted))


def _right_from(values: np.ndarray, right: np.ndarray, lows: np.ndarray) -> np.ndarray:
    """(k,) int64: right answers with a value of at least each low.

    Much faster than to look for the slice of each answer.
    """
    found = np.zeros(len(lows), np.int64)
    for start in range(0, len(values), _BLOCK):
        block = slice(start, start + _BLOCK)
        found += [np.count_nonzero((values[block] >= low) & right[block]) for low in lows]
    return found
