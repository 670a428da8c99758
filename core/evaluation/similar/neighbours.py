"""Exact search for the pictures that a network finds most alike, by the cosine of embeddings."""

from dataclasses import dataclass

import numpy as np

_BLOCK = 1 << 22  # numbers made float32 at a time: 16 MiB


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Of Q queries the k nearest each, the nearest first, ties by row."""

    rows: np.ndarray
    """(Q, k) int64; -1 where there are fewer."""
    cosines: np.ndarray
    """(Q, k) float32, from -1 to 1; NaN where there are fewer."""


def nearest(
    embeddings: np.ndarray, queries: np.ndarray, k: int, own: np.ndarray | None = None
) -> Neighbours:
    """Search (n, F) float16 embeddings for the neighbours of (Q, F) queries.

    ``own`` are the (Q,) rows of the queries where they are among the embeddings: nothing is its own
    neighbour. Zero vectors and those with NaN or infinity are no one's neighbours and have none.
    Takes blocks of 16 MiB, for at most a few hundred queries.
    """
    wanted = unit(np.atleast_2d(queries))
    n = len(embeddings)
    size = max(1, _BLOCK // max(1, embeddings.shape[1]))
    shape = (len(wanted), 0)
    rows, cosines = np.empty(shape, np.int64), np.empty(shape, np.float32)
    for start in range(0, n, size):
        found = _cosines(wanted, embeddings[start : start + size])
        if own is not None:
            within = np.flatnonzero((own >= start) & (own < start + found.shape[1]))
            found[within, own[within] - start] = -np.inf
        at = _first(found, k)
        rows = np.concatenate([rows, at + start], 1)
        cosines = np.concatenate([cosines, np.take_along_axis(found, at, 1)], 1)
        at = _first(cosines, k)
        rows, cosines = np.take_along_axis(rows, at, 1), np.take_along_axis(cosines, at, 1)
    order = np.lexsort((rows, -cosines))
    rows, cosines = np.take_along_axis(rows, order, 1), np.take_along_axis(cosines, order, 1)
    none = ~np.isfinite(cosines) | ~wanted.any(1, keepdims=True)
    return Neighbours(
        np.where(none, -1, rows), np.where(none, np.nan, cosines.clip(-1, 1)).astype(np.float32)
    )


def unit(vectors: np.ndarray) -> np.ndarray:
    """(n, F) of any float type -> (n, F) float32 of length 1.

    A vector without a direction, of zeros or with NaN or infinity, becomes zeros.
    """
    made = np.array(vectors, np.float32)
    made /= _mended(made)[:, None]
    return made


def _cosines(wanted: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(Q, F) unit vectors, (b, F) of any length -> (Q, b); minus infinity without a direction."""
    vectors = block.astype(np.float32)
    lengths = _mended(vectors)
    found = wanted @ vectors.T
    found /= lengths
    found[:, np.isinf(lengths)] = -np.inf
    return found


def _mended(vectors: np.ndarray) -> np.ndarray:
    """(n,) lengths of float32 vectors; those without a direction become zeros, infinitely long."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    none = ~(np.isfinite(lengths) & (lengths > 0))
    vectors[none] = 0
    lengths[none] = np.inf
    return lengths


def _first(values: np.ndarray, k: int) -> np.ndarray:
    """(Q, b) -> (Q, at most k) columns of the largest values, in any order."""
    if values.shape[1] <= k:
        return np.broadcast_to(np.arange(values.shape[1]), values.shape)
    return np.argpartition(-values, k - 1, axis=1)[:, :k] if k else np.empty((len(values), 0), int)
