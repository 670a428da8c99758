"""What every data set answers, however it is stored."""

import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np

from core.data.files.listing import Listing
from core.errors import CatalogError, DataError

Progress = Callable[[int, int], None]
"""Is told how many of how many are done, and may raise to stop."""

_WNID = re.compile(r"n\d{8}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class DataClass:
    """A class of a data set; its position in `Dataset.classes` is its key, not its label."""

    label: str
    wnid: str | None = None
    """None unless the class is one of ImageNet's synsets."""
    index: int | None = None
    """The number that names the class in the data, where that is its index in ImageNet-1k."""


class Fate(IntEnum):
    """What became of the file of a picture since its data set was listed."""

    SAME = 0
    MISSING = 1
    DIFFERENT = 2
    """It has another size or time of change."""


class Dataset(ABC):
    """Labelled pictures, read one at a time. Safe to share between threads."""

    def __init__(self, name: str, classes: tuple[DataClass, ...], labels: np.ndarray) -> None:
        self.name = name
        self.classes = classes
        self.labels = labels
        """(N,) int64: the position of each picture's class in `classes`."""
        self.skipped = 0
        """What was left out: files that are no pictures by their names, pictures of which nothing
        says what they show, and links that lead out of the data set."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def boxes(self) -> np.ndarray | None:
        """(N, 4) float32: xmin, ymin, xmax, ymax of the object in pixels, both ends inclusive.

        A row of NaN where a picture has no box; None where the data set has none at all.
        """
        return None

    @property
    def own_test(self) -> np.ndarray | None:
        """(N,) bool: the pictures that the data set itself keeps for testing; None where none."""
        return None

    @property
    def blocks(self) -> np.ndarray | None:
        """(N,) int64: pictures with the same number lie together, and are read fastest together.

        None where each lies by itself.
        """
        return None

    @property
    def listing(self) -> Listing | None:
        """The files it is made of as they were when it was opened; None where there are none."""
        return None

    @property
    def parts(self) -> Mapping[str, int]:
        """The data set's own parts, and how many pictures each has; empty where it has none."""
        if self.own_test is None:
            return {}
        tested = int(self.own_test.sum())
        return {"train": len(self) - tested, "test": tested}

    def mask(self, i: int) -> np.ndarray | None:
        """(H, W) bool: the pixels of the object in picture ``i``; None where they are not known.

        DataError where there is no such picture.
        """
        return self._mask(self._position(i))

    def read(self, i: int) -> bytes:
        """The encoded bytes of picture ``i``; DataError where there is none or it cannot be read.

        What the bytes hold is not looked at.
        """
        return self._read(self._position(i))

    def file(self, i: int) -> str:
        """The name of picture ``i`` within the data set."""
        return self._file(self._position(i))

    def fates(self, positions: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """What became of the files of pictures: (positions,) int8, each a `Fate`. None is read."""
        return np.full(len(positions), Fate.SAME, np.int8)

    def of_classes(self, keys: Collection[str]) -> np.ndarray:
        """Indices of the pictures of the classes with any of these wnids or labels."""
        wanted = [
            at for at, known in enumerate(self.classes) if known.wnid in keys or known.label in keys
        ]
        return np.flatnonzero(np.isin(self.labels, wanted))

    def _mask(self, i: int) -> np.ndarray | None:
        return None

    @abstractmethod
    def _read(self, i: int) -> bytes: ...

    @abstractmethod
    def _file(self, i: int) -> str: ...

    def _position(self, i: int) -> int:
        if not 0 <= i < len(self):
            raise DataError(f"{self.name} has the pictures 0 to {len(self) - 1:,}, not {i:,}.")
        return int(i)


def named_classes(names: Iterable[str]) -> tuple[DataClass, ...]:
    """Classes for the names of folders or labels; a wnid gets its label from the catalogue.

    Labels are as `printable` makes them. The whole numbers from 0 to 999, if they are all there and
    nothing else, are ImageNet's classes.
    """
    listed = tuple(names)
    indices = [int(name) for name in listed if name.isascii() and name.isdecimal()]
    if len(listed) == len(indices) and sorted(indices) == list(range(_IMAGENET_CLASSES)):
        from core import catalog

        synsets = [(catalog.load().at(index), index) for index in indices]
        return tuple(DataClass(synset.label, synset.wnid, index) for synset, index in synsets)
    return tuple(_named_class(name) for name in listed)


def printable(name: str) -> str:
    r"""The name of a file as text that can be shown: what is no UTF-8, or would control a terminal
    or the direction of a line, is written as ``\xff``.
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def names_digest(dataset: Dataset) -> str:
    """Another one for other pictures, as far as their names, classes and order tell."""
    digest = hashlib.sha256(np.ascontiguousarray(dataset.labels, np.int64).tobytes())
    for i in range(len(dataset)):
        digest.update(os.fsencode(dataset.file(i)) + b"\0")
    return digest.hexdigest()


def status(path: Path) -> tuple[int, int] | None:
    """The size in bytes of a file and its time of change in ns; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def fate_of(path: Path, then: tuple[int, int] | None) -> Fate:
    """What became of a file whose `status` was ``then``."""
    now = status(path)
    if now is None:
        return Fate.MISSING
    return Fate.SAME if now == then else Fate.DIFFERENT


def _named_class(name: str) -> DataClass:
    if not _WNID.fullmatch(name):
        return DataClass(printable(name))
    from core import catalog

    try:
        return DataClass(catalog.load().get(name).label, name)
    except CatalogError:
        return DataClass(name)
