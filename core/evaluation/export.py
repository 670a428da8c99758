"""Answers as a Parquet file, for other tools."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import EvaluationError
from core.evaluation.running.table import ANSWERED, Table

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 65_536  # of a row group


def check_place(path: Path) -> None:
    """EvaluationError unless a file can be written there: to be known before the hours of work."""
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise EvaluationError(
            f"{path} cannot be written: name a file in a folder that exists and may be written."
        )


def write_parquet(table: Table, path: Path) -> None:
    """A row for each picture, in the data set's order; a file of that name is replaced.

    Columns: file, wnid and label of the true class, top5_index (positions in the model's output,
    the most probable first), top5_probability, loss in nats. Those of the model are null where a
    picture has no answer, and loss where the model does not know its class.
    Raises EvaluationError where the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = table.files()
    partial = path.with_name(f"{path.name}.part")
    try:
        with pq.ParquetWriter(partial, _schema()) as writer:
            for start in range(0, len(table), _ROWS):
                writer.write_batch(_batch(table, files, slice(start, start + _ROWS)))
        partial.replace(path)
    except (OSError, pa.ArrowException) as error:
        with suppress(OSError):  # it was never made
            partial.unlink()
        reason = getattr(error, "strerror", None) or error
        raise EvaluationError(f"{path} cannot be written: {reason}.") from error


def legible(file: str) -> str:
    """A name may hold bytes that are no text, which Parquet does not take."""
    return file.encode("utf-8", "backslashreplace").decode()


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [
            ("file", pa.string()),
            ("wnid", pa.string()),
            ("label", pa.string()),
            ("top5_index", pa.list_(pa.int32())),
            ("top5_probability", pa.list_(pa.float32())),
            ("loss", pa.float32()),
        ]
    )


def _batch(table: Table, files: list[str], rows: slice) -> "pa.RecordBatch":
    import pyarrow as pa

    classes = [table.meta["classes"][label] for label in table["label"][rows].tolist()]
    is_answered = table["state"][rows] == ANSWERED
    used = table["top"][rows] >= 0
    loss = np.array(table["loss"][rows])
    columns = [
        [legible(file) for file in files[rows]],
        [wnid for wnid, _ in classes],
        [label for _, label in classes],
        _lists(table["top"][rows], used, is_answered),
        _lists(table["top_probability"][rows], used, is_answered),
        pa.array(loss, mask=~is_answered | np.isnan(loss)),
    ]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, _schema().types, strict=True)]
    return pa.record_batch(arrays, schema=_schema())


def _lists(
    values: np.ndarray, used: np.ndarray, is_answered: np.ndarray
) -> list[list[float] | None]:
    rows = zip(values.tolist(), used.sum(1).tolist(), is_answered.tolist(), strict=True)
    return [row[:count] if answered else None for row, count, answered in rows]
