"""Votes, notes and tags as files for other programs.

Columns: sha256 of the picture's bytes; file and data set where it was met last; wnid, which may be
missing, and label of the class that it was said to show; vote, one of `remarks.VOTES` or missing;
note; tags; changed, the time of the last change in UTC by ISO 8601.
"""

import csv
import io
from collections.abc import Sequence

from core.evaluation.review.remarks import Remark
from core.export import cell

_COLUMNS = ("sha256", "file", "data", "wnid", "label", "vote", "note", "tags", "changed")


def to_csv(remarks: Sequence[Remark]) -> str:
    """One row for each, its tags parted by commas, what is missing empty.

    Cells that a spreadsheet would take for a formula are quoted with an apostrophe, which the
    Parquet file does not need and does not have.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)  # \r in a name, too
    writer.writerow(_COLUMNS)
    for remark in remarks:
        row = [*_fields(remark), ", ".join(remark.tags), remark.changed_at]
        writer.writerow([cell(value or "") for value in row])
    return out.getvalue()


def to_parquet(remarks: Sequence[Remark]) -> bytes:
    """One row for each; tags are a list."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [(*_fields(remark), list(remark.tags), remark.changed_at) for remark in remarks]
    schema = pa.schema(
        (name, pa.list_(pa.string()) if name == "tags" else pa.string()) for name in _COLUMNS
    )
    columns = zip(*rows, strict=True) if rows else [()] * len(_COLUMNS)
    table = pa.table(
        [pa.array(list(values), kind) for values, kind in zip(columns, schema.types, strict=True)],
        schema=schema,
    )
    out = pa.BufferOutputStream()
    pq.write_table(table, out)
    return out.getvalue().to_pybytes()


def _fields(remark: Remark) -> tuple[str | None, ...]:
    claim = remark.claim
    return claim.sha256, claim.file, claim.data, claim.wnid, claim.label, remark.vote, remark.note
