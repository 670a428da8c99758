"""Answers as a CSV file, for spreadsheets."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.export import columns
from core.evaluation.export.columns import Names
from core.evaluation.export.files import replaced
from core.evaluation.running.table import TOP, Table
from core.export import FORMULA

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA = rf"^[{re.escape(FORMULA)}]"


def write_csv(table: Table, path: Path) -> None:
    """The rows of `write_parquet`, in the same order; a file of that name is replaced.

    Columns: file, wnid and label of the true class, predicted_wnid and predicted_label, as the
    model names its first output; right, true or false; top1_index, top1_probability to top5_index,
    top5_probability; loss in nats. Numbers read as float32 are those of the answers. Empty is what
    `write_parquet` has as null, and right where it cannot be said.

    A text that begins as a formula (`core.export.FORMULA`) gets an apostrophe before it, since a
    spreadsheet would run it.
    The memory that it needs does not grow with the rows.
    Raises EvaluationError where the file cannot be written.
    """
    from pyarrow import csv

    schema = _schema()
    classes, outputs = Names(table.meta["classes"]), Names(table.meta["outputs"])
    with replaced(path) as partial, csv.CSVWriter(partial, schema) as writer:
        for rows in columns.blocks(table):
            writer.write_batch(_batch(table, classes, outputs, rows, schema))


def _schema() -> "pa.Schema":
    import pyarrow as pa

    texts = ("file", "wnid", "label", "predicted_wnid", "predicted_label")
    fields = [*((name, pa.string()) for name in texts), ("right", pa.bool_())]
    for place in range(1, TOP + 1):
        fields += [(f"top{place}_index", pa.int32()), (f"top{place}_probability", pa.float32())]
    return pa.schema([*fields, ("loss", pa.float32())])


def _batch(
    table: Table, classes: Names, outputs: Names, rows: slice, schema: "pa.Schema"
) -> "pa.RecordBatch":
    import pyarrow as pa

    found = columns.truths(table, classes, rows)
    is_answered = columns.answered(table, rows)
    top, share, rank = (np.array(table[name][rows]) for name in ("top", "top_probability", "rank"))
    without = (top < 0) | ~is_answered[:, None]
    first = pa.array(top[:, 0], mask=without[:, 0])
    found["predicted_wnid"], found["predicted_label"] = outputs.take(first)
    found = {name: _harmless(texts) for name, texts in found.items()}
    found["right"] = pa.array(rank == 0, mask=~is_answered | (rank < 0))
    for at in range(TOP):
        found[f"top{at + 1}_index"] = pa.array(top[:, at], mask=without[:, at])
        found[f"top{at + 1}_probability"] = pa.array(share[:, at], mask=without[:, at])
    found["loss"] = columns.losses(table, rows)
    return pa.record_batch(list(found.values()), schema=schema)


def _harmless(texts: "pa.Array") -> "pa.Array":
    import pyarrow.compute as pc

    marked = pc.binary_join_element_wise("'", texts, "")
    return pc.if_else(pc.match_substring_regex(texts, _FORMULA), marked, texts)
