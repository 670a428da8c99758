"""Cells of a map and pixels of the picture: who covers whom, and in which order cells are hot.

The cells of a map tile the picture evenly, whatever method made it.
"""

import itertools

import numpy as np

FINEST = 16
"""Cells down and across at most, where parts of a picture are erased: single pixels would change
its texture, which networks notice more than what is missing."""


def covered(start: float, end: float, count: int, side: float) -> np.ndarray:
    """How much of each of `count` equal cells along `side` lies between two places on it.

    (count,) shares from 0 to 1.
    """
    width = side / count
    lower = np.arange(count) * width
    return (np.minimum(lower + width, end) - np.maximum(lower, start)).clip(0, width) / width


def coarse(values: np.ndarray, finest: int = FINEST) -> np.ndarray:
    """(rows, columns) -> means over blocks of equal size, at most `finest` down and across.

    A map that is coarse enough stays as it is.
    """
    rows, columns = values.shape
    return _averaging(rows, finest) @ values.astype(float) @ _averaging(columns, finest).T


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
    edges = np.linspace(0, 1, finest + 1)
    blocks = [covered(a, b, count, 1.0) for a, b in itertools.pairwise(edges)]
    return np.stack(blocks) * finest / count
