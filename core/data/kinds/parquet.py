"""Data sets in Parquet: one file, or a folder of them that says by names what is for testing."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.dataset import Dataset, Progress, fate_of, named_classes, status
from core.data.files.disk import stays_inside
from core.data.files.listing import Listing, of_files
from core.data.kinds.parquet_table import ParquetTable, explained
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

CACHE_BYTES = 64 * 2**20
"""Of encoded pictures, kept for each open data set; the row group last used is always kept."""


class ParquetDataset(Dataset):
    """Pictures in the order of the files and of their rows, with columns as `ParquetTable` has.

    Opening reads the labels alone. Reading a picture reads its row group, kept for its neighbours.
    Classes, those of all files together, are sorted by wnid, or by label. ``tested`` are those of
    the files that the data set keeps for testing.
    """

    def __init__(self, files: Sequence[Path], name: str, tested: Collection[Path] = ()) -> None:
        self._opened = [status(file) for file in files]
        self._tables = [ParquetTable(file) for file in files]
        found = [table.labels() for table in self._tables]
        names = _united(self._tables, [own for own, _ in found])
        number = {name: at for at, name in enumerate(names)}
        labels = [np.array([number[name] for name in own])[rows] for own, rows in found]
        self._ends = np.cumsum([len(rows) for rows in labels])
        self._tested = np.repeat([file in tested for file in files], [len(rows) for rows in labels])
        self._groups: OrderedDict[tuple[ParquetTable, int], pa.ChunkedArray] = OrderedDict()
        self._lock = threading.Lock()
        super().__init__(name, named_classes(map(str, names)), np.concatenate(labels))

    @property
    def own_test(self) -> np.ndarray | None:
        mixed = self._tested.any() and not self._tested.all()
        return self._tested if mixed else None

    @cached_property
    def blocks(self) -> np.ndarray | None:
        sizes = np.concatenate([table.group_sizes for table in self._tables])
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def boxes(self) -> np.ndarray | None:
        if not all(table.has_boxes for table in self._tables):
            return None
        return np.concatenate([table.boxes() for table in self._tables])

    @property
    def listing(self) -> Listing:
        names = (table.path.name for table in self._tables)
        return of_files(dict(zip(names, self._opened, strict=True)))

    def fates(self, positions: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        both = zip(self._tables, self._opened, strict=True)
        fates = [fate_of(table.path, then) for table, then in both]
        return np.array(fates, np.int8)[np.searchsorted(self._ends, positions, side="right")]

    def _file(self, i: int) -> str:
        table, row = self._within(i)
        return table.file(row) or f"row {i}"

    def _read(self, i: int) -> bytes:
        table, row = self._within(i)
        group, place = table.place(row)
        with explained(table.path):
            data = self._group(table, group)[place].as_py()
        if data is None:
            raise DataError(f"{self.file(i)} of {self.name} has no picture.")
        return data

    def _within(self, i: int) -> tuple[ParquetTable, int]:
        """The file of a picture, and its row there."""
        at = int(np.searchsorted(self._ends, i, side="right"))
        return self._tables[at], i - (int(self._ends[at - 1]) if at else 0)

    def _group(self, table: ParquetTable, group: int) -> "pa.ChunkedArray":
        """The pictures of one row group, from the cache if they are in it."""
        key = table, group
        with self._lock:
            if key not in self._groups:
                self._groups[key] = table.pictures(group)
            self._groups.move_to_end(key)
            while len(self._groups) > 1 and self._cached_bytes() > CACHE_BYTES:
                self._groups.popitem(last=False)
            return self._groups[key]

    def _cached_bytes(self) -> int:
        return sum(pictures.nbytes for pictures in self._groups.values())


def listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """The Parquet files of a folder to learn from, named train..., and to test on: val..., test...

    Both are empty where there are none of these names, or the folder cannot be listed. Links that
    lead out of it are not followed.
    """
    root = folder.resolve()
    found = (file for file in sorted(folder.glob("*.parquet")) if file.is_file() or file.is_dir())
    files = [file for file in found if stays_inside(root, file)]
    learnt, tested = (
        [file for file in files if file.name.lower().startswith(begin)]
        for begin in ("train", ("val", "test"))
    )
    return learnt, tested


def _united(tables: list[ParquetTable], names: list[list[str | int]]) -> list[str | int]:
    """The sorted labels of all files; DataError where they cannot be compared."""
    for table, own in zip(tables, names, strict=True):
        if table.key != tables[0].key or type(own[0]) is not type(names[0][0]):
            raise DataError(
                f"{table.path} says of its pictures what they are in another way than "
                f"{tables[0].path.name}: give both the same column wnid or label, of the same type."
            )
    return sorted({name for own in names for name in own})
