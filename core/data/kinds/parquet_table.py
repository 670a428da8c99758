"""One Parquet file with a picture a row; it is open only for the moment in which it is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_GROUP_BYTES = 2**30
_BOX = ("xmin", "ymin", "xmax", "ymax")


class ParquetTable:
    """Columns: image (encoded bytes), wnid or label, and if present file and the object's box."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path = path
        with explained(path), pq.ParquetFile(path) as file:
            self._metadata, schema = file.metadata, file.schema_arrow
        self.key = _check_columns(path, schema)
        """The name of the column with the labels."""
        self._columns = frozenset(schema.names)
        groups = [self._metadata.row_group(at) for at in range(self._metadata.num_row_groups)]
        if any(group.total_byte_size > MAX_GROUP_BYTES for group in groups):
            raise DataError(
                f"{path} has row groups of more than {MAX_GROUP_BYTES / 2**30:.0f} GB; write it "
                "again with smaller ones, of a thousand pictures, say."
            )
        self._ends = np.cumsum([group.num_rows for group in groups], dtype=np.int64)

    @property
    def has_boxes(self) -> bool:
        """Whether it has the columns of the object's box."""
        return self._columns.issuperset(_BOX)

    def labels(self) -> tuple[list[str | int], np.ndarray]:
        """The sorted distinct labels, and for each row the position of its own: (rows,) int64."""
        with explained(self.path):
            return _encoded(self.path, self._load([self.key]).column(self.key))

    def boxes(self) -> np.ndarray:
        """(rows, 4) float32: xmin, ymin, xmax, ymax; NaN where a row has none."""
        table = self._load(_BOX)
        with explained(self.path):
            sides = [table.column(side).cast("float32").to_numpy() for side in _BOX]
        return np.stack(sides, axis=1)

    def file(self, row: int) -> str | None:
        """The name that the row gives its picture, if any."""
        with explained(self.path):
            name = None if self._files is None else self._files[row].as_py()
        return str(name) if name else None

    @property
    def group_sizes(self) -> np.ndarray:
        """(row groups,) int64: how many rows each has."""
        return np.diff(self._ends, prepend=0)

    def place(self, row: int) -> tuple[int, int]:
        """The row group of a row, and its place there."""
        group = int(np.searchsorted(self._ends, row, side="right"))
        return group, row - (int(self._ends[group - 1]) if group else 0)

    def pictures(self, group: int) -> "pa.ChunkedArray":
        """The encoded pictures of one row group."""
        return self._load(["image"], group).column("image")

    @cached_property
    def _files(self) -> "pa.ChunkedArray | None":
        return self._load(["file"]).column("file") if "file" in self._columns else None

    def _load(self, columns: Sequence[str], group: int | None = None) -> "pa.Table":
        """Columns of the file or of one row group."""
        import pyarrow.parquet as pq

        with explained(self.path), pq.ParquetFile(self.path, metadata=self._metadata) as file:
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
def explained(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises on unreadable and damaged files into a DataError."""
    import pyarrow as pa

    try:
        yield
    # ValueError: text that is no UTF-8. IndexError: fewer rows than the file says it has.
    except (pa.ArrowException, OSError, ValueError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "the file is damaged or no Parquet file"
        raise DataError(f"{path} cannot be read: {reason}.") from error
