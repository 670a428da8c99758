"""A Parquet file with a picture a row."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.dataset import Dataset, named_classes
from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

CACHE_BYTES = 64 * 2**20
"""Of encoded pictures, kept for each open data set; the row group last used is always kept."""
MAX_GROUP_BYTES = 2**30
_BOX = ("xmin", "ymin", "xmax", "ymax")


class ParquetDataset(Dataset):
    """Columns: image (encoded bytes), wnid or label, and if present file and the object's box.

    Opening reads the labels alone. Reading a picture reads its row group, kept for its neighbours.
    Classes are sorted by wnid, or by label.
    """

    def __init__(self, path: Path, name: str) -> None:
        import pyarrow.parquet as pq

        self._path = path
        with _explained(path), pq.ParquetFile(path) as file:
            self._metadata, schema = file.metadata, file.schema_arrow
        key = _check_columns(path, schema)
        self._columns = frozenset(schema.names)
        groups = [self._metadata.row_group(at) for at in range(self._metadata.num_row_groups)]
        if any(group.total_byte_size > MAX_GROUP_BYTES for group in groups):
            raise DataError(
                f"{path} has row groups of more than {MAX_GROUP_BYTES / 2**30:.0f} GB; write it "
                "again with smaller ones, of a thousand pictures, say."
            )
        self._ends = np.cumsum([group.num_rows for group in groups], dtype=np.int64)
        self._groups: OrderedDict[int, pa.ChunkedArray] = OrderedDict()
        self._lock = threading.Lock()
        with _explained(path):
            names, labels = _encoded(path, self._load([key]).column(key))
        super().__init__(name, named_classes(map(str, names)), labels)

    @cached_property
    def boxes(self) -> np.ndarray | None:
        if not self._columns.issuperset(_BOX):
            return None
        table = self._load(_BOX)
        with _explained(self._path):
            sides = [table.column(side).cast("float32").to_numpy() for side in _BOX]
        return np.stack(sides, axis=1)

    def _file(self, i: int) -> str:
        with _explained(self._path):
            name = None if self._files is None else self._files[i].as_py()
        return str(name or f"row {i}")

    @cached_property
    def _files(self) -> "pa.ChunkedArray | None":
        return self._load(["file"]).column("file") if "file" in self._columns else None

    def _read(self, i: int) -> bytes:
        group = int(np.searchsorted(self._ends, i, side="right"))
        start = int(self._ends[group - 1]) if group else 0
        with _explained(self._path):
            data = self._group(group)[i - start].as_py()
        if data is None:
            raise DataError(f"{self.file(i)} of {self.name} has no picture.")
        return data

    def _group(self, group: int) -> "pa.ChunkedArray":
        """The pictures of one row group, from the cache if they are in it."""
        with self._lock:
            if group not in self._groups:
                self._groups[group] = self._load(["image"], group).column("image")
            self._groups.move_to_end(group)
            while len(self._groups) > 1 and self._cached_bytes() > CACHE_BYTES:
                self._groups.popitem(last=False)
            return self._groups[group]

    def _cached_bytes(self) -> int:
        return sum(pictures.nbytes for pictures in self._groups.values())

    def _load(self, columns: Sequence[str], group: int | None = None) -> "pa.Table":
        """Columns of the file or of one row group; the file is open for the moment only."""
        import pyarrow.parquet as pq

        with _explained(self._path), pq.ParquetFile(self._path, metadata=self._metadata) as file:
            if group is None:
                return file.read(list(columns))
            return file.read_row_group(group, list(columns))


def _check_columns(path: Path, schema: "pa.Schema") -> str:
    """The name of the column with the labels; DataError where columns are missing or strange."""
    import pyarrow as pa

    key = next((column for column in ("wnid", "label") if column in schema.names), None)
    if key is None or "image" not in schema.names:
        raise DataError(
            f"{path} needs the columns image and wnid (or label); it has "
            f"{', '.join(schema.names) or 'none'}."
        )
    image = schema.field("image").type
    if not (pa.types.is_binary(image) or pa.types.is_large_binary(image)):
        raise DataError(f"The column image of {path} must hold encoded pictures, not {image}.")
    return key


def _encoded(path: Path, column: "pa.ChunkedArray") -> tuple[list[str | int], np.ndarray]:
    """The sorted distinct values of a column, and for each row the position of its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(column) == 0:
        raise DataError(f"{path} holds no pictures.")
    if column.null_count:
        raise DataError(f"{path} has {column.null_count:,} rows without a label.")
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    names = column.unique().to_pylist()
    if not all(isinstance(name, str | int) for name in names):
        raise DataError(f"The labels of {path} must be text or whole numbers, not {column.type}.")
    names.sort()
    labels = pc.index_in(column, value_set=pa.array(names, column.type))
    return names, labels.to_numpy().astype(np.int64)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises on unreadable and damaged files into a DataError."""
    import pyarrow as pa

    try:
        yield
    # ValueError: text that is no UTF-8. IndexError: fewer rows than the file says it has.
    except (pa.ArrowException, OSError, ValueError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "the file is damaged or no Parquet file"
        raise DataError(f"{path} cannot be read: {reason}.") from error
