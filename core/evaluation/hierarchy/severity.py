"""How bad mistakes are: from two words for one thing to a dog taken for a bucket."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.counts import Counts
from core.evaluation.hierarchy.heights import UNKNOWN, Hierarchy
from core.evaluation.metrics import intervals, ratio

GRADES = ("right", "right under ReaL", "look-alike", "near", "far", "unknown")
"""Names of the grades, by their number; each answer has the first one that fits.

right: the label itself. right under ReaL: among the reassessed labels of the picture. look-alike:
the catalogue's quirks know the pair. near: height of the lowest common ancestor at most `NEAR`.
far: higher. unknown: one of the classes has no place in WordNet.
"""
RIGHT, UNDER_REAL, LOOK_ALIKE, NEAR_BY, FAR, NO_PLACE = range(len(GRADES))
WORDS = {
    "right under ReaL": "are right by the reassessed labels",
    "look-alike": "take a class for a known look-alike",
    "near": "stay near in WordNet (any dog for a dog)",
    "far": "are far off",
    "unknown": "are of classes without a place in WordNet",
}
"""What errors of each grade do."""
NEAR = 5
"""The height of "dog": any two breeds are near, as are two snakes, fruits, garments or pieces of
furniture (2.9 % of all pairs of ImageNet-1k). A dog and a fox (6), a sparrow and an ostrich (7) or
a car and a ship (7) are far. WordNet is uneven: a golf ball and a camera are near, as equipment."""
HIGHEST = 18
"""Of the root, "entity"."""


@dataclass(frozen=True, slots=True)
class Severity:
    """Mean heights; NaN where they are of nothing.

    Bertinetto et al., "Making better mistakes", CVPR 2020.
    """

    mistakes: int
    """Wrong answers whose height is known."""
    of_mistakes: float
    """Mean height over those: the average mistake severity."""
    of_answers: float
    """Mean height over all answers with a known height, right ones being 0: the average
    hierarchical distance at 1."""


@dataclass(frozen=True, slots=True, eq=False)
class MergedAccuracy:
    """Accuracy as classes are merged towards the root.

    At height h an answer is right if the lowest common ancestor of it and the truth is at most
    that high. Over the pictures whose true class is in WordNet; an answer that is not is wrong.
    """

    right: np.ndarray
    """(19,) int64: by height, 0 to `HIGHEST`; 0 is the accuracy of the classes themselves."""
    n: int

    @property
    def accuracy(self) -> np.ndarray:
        """(19,); NaN where n is 0."""
        return ratio(self.right, np.full(len(self.right), self.n))

    @property
    def intervals(self) -> np.ndarray:
        """(19, 2): 95 % intervals by `wilson`."""
        return intervals(self.right, np.full(len(self.right), self.n))


def grades(
    labels: np.ndarray,
    predicted: np.ndarray,
    hierarchy: Hierarchy,
    under_real: np.ndarray | None = None,
) -> np.ndarray:
    """(n,) true and predicted classes -> (n,) uint8 positions in `GRADES`.

    ``under_real`` is (n,) bool: the answers that the reassessed labels call right.
    """
    found = np.full(len(labels), RIGHT, np.uint8)
    wrong = np.flatnonzero(labels != predicted)
    truths, answers = labels[wrong], predicted[wrong]
    heights = hierarchy.heights(truths, answers)
    graded = np.where(heights <= NEAR, NEAR_BY, FAR).astype(np.uint8)
    graded[heights == UNKNOWN] = NO_PLACE
    graded[hierarchy.look_alikes(truths, answers)] = LOOK_ALIKE
    if under_real is not None:
        graded[under_real[wrong]] = UNDER_REAL
    found[wrong] = graded
    return found


def severity(counts: Counts, hierarchy: Hierarchy) -> Severity:
    """How bad the mistakes are on average."""
    heights = hierarchy.heights(counts.truths, counts.predicted)
    known = heights != UNKNOWN
    wrong = known & (counts.truths != counts.predicted)
    total = heights[wrong].astype(np.int64) @ counts.counts[wrong]
    mistakes = int(counts.counts[wrong].sum())
    answers = counts.counts[known].sum()
    return Severity(mistakes, float(ratio(total, mistakes)), float(ratio(total, answers)))


def merged_accuracy(counts: Counts, hierarchy: Hierarchy) -> MergedAccuracy:
    """Accuracy for each height."""
    placed = counts.where(hierarchy.known[counts.truths])
    heights = hierarchy.heights(placed.truths, placed.predicted)
    by_height = np.bincount(heights, placed.counts, UNKNOWN + 1)[: HIGHEST + 1]
    return MergedAccuracy(by_height.cumsum().astype(np.int64), placed.n)
