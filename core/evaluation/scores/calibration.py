"""Does a model that is 80 % sure get 80 % right? Reliability by bins of confidence.

Guo et al., "On calibration of modern neural networks", ICML 2017; the errors are of Naeini et al.,
"Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics import intervals, ratio

BINS = 15
"""As in Guo et al."""
_BLOCK = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Answers by how sure the model was; bin b of B holds b / B < confidence <= (b + 1) / B.

    Arrays are (B,); confidences of 0 are in the first bin.
    """

    n: np.ndarray
    """int64: answers in each bin."""
    right: np.ndarray
    """int64: right ones."""
    confidence: np.ndarray
    """Mean confidence; NaN in an empty bin."""

    @property
    def edges(self) -> np.ndarray:
        """(B + 1,) from 0 to 1."""
        return np.linspace(0, 1, len(self.n) + 1)

    def ends(self, at: int) -> tuple[float, float]:
        """The lowest and the highest float32 confidence that fall into a bin."""
        low, high = (np.float32(edge) for edge in self.edges[at : at + 2])
        bins = len(self.n)
        while at and bin_of(np.array([low]), bins)[0] < at:
            low = np.nextafter(low, np.float32(1))
        while bin_of(np.array([high]), bins)[0] > at:
            high = np.nextafter(high, np.float32(0))
        return float(low), float(high)

    @property
    def accuracy(self) -> np.ndarray:
        """(B,) share of right answers; NaN in an empty bin."""
        return ratio(self.right, self.n)

    @property
    def intervals(self) -> np.ndarray:
        """(B, 2): the 95 % interval of that share by `wilson`."""
        return intervals(self.right, self.n)

    @property
    def gaps(self) -> np.ndarray:
        """(B,) confidence minus accuracy, above 0 where the model is too sure; NaN where empty."""
        return self.confidence - self.accuracy

    @property
    def expected_error(self) -> float:
        """ECE: the mean size of the gaps, every answer counting once; NaN without answers."""
        filled = self.n > 0
        return float(ratio(np.abs(self.gaps[filled]) @ self.n[filled], self.n.sum()))

    @property
    def maximum_error(self) -> float:
        """MCE: the largest gap, however few answers it is of; NaN without answers."""
        filled = self.n > 0
        return float(np.abs(self.gaps[filled]).max()) if filled.any() else float("nan")


def reliability(right: np.ndarray, confidence: np.ndarray, bins: int = BINS) -> Reliability:
    """Of (n,) bool, whether each answer is right, and the (n,) probability that it was given."""
    (found,) = by_group(right, confidence, np.zeros(len(right), np.uint8), 1, bins)
    return found


def by_group(
    right: np.ndarray, confidence: np.ndarray, group: np.ndarray, groups: int, bins: int = BINS
) -> tuple[Reliability, ...]:
    """The same of each group; ``group`` is the (n,) group of each answer, 0 to groups - 1."""
    size = groups * bins
    answers, sums = np.zeros(2 * size, np.int64), np.zeros(size)
    for start in range(0, len(confidence), _BLOCK):  # what fits into the cache
        block = slice(start, start + _BLOCK)
        cells = bin_of(confidence[block], bins)
        cells += np.multiply(group[block], bins, dtype=np.int64)
        sums += np.bincount(cells, confidence[block], size)
        answers += np.bincount(2 * cells + right[block], minlength=2 * size)
    wrong, correct = answers.reshape(groups, bins, 2).transpose(2, 0, 1)
    n = wrong + correct
    return tuple(map(Reliability, n, correct, ratio(sums.reshape(n.shape), n)))


def bin_of(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """(n,) confidences from 0 to 1 -> (n,) int64 bin of each, 0 to bins - 1.

    The answers of a bin are the rows where this is its number. ValueError for NaN and outside.
    """
    confidence = np.asarray(confidence)
    if len(confidence) and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError("a confidence is not between 0 and 1")
    # a float32 times a small integer is exact in float64, so an edge falls where it should
    upper = np.multiply(confidence, bins, dtype=np.float64)
    np.ceil(upper, out=upper)
    found = upper.astype(np.int64)
    found -= found > 0
    return found
