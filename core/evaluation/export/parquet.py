"""Answers as a Parquet file."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.export import columns
from core.evaluation.export.columns import Names
from core.evaluation.export.files import replaced
from core.evaluation.running.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(table: Table, path: Path) -> None:
    """A row for each picture, in the data set's order; a file of that name is replaced.

    Columns: file, wnid and label of the true class, top5_index (positions in the model's output,
    the most probable first), top5_probability, loss in nats. Those of the model are null where a
    picture has no answer, and loss where the model does not know its class.
    Raises EvaluationError where the file cannot be written.
    """
    import pyarrow.parquet as pq

    classes = Names(table.meta["classes"])
    with replaced(path) as partial, pq.ParquetWriter(partial, _schema()) as writer:
        for rows in columns.blocks(table):
            writer.write_batch(_batch(table, classes, rows))


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


def _batch(table: Table, classes: Names, rows: slice) -> "pa.RecordBatch":
    import pyarrow as pa

    found = columns.truths(table, classes, rows)
    is_answered = columns.answered(table, rows)
    used = (table["top"][rows] >= 0) & is_answered[:, None]
    found["top5_index"] = _lists(table["top"][rows], used, is_answered)
    found["top5_probability"] = _lists(table["top_probability"][rows], used, is_answered)
    found["loss"] = columns.losses(table, rows)
    return pa.record_batch(list(found.values()), schema=_schema())


def _lists(values: np.ndarray, used: np.ndarray, is_answered: np.ndarray) -> "pa.ListArray":
    """The used ones of each row; null where there is no answer."""
    import pyarrow as pa

    ends = np.cumsum(used.sum(1), dtype=np.int32)
    offsets = pa.array(np.concatenate([np.zeros(1, np.int32), ends]))
    return pa.ListArray.from_arrays(offsets, pa.array(values[used]), mask=pa.array(~is_answered))
