"""Some of the answers, in an order: what a gallery shows."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from core.evaluation.answers import Answers
from core.evaluation.counts import rows as cell_rows
from core.evaluation.hierarchy.severity import GRADES
from core.evaluation.slices.signals import ALL_SIGNALS

OUTCOMES = ("wrong", "right", "all", *GRADES[1:])
"""Which answers: errors of any kind, right ones, all, or the errors of one grade."""

_Values = Callable[[Answers], np.ndarray]
ORDERS: dict[str, _Values] = {
    "loss": lambda answers: answers.loss,
    "sure": lambda answers: answers.confidence,
    "unsure": lambda answers: answers.entropy,
}
"""By the largest loss, the most confident, the most undecided, first."""
CONFIDENCE = "confidence"
"""A span may be of this, beside the names of `ALL_SIGNALS`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Values from ``low`` to ``high``, both of them included."""

    of: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Selection:
    """None stands for all."""

    truths: Collection[int] | None = None
    """Classes that the pictures are of."""
    predicted: Collection[int] | None = None
    """Classes that they were taken for."""
    outcome: str = "wrong"
    """One of `OUTCOMES`."""
    span: Span | None = None
    order: str = "loss"
    """One of `ORDERS`."""

    def rows(self, answers: Answers) -> np.ndarray:
        """(k,) int64: the answers that are meant, ascending."""
        found = cell_rows(answers.labels, answers.predicted, self.truths, self.predicted)
        if self.outcome in ("wrong", "right"):
            found = found[answers.right[found] == (self.outcome == "right")]
        elif self.outcome != "all":
            found = found[answers.grades[found] == GRADES.index(self.outcome)]
        if self.span is not None:
            values = _values(answers, self.span.of)[found]
            # NaN, of what is not known, is in no span
            found = found[(values >= self.span.low) & (values <= self.span.high)]
        return found

    def page(self, answers: Answers, rows: np.ndarray, start: int, count: int) -> np.ndarray:
        """Of what `rows` gave, those from ``start`` on in their order; equals by their rows."""
        values = -ORDERS[self.order](answers)[rows]
        return rows[smallest(values, count, start)]


def smallest(values: np.ndarray, count: int, start: int = 0) -> np.ndarray:
    """Positions of so many of (n,) values, the smallest first, equals by position, from one on.

    What ``np.argsort(values, kind="stable")[start : start + count]`` gives, but of millions only
    those are sorted. NaN comes last.
    """
    end = min(start + count, len(values))
    if start >= end:
        return np.empty(0, np.int64)
    low, high = (np.partition(values, at)[at] for at in (start, end - 1))
    if np.isnan(high):
        return np.argsort(values, kind="stable")[start:end]
    first = np.flatnonzero(values == low)[start - np.count_nonzero(values < low) :]
    between = np.flatnonzero((values > low) & (values < high))
    between = between[np.argsort(values[between], kind="stable")]
    last = np.flatnonzero(values == high) if high > low else []
    return np.concatenate([first, between, last])[: end - start].astype(np.int64)


def _values(answers: Answers, name: str) -> np.ndarray:
    if name == CONFIDENCE:
        return answers.confidence
    at = [signal.name for signal in ALL_SIGNALS].index(name)
    signals = answers.signals
    if at >= signals.shape[1]:  # the data set has no boxes
        return np.full(len(signals), np.nan, np.float32)
    return signals[:, at]
