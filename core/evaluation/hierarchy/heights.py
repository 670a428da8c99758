"""How far two classes are from each other in WordNet, for all pairs of some classes at once."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from core import catalog

UNKNOWN = 255
"""In place of a height, where one of the classes has no place in WordNet."""
_DENSE = 4096  # classes up to which the heights of all pairs are kept: 16 MiB
_BLOCK = 1 << 14  # pairs looked at together beyond that


class Hierarchy:
    """The heights of the lowest common ancestors of some classes, by their positions.

    A height is the longest way down to a class of ImageNet-1k (Deng et al., "What does classifying
    more than 10,000 image categories tell us?", ECCV 2010), as in `Catalog.lca_height`, whatever
    the classes are: 0 for a class and itself, up to 18. Two different classes are at least 1 apart,
    also where nothing of ImageNet-1k lies below their ancestor.
    """

    def __init__(self, wnids: Sequence[str | None]) -> None:
        """``wnids`` are of the C classes; None, or one that the catalogue lacks, is unknown."""
        known = catalog.load()
        self.wnids = tuple(wnid if wnid in known else None for wnid in wnids)
        self.known = np.array([wnid is not None for wnid in self.wnids], bool)
        """(C,) bool: the classes with a place in WordNet."""
        places: dict[str | None, int] = {}
        self._same = np.array([places.setdefault(wnid, at) for at, wnid in enumerate(self.wnids)])

    def heights(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(n,) and (n,) positions of classes -> (n,) uint8, `UNKNOWN` for classes without wnid."""
        if self._matrix is not None:
            return self._matrix[a, b]
        found = np.empty(len(a), np.uint8)
        for start in range(0, len(a), _BLOCK):
            block = slice(start, start + _BLOCK)
            found[block] = self._pairs(np.asarray(a[block]), np.asarray(b[block]))
        return found

    def look_alikes(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(n,) bool: whether the catalogue's quirks say of both classes that they look alike."""
        keys = np.asarray(a, np.int64) * len(self.wnids) + b
        if len(self._alike) == 0:
            return np.zeros(len(keys), bool)
        at = np.searchsorted(self._alike, keys).clip(max=len(self._alike) - 1)
        return self._alike[at] == keys

    @cached_property
    def _matrix(self) -> np.ndarray | None:
        """(C, C) uint8; None for many classes. Lower ancestors write over higher ones."""
        size = len(self.wnids)
        if size > _DENSE:
            return None
        matrix = np.full((size, size), UNKNOWN, np.uint8)
        for height in sorted(self._held, reverse=True):
            below = self._below(height).astype(np.float32)
            matrix[below @ below.T > 0] = height
        matrix[np.equal.outer(self._same, self._same) & self.known] = 0
        return matrix

    def _pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Goes up from each ``a``, over the lowest ancestors first, until it is above ``b``."""
        ways, heights, above = self._ways
        found = np.full(len(a), UNKNOWN, np.uint8)
        going = np.flatnonzero(self.known[a] & self.known[b])
        for step in range(ways.shape[1]):
            ancestors = ways[a[going], step]
            hit = above[b[going], ancestors >> 3] >> (ancestors & 7) & 1 == 1
            found[going[hit]] = heights[ancestors[hit]]
            going = going[~hit]
        found[(self._same[a] == self._same[b]) & self.known[a]] = 0
        return found

    @cached_property
    def _ways(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(C, most) ancestors of each class, the lowest first, and then the highest of all;
        (ancestors,) uint8 heights; (C, ancestors / 8) uint8, a bit for each that is above.
        """
        rising = sorted(self._held)
        none = np.zeros((len(self.wnids), 0), bool)
        below = np.concatenate([none, *map(self._below, rising)], 1)
        heights = np.repeat(np.array(rising, np.uint8), [len(self._held[h]) for h in rising])
        classes, ancestors = np.nonzero(below)
        most = np.bincount(classes, minlength=1).max()
        ways = np.full((len(self.wnids), most), len(heights) - 1)
        first = np.searchsorted(classes, classes)
        ways[classes, np.arange(len(classes)) - first] = ancestors
        return ways, heights, np.packbits(below, axis=1, bitorder="little")

    def _below(self, height: int) -> np.ndarray:
        """(C, ancestors of that height) bool: which of them each class is below."""
        held = self._held[height]
        below = np.zeros((len(self.wnids), len(held)), bool)
        for at, positions in enumerate(held):
            below[positions, at] = True
        return below

    @cached_property
    def _held(self) -> dict[int, list[list[int]]]:
        """By height, the classes that each ancestor of at least two of them holds."""
        known = catalog.load()
        holds: dict[str, list[int]] = defaultdict(list)
        for position, wnid in enumerate(self.wnids):
            for ancestor in known.ancestors(wnid) if wnid else ():
                holds[ancestor].append(position)
        held: dict[int, list[list[int]]] = defaultdict(list)
        for ancestor, positions in holds.items():
            if len(positions) > 1:
                held[max(known.height(ancestor) or 0, 1)].append(positions)
        return dict(held)

    @cached_property
    def _alike(self) -> np.ndarray:
        """Both orders of each pair in one number, ascending."""
        known = catalog.load()
        places: dict[str, list[int]] = defaultdict(list)
        for position, wnid in enumerate(self.wnids):
            if wnid:
                places[wnid].append(position)
        keys = {
            position * len(self.wnids) + other
            for wnid, positions in places.items()
            for alike in known.look_alikes(wnid)
            for position in positions
            for other in places.get(alike.wnid, ())
        }
        return np.array(sorted(keys), np.int64)
