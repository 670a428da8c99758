"""Cells of a map and pixels of the picture: who covers whom, and in which order cells are hot.

The cells of a map tile the picture evenly, whatever method made it.
"""

import itertools
import math

import numpy as np

FINEST = 8
"""Cells down and across at most, where parts of a picture are erased.

Many small holes spoil a picture's texture, wherever they are. Measured on eight photographs with
MobileNetV2: shown in 16 x 16 pieces, what integrated gradients call hottest first stays below a
random order (mean areas 0.09 and 0.14), in 8 x 8 pieces it is above (0.22 and 0.18).
"""


def covered(start: float, end: float, count: int, side: float) -> np.ndarray:
    """How much of each of `count` equal cells along `side` lies between two places on it.

    (count,) shares from 0 to 1.
    """
    width = side / count
    lower = np.arange(count) * width
    return (np.minimum(lower + width, end) - np.maximum(lower, start)).clip(0, width) / width


def coarse(values: np.ndarray, finest: int = FINEST) -> np.ndarray:
    """(rows, columns) -> means over blocks of equal size, at most `finest` down and across.

    They are as many whole cells wide as possible: 14 cells become 7 blocks of two. A map that is
    coarse enough stays as it is; blocks with values that are no numbers are NaN.
    """
    rows, columns = values.shape
    if max(rows, columns) <= finest:
        return values.astype(float)
    down, across = _averaging(rows, finest), _averaging(columns, finest).T
    finite = np.isfinite(values)
    means = down @ np.where(finite, values, 0).astype(float) @ across
    # without their mask they would spread along rows and columns, as 0 x NaN is NaN
    return np.where(down @ ~finite @ across > 0, np.nan, means)


def hottest_first(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions in the flattened map, the highest value first; ties in a random order, NaN last."""
    flat = np.nan_to_num(values.ravel().astype(float), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return np.lexsort((rng.permutation(len(flat)), -flat))


def stretched(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """(rows, columns) -> (height, width): each pixel takes the value of the cell around it."""
    rows, columns = mask.shape
    down = ((np.arange(height) + 0.5) * rows / height).astype(int)
    across = ((np.arange(width) + 0.5) * columns / width).astype(int)
    return mask[down][:, across]


def _averaging(count: int, finest: int) -> np.ndarray:
    """(blocks, count): what each cell gives to the mean of each block."""
    if count <= finest:
        return np.eye(count)
    number = math.ceil(count / math.ceil(count / finest))
    edges = np.linspace(0, 1, number + 1)
    blocks = [covered(a, b, count, 1.0) for a, b in itertools.pairwise(edges)]
    return np.stack(blocks) * number / count
