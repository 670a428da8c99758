"""Columns that every export of answers has, a block of rows at a time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.running.table import ANSWERED, Table

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 65_536


class Names:
    """The wnids and labels of classes, looked up by the positions of classes."""

    def __init__(self, classes: Sequence[Sequence[str | None]]) -> None:
        """``classes`` are (wnid or None, label) each."""
        import pyarrow as pa

        self._wnids = pa.array([wnid for wnid, _ in classes], pa.string())
        self._labels = pa.array([legible(str(label)) for _, label in classes], pa.string())

    def take(self, at: "pa.Array") -> "tuple[pa.Array, pa.Array]":
        """Wnids and labels; null where the position is."""
        return self._wnids.take(at), self._labels.take(at)


def blocks(table: Table) -> Iterator[slice]:
    """All rows, some thousands at a time."""
    for start in range(0, len(table), _BLOCK):
        yield slice(start, min(start + _BLOCK, len(table)))


def truths(table: Table, classes: Names, rows: slice) -> "dict[str, pa.Array]":
    """file, and wnid and label of the true class."""
    import pyarrow as pa

    files = pa.array([legible(file) for file in table.files(rows)], pa.string())
    wnids, labels = classes.take(pa.array(table["label"][rows]))
    return {"file": files, "wnid": wnids, "label": labels}


def answered(table: Table, rows: slice) -> np.ndarray:
    """(rows,) bool"""
    return table["state"][rows] == ANSWERED


def losses(table: Table, rows: slice) -> "pa.Array":
    """In nats; null without an answer, and where the model does not know the true class."""
    import pyarrow as pa

    loss = np.array(table["loss"][rows])
    return pa.array(loss, mask=~answered(table, rows) | np.isnan(loss))


def legible(text: str) -> str:
    """A name may hold bytes that are no text, which Parquet and CSV do not take."""
    return text.encode("utf-8", "backslashreplace").decode()
