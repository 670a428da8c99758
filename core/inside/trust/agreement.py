"""How alike two maps are."""

from dataclasses import dataclass

import numpy as np

_CONSTANT = 1e-6  # of the largest value: what float32 leaves of a map that is the same everywhere


@dataclass(frozen=True, slots=True)
class Agreement:
    """Correlations of two maps, cell by cell, from -1 to 1; NaN where there is nothing to compare.

    A common factor or offset changes neither.
    """

    pearson: float
    """Of the values."""
    spearman: float
    """Of their ranks: how alike the order of the cells is."""
    note: str = ""
    """Why they are NaN."""


def agreement(one: np.ndarray, other: np.ndarray) -> Agreement:
    """Of two arrays of the same shape."""
    a, b = (np.asarray(values, float).ravel() for values in (one, other))
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return Agreement(np.nan, np.nan, "One of the maps holds values that are no numbers.")
    for values in (a, b):
        if not values.size or np.ptp(values) <= _CONSTANT * np.abs(values).max():
            return Agreement(
                np.nan, np.nan, "One of the maps is the same everywhere: there is no pattern."
            )
    return Agreement(_pearson(a, b), _pearson(_ranks(a), _ranks(b)))


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a / np.abs(a).max(), b / np.abs(b).max()  # tiny values must not vanish when squared
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b / np.sqrt((a @ a) * (b @ b))).clip(-1, 1))


def _ranks(values: np.ndarray) -> np.ndarray:
    """From 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[places]
