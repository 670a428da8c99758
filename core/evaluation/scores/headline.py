"""The figures that stand above an evaluation, in one record that JSON can hold."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from core.evaluation.counts import Counts, count
from core.evaluation.hierarchy.heights import Hierarchy
from core.evaluation.hierarchy.severity import severity
from core.evaluation.metrics import wilson
from core.evaluation.scores.calibration import Reliability, reliability
from core.evaluation.scores.per_class import per_class
from core.evaluation.truth.real import real_score

_BLOCK = 1 << 16  # rows that fit into the cache


@dataclass(frozen=True, slots=True)
class Headline:
    """Of n answers; shares are from 0 to 1, and NaN where they are of nothing."""

    n: int
    """Pictures that were answered."""
    unmatched: int
    """Pictures left out since the model does not know their class."""
    unreadable: int
    """Pictures left out since they cannot be read."""
    top1: float
    """Share of right answers, and its 95 % interval by `wilson`."""
    top1_low: float
    top1_high: float
    top5: float
    """Share with the true class among the five most probable, and its interval."""
    top5_low: float
    top5_high: float
    log_loss: float
    """Mean cross-entropy in nats."""
    ece: float
    """Expected calibration error over 15 bins."""
    macro_precision: float
    """Means over the classes that occur, as scikit-learn has them."""
    macro_recall: float
    macro_f1: float
    weighted_precision: float
    """Means over classes by their pictures."""
    weighted_recall: float
    weighted_f1: float
    balanced_accuracy: float
    """Mean recall of the classes that have pictures."""
    mistake_severity: float
    """Mean height of the lowest common ancestor of truth and answer, over wrong answers."""
    real_top1: float
    """Accuracy under ImageNet's reassessed labels; NaN where there are none."""
    real_n: int
    """Pictures with reassessed labels; 0 for other data."""

    def as_record(self) -> dict[str, float | int | None]:
        """As JSON can hold it: NaN becomes null."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Headline":
        """Of what `as_record` made; keys that it does not know are passed over.

        ValueError where one is missing or is no number.
        """
        values = {}
        for field in fields(cls):
            value = record.get(field.name, "")
            if value is None and field.type is float:
                value = math.nan
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{field.name} is missing or no number")
            values[field.name] = field.type(value)
        return cls(**values)


def headline(
    labels: np.ndarray,
    top: np.ndarray,
    confidence: np.ndarray,
    loss: np.ndarray,
    hierarchy: Hierarchy,
    *,
    counts: Counts | None = None,
    calibration: Reliability | None = None,
    real: np.ndarray | None = None,
    unmatched: int = 0,
    unreadable: int = 0,
) -> Headline:
    """All of them from the arrays of an evaluation.

    (n,) true classes, (n, k <= 5) most probable ones, -1 where there are fewer, (n,) probability of
    the first, (n,) cross-entropy in nats; ``hierarchy`` is of all C classes, ``counts`` are the
    confusions and ``calibration`` the reliability where they are known already, ``real`` the (n,)
    verdicts of the reassessed labels.
    """
    n = len(labels)
    predicted = np.ascontiguousarray(top[:, 0])
    counts = counts or count(labels, predicted, len(hierarchy.wnids))
    right = labels == predicted
    top1 = _share(int(right.sum()), n)
    top5 = _share(int(among_top(labels, top).sum()), n)
    scores = per_class(counts)
    macro, weighted = scores.macro, scores.weighted
    under_real = real_score(np.empty(0, np.int8) if real is None else real)
    return Headline(
        n,
        unmatched,
        unreadable,
        *top1,
        *top5,
        float(loss.mean(dtype=np.float64)) if n else math.nan,
        (calibration or reliability(right, confidence)).expected_error,
        macro.precision,
        macro.recall,
        macro.f1,
        weighted.precision,
        weighted.recall,
        weighted.f1,
        scores.balanced_accuracy,
        severity(counts, hierarchy).of_mistakes,
        under_real.accuracy,
        under_real.n,
    )


def among_top(labels: np.ndarray, top: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the true class is among the (n, k) most probable ones."""
    found = np.zeros(len(labels), bool)
    for start in range(0, len(labels), _BLOCK):
        block = slice(start, start + _BLOCK)
        for column in top[block].T:  # much faster than along rows of five
            found[block] |= column == labels[block]
    return found


def _share(right: int, n: int) -> tuple[float, float, float]:
    return (right / n if n else math.nan, *wilson(right, n))
