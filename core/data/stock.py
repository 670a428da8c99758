"""One slow look at every picture of a data set, from which whatever follows is quick."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.errors import DataError, PictureError
from core.images.read import read_small

_MOST_THREADS = 8
_MOST_KNOWN = 200_000
_SMALL = 32  # pixels: a JPEG is read to its end all the same, so that damage is found

_readable: set[str] = set()
"""The sha256 of what was decoded before: pictures that are added do not wait for the others."""


@dataclass(frozen=True)
class Stock:
    """What the files of a data set hold, by the pictures' positions."""

    digests: tuple[str | None, ...]
    """The sha256 of each picture's bytes, as `splits.digests` gives it."""
    unreadable: dict[int, str]
    """Why a picture cannot be used, in a sentence."""

    def of(self, positions: np.ndarray) -> "Stock":
        """The stock of a view that has the pictures at these positions, in this order."""
        return Stock(
            tuple(self.digests[at] for at in positions),
            {
                new: self.unreadable[old]
                for new, old in enumerate(positions.tolist())
                if old in self.unreadable
            },
        )


def take_stock(dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> Stock:
    """Read and decode every picture.

    ``progress`` is told how many of how many are done, and may raise to stop.
    """

    def look(i: int) -> tuple[str | None, str | None]:
        digest = None
        try:
            content = dataset.read(i)
            digest = hashlib.sha256(content).hexdigest()
            if digest not in _readable:
                read_small(content, dataset.file(i), _SMALL)
                _remember(digest)
        except (DataError, PictureError) as error:
            return digest, str(error)
        return digest, None

    digests: list[str | None] = []
    unreadable = {}
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS))
    try:
        for i, (digest, why) in enumerate(pool.map(look, range(len(dataset)))):
            digests.append(digest)
            if why is not None:
                unreadable[i] = why
            if progress:
                progress(i + 1, len(dataset))
    finally:
        pool.shutdown(cancel_futures=True)
    return Stock(tuple(digests), unreadable)


def _remember(digest: str) -> None:
    if len(_readable) >= _MOST_KNOWN:
        _readable.clear()
    _readable.add(digest)
