"""Precision, recall and F1 of each class, their means, and scikit-learn's report of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.counts import Counts
from core.evaluation.metrics import ratio, wilson


@dataclass(frozen=True, slots=True)
class Means:
    """Of precision, recall and F1 over classes, from 0 to 1; NaN where there are no answers."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, eq=False)
class PerClass:
    """Each class by itself; a share of nothing is 0, as scikit-learn's ``zero_division=0`` has it.

    Arrays are (C,).
    """

    precision: np.ndarray
    """Of what was taken for the class, the share that is."""
    recall: np.ndarray
    """Of the class's pictures, the share that was recognised: its accuracy."""
    f1: np.ndarray
    """Harmonic mean of both."""
    right: np.ndarray
    """int64: right answers."""
    support: np.ndarray
    """int64: pictures of the class."""
    said: np.ndarray
    """int64: how often it was the answer."""

    @property
    def occurs(self) -> np.ndarray:
        """(C,) bool: the classes among labels or answers. Means are over these."""
        return (self.support > 0) | (self.said > 0)

    @property
    def only_said(self) -> int:
        """Classes among the answers that have no picture: their F1 is 0."""
        return int(np.count_nonzero((self.said > 0) & (self.support == 0)))

    @property
    def worst_first(self) -> np.ndarray:
        """(k,) int64: the classes that occur, the lowest recall first, those of no picture last.

        Of equal recall the one of more pictures says more, and comes first.
        """
        occurring = np.flatnonzero(self.occurs)
        recall, support = self.recall[occurring], self.support[occurring]
        return occurring[np.lexsort((-support, recall, support == 0))]

    @property
    def accuracy(self) -> float:
        """Share of right answers; NaN where there are none."""
        return float(ratio(self.right.sum(), self.support.sum()))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that have pictures; NaN where there are none.

        Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010.
        """
        return _mean(self.recall, (self.support > 0).astype(np.int64))

    @property
    def macro(self) -> Means:
        """Every class that occurs counts the same."""
        return self._means(self.occurs.astype(np.int64))

    @property
    def weighted(self) -> Means:
        """Every class counts as often as it has pictures."""
        return self._means(self.support)

    def recall_interval(self, at: int) -> tuple[float, float]:
        """The 95 % interval of the recall of one class by `wilson`."""
        return wilson(int(self.right[at]), int(self.support[at]))

    def _means(self, weights: np.ndarray) -> Means:
        return Means(*(_mean(values, weights) for values in (self.precision, self.recall, self.f1)))


def per_class(counts: Counts) -> PerClass:
    """The scores of each class from the confusion counts."""
    right, support, said = counts.right, counts.support, counts.said
    return PerClass(
        ratio(right, said, 0.0),
        ratio(right, support, 0.0),
        ratio(2 * right, support + said, 0.0),
        right,
        support,
        said,
    )


def report(scores: PerClass, titles: Sequence[str], digits: int = 2) -> str:
    """The text of scikit-learn's ``classification_report``, of the classes that occur.

    ``titles`` names all C classes. ValueError where there are no answers.
    """
    chosen = np.flatnonzero(scores.occurs).tolist()
    if not chosen:
        raise ValueError("there are no answers to report")
    width = max(len("weighted avg"), digits, *(len(titles[at]) for at in chosen))

    def line(name: str, values: Sequence[float], support: int) -> str:
        shown = "".join(f" {value:>9.{digits}f}" for value in values)
        return f"{name:>{width}} {shown} {support:>9}\n"

    heads = ("precision", "recall", "f1-score", "support")
    text = f"{'':>{width}} " + "".join(f" {head:>9}" for head in heads) + "\n\n"
    columns = (scores.precision, scores.recall, scores.f1)
    for at in chosen:
        text += line(titles[at], [column[at] for column in columns], int(scores.support[at]))
    n = int(scores.support.sum())
    text += f"\n{'accuracy':>{width}} {'':>20} {scores.accuracy:>9.{digits}f} {n:>9}\n"
    for name, means in (("macro avg", scores.macro), ("weighted avg", scores.weighted)):
        text += line(name, (means.precision, means.recall, means.f1), n)
    return text


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    total = weights.sum()
    return float(values @ weights / total) if total else float("nan")
