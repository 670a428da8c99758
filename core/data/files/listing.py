"""Which pictures lie where, in a few arrays however many they are.

A million names take about 100 MB as Python's strings and 30 MB as one run of bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np


class Names:
    """A sequence of strings that may hold what is no UTF-8, as the names of files do."""

    def __init__(self, text: np.ndarray, bounds: np.ndarray) -> None:
        self.text = text
        """(bytes,) uint8: all names one after another, in UTF-8 with escaped surrogates."""
        self.bounds = bounds
        """(n + 1,) int64: where each name begins in the text, and where the last one ends."""

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """The names packed."""
        packed = [name.encode("utf-8", "surrogateescape") for name in names]
        bounds = np.zeros(len(packed) + 1, np.int64)
        np.cumsum([len(name) for name in packed], out=bounds[1:])
        return cls(np.frombuffer(b"".join(packed), np.uint8), bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, i: int) -> str:
        return self._decoded(self.bounds[i], self.bounds[i + 1])

    def slice(self, start: int, end: int) -> list[str]:
        """The names from one position up to another."""
        bounds = self.bounds[start : end + 1].tolist()
        return [self._decoded(*pair) for pair in pairwise(bounds)]

    def _decoded(self, start: int, end: int) -> str:
        return self.text[start:end].tobytes().decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Head:
    """One folder of pictures, or one archive, as it was when it was listed."""

    folder: str
    """Its path within the data set, with slashes; empty for the data set's own folder."""
    stamps: dict[str, int]
    """The time of change in ns of each folder or archive that was looked into, by such paths."""
    files: int
    others: int = 0
    """Files that are no pictures by their names."""
    links: int = 0
    """Symbolic links that lead out of the data set, or nowhere."""


@dataclass(frozen=True)
class Listing:
    """The pictures of some folders, those of each folder together."""

    heads: tuple[Head, ...]
    names: Names
    """Of each file, beginning at its folder."""
    sizes: np.ndarray
    """(n,) int64: bytes."""
    marks: np.ndarray
    """(n,) int64: the time of a file's last change in ns; where a member of an archive begins."""

    def __len__(self) -> int:
        return len(self.sizes)

    @cached_property
    def bounds(self) -> np.ndarray:
        """(heads + 1,) int64: where the files of each folder begin, and where the last ones end."""
        return np.cumsum([0, *(head.files for head in self.heads)], dtype=np.int64)

    def folder_of(self, i: int) -> int:
        """The position of a file's folder in the heads."""
        return int(np.searchsorted(self.bounds, i, side="right")) - 1

    def names_in(self, at: int) -> list[str]:
        """The names of the files of one folder."""
        return self.names.slice(*self.bounds[at : at + 2].tolist())

    def only(self, at: int) -> "Listing":
        """The listing of one folder alone, on the same memory."""
        start, end = self.bounds[at : at + 2].tolist()
        names = Names(self.names.text, self.names.bounds[start : end + 1])
        return Listing((self.heads[at],), names, self.sizes[start:end], self.marks[start:end])


def single(head: Head, files: Iterable[tuple[str, int, int]]) -> Listing:
    """The listing of one folder from each file's name, size and mark."""
    names, sizes, marks = zip(*files, strict=True) if head.files else ((), (), ())
    return Listing((head,), Names.of(names), np.array(sizes, np.int64), np.array(marks, np.int64))


def of_files(found: Mapping[str, tuple[int, int] | None]) -> Listing:
    """The listing of files by their names, each with its size and time of change; None: gone."""
    files = sorted((name, *status) for name, status in found.items() if status is not None)
    return single(Head("", {}, len(files)), files)


def joined(listings: Sequence[Listing]) -> Listing:
    """One listing of all folders, in this order."""
    texts, bounds, end = [np.empty(0, np.uint8)], [np.zeros(1, np.int64)], 0
    for listing in listings:
        own = listing.names.bounds
        texts.append(listing.names.text[own[0] : own[-1]])
        bounds.append(own[1:] + (end - own[0]))
        end += int(own[-1] - own[0])
    return Listing(
        tuple(head for listing in listings for head in listing.heads),
        Names(np.concatenate(texts), np.concatenate(bounds)),
        np.concatenate([np.empty(0, np.int64), *(listing.sizes for listing in listings)]),
        np.concatenate([np.empty(0, np.int64), *(listing.marks for listing in listings)]),
    )
