"""Near duplicates: pairs of pictures with nearly the same embedding, and groups of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.evaluation.similar.neighbours import unit

_ROWS, _COLUMNS = 1024, 2048  # of the block of cosines that is looked at, 8 MiB
_ROUNDING = 1e-6  # the cosine of a vector and itself, in float32, may miss 1 by so much


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of pictures, the most alike first, ties by their rows. Arrays are (p,)."""

    a: np.ndarray
    """int64 rows; of the first set where there are two, else the smaller of both."""
    b: np.ndarray
    """int64 rows."""
    cosines: np.ndarray
    """float32, at most 1."""
    is_whole: bool
    """False where there were more pairs than are kept."""


def near_duplicates(
    embeddings: np.ndarray,
    threshold: float,
    most: int = 10_000,
    *,
    other: np.ndarray | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Pairs:
    """The pairs within (n, F) embeddings, or across them and (m, F) others, above a cosine.

    At most so many are kept, the highest. ``progress(done, of)`` is called after each block of
    rows, and may raise to stop. Every row is compared with every other: 50,000 pictures are 1.25
    thousand million pairs, and minutes. ValueError unless the threshold is above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise ValueError("the threshold must be above 0 and at most 1")
    columns = embeddings if other is None else other
    starts = range(0, len(embeddings), _ROWS)
    best = _Best(threshold - _ROUNDING, most)
    for done, start in enumerate(starts, start=1):
        rows = unit(embeddings[start : start + _ROWS])
        for first in range(start if other is None else 0, len(columns), _COLUMNS):
            cosines = rows @ unit(columns[first : first + _COLUMNS]).T
            if other is None and first == start:
                cosines[np.tril_indices(len(rows), m=cosines.shape[1])] = 0  # each pair once
            best.add(cosines, start, first)
        if progress is not None:
            progress(done, len(starts))
    return best.pairs()


def duplicate_groups(pairs: Pairs, n: int) -> tuple[np.ndarray, ...]:
    """Sets of pictures that hang together by pairs within one set of n, the largest first.

    Each is its rows, ascending; ties by the first row. One link after the other may lead to
    pictures that are no pair themselves.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs.a), np.int8), (pairs.a, pairs.b)), shape=(n, n))
    _, owner = connected_components(links, directed=False)
    order = np.argsort(owner, kind="stable")
    bounds = np.flatnonzero(np.diff(owner[order])) + 1
    found = [rows for rows in np.split(order, bounds) if len(rows) > 1]
    return tuple(sorted(found, key=lambda rows: (-len(rows), rows[0])))


class _Best:
    """The highest pairs so far."""

    def __init__(self, floor: float, most: int) -> None:
        self._floor, self._most = floor, most
        self._columns = [np.empty(0, kind) for kind in (np.int64, np.int64, np.float32)]
        self._is_whole = True

    def add(self, cosines: np.ndarray, row: int, column: int) -> None:
        """A block that begins at this row and column."""
        # of equals those that came first are kept, or a set of one picture would never end
        above = cosines >= self._floor if self._is_whole else cosines > self._floor
        if not above.any():
            return
        a, b = np.nonzero(above)
        new = (a + row, b + column, cosines[a, b])
        self._columns = [np.concatenate(both) for both in zip(self._columns, new, strict=True)]
        if len(self._columns[0]) > self._most:
            self._is_whole = False
            self._cut()

    def pairs(self) -> Pairs:
        """All that are kept."""
        self._cut()
        a, b, cosines = self._columns
        return Pairs(a, b, cosines.clip(max=1), self._is_whole)

    def _cut(self) -> None:
        a, b, cosines = self._columns
        order = np.lexsort((b, a, -cosines))[: self._most]
        self._columns = [column[order] for column in self._columns]
        if not self._is_whole and len(order):
            self._floor = self._columns[2][-1]
