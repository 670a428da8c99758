"""Which classes are taken for which: pairs by how often it happens, and where that is most."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of a confusion matrix off its diagonal; classes by their positions."""

    truth: int
    predicted: int
    count: int


def ranked(counts: np.ndarray) -> tuple[Pair, ...]:
    """The pairs that occur in a (C, C) confusion matrix, the most frequent first.

    Of equals the one comes first that is the larger share of its true class, then by position.
    """
    counts = np.asarray(counts)
    wrong = counts - np.diag(np.diag(counts))
    truths, predicted = np.nonzero(wrong)
    numbers = wrong[truths, predicted]
    shares = numbers / counts.sum(1)[truths]
    order = np.lexsort((predicted, truths, -shares, -numbers))
    return tuple(Pair(int(truths[i]), int(predicted[i]), int(numbers[i])) for i in order)


def most_confused(counts: np.ndarray, most: int) -> np.ndarray:
    """At most so many classes: those of the most frequent pairs, then the largest; ascending.

    Both classes of a pair are among them, or it is not counted.
    """
    chosen: set[int] = set()
    for pair in ranked(counts):
        both = chosen | {pair.truth, pair.predicted}
        if len(both) <= most:
            chosen = both
        if len(chosen) == most:
            break
    for at in np.argsort(-np.asarray(counts).sum(1), kind="stable").tolist():
        if len(chosen) >= min(most, len(counts)):
            break
        chosen.add(at)
    return np.array(sorted(chosen), np.int64)
