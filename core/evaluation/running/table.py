"""What a model said of each picture, as arrays on the disk that are aligned to the pictures.

One row a picture, in the data set's order. `state` says which rows hold an answer; it is written
after the answer itself, so that whoever reads meanwhile, or after a crash, sees nothing half done.
"""

import errno
import json
import os
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import EvaluationError

WAITING, ANSWERED, UNREADABLE = 0, 1, 2
TOP = 5
FORMAT = 1
_ROUNDING = 1e-3
_META = "answers.json"
_NAMES, _ENDS = "names.bin", "name_ends"
_COLUMNS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "position": (np.int64, ()),
    "label": (np.int32, ()),
    "state": (np.uint8, ()),
    "top": (np.int32, (TOP,)),
    "top_probability": (np.float32, (TOP,)),
    "rank": (np.int32, ()),
    "loss": (np.float32, ()),
    "entropy": (np.float32, ()),
    "sha256": (np.uint8, (32,)),
}


class Table:
    """The arrays of one evaluation, memory-mapped; n rows, C classes of the data.

    position (n,): where a picture is in its data set. label (n,): its class, 0..C-1.
    top (n, 5): the model's outputs, the most probable first, -1 where it has fewer.
    top_probability (n, 5), of all outputs together 1.
    rank (n,): how many outputs come before the best one that stands for the true class; -1 where
    none does. loss (n,): -ln of the probability of the true class in nats; NaN where rank is -1.
    entropy (n,): of all outputs, in nats. sha256 (n, 32): of the picture's bytes.
    signals (n, S) and embedding (n, F) float16: what the last layer gets; F may be 0.
    """

    def __init__(self, folder: Path, meta: Mapping[str, Any], mode: str) -> None:
        self.folder, self.meta = folder, meta
        self._mode = mode
        columns = _columns(meta)
        self._arrays = {name: self._map(name, *columns[name], meta["n"]) for name in columns}
        self._name_ends = self._map(_ENDS, np.int64, (), meta["n"])

    def __len__(self) -> int:
        return self.meta["n"]

    def __getitem__(self, column: str) -> np.ndarray:
        """The column as it is on the disk now."""
        return self._arrays[column]

    def file(self, row: int) -> str:
        """The name of a picture within its data set."""
        end = int(self._name_ends[row])
        start = int(self._name_ends[row - 1]) if row else 0
        with (self.folder / _NAMES).open("rb") as names:
            names.seek(start)
            return os.fsdecode(names.read(end - start))

    def files(self, rows: slice = slice(None)) -> list[str]:
        """The names of all pictures, or of those in some rows, which follow each other."""
        first, last, _ = rows.indices(len(self))
        start = int(self._name_ends[first - 1]) if first else 0
        ends = [0, *(self._name_ends[first:last] - start).tolist()]
        with (self.folder / _NAMES).open("rb") as names:
            names.seek(start)
            content = names.read(ends[-1])
        return [os.fsdecode(content[at:end]) for at, end in pairwise(ends)]

    def put(self, rows: np.ndarray, values: Mapping[str, np.ndarray]) -> None:
        """Write columns of some rows, but for their state."""
        for name, value in values.items():
            self._arrays[name][rows] = value

    def settle(self, states: Mapping[int, int]) -> None:
        """Bring what was put to the disk, and only then say of these rows that it is there."""
        for name in self._arrays:
            if name != "state":
                self._flush(name)
        self._arrays["state"][list(states)] = list(states.values())
        self._flush("state")

    def check(self) -> None:
        """EvaluationError for numbers that nobody can have written."""
        within = {
            "position": (0, np.iinfo(np.int64).max),
            "label": (0, len(self.meta["classes"]) - 1),
            "state": (WAITING, UNREADABLE),
            "top": (-1, len(self.meta["outputs"]) - 1),
            "rank": (-1, len(self.meta["outputs"]) - 1),
            _ENDS: (0, self._size_of_names()),
        }
        for name, (low, high) in within.items():
            array = self._name_ends if name == _ENDS else self._arrays[name]
            if len(array) and not (array.min() >= low and array.max() <= high):
                raise damaged(self.folder / f"{name}.npy")
        at, ends = self._arrays["position"], self._name_ends
        if not ((at[1:] > at[:-1]).all() and (ends[1:] >= ends[:-1]).all()):
            raise damaged(self.folder)
        if len(self) and self._name_ends[-1] != self._size_of_names():
            raise damaged(self.folder / _NAMES)
        share = self._arrays["top_probability"]
        if len(share) and not (share.min() >= 0 and share.max() <= 1 + _ROUNDING):
            raise damaged(self.folder / "top_probability.npy")

    def _size_of_names(self) -> int:
        try:
            return (self.folder / _NAMES).stat().st_size
        except OSError as error:
            raise damaged(self.folder / _NAMES) from error

    def _flush(self, name: str) -> None:
        array = self._arrays[name]
        if isinstance(array, np.memmap):  # an empty one is not
            array.flush()

    def _map(self, name: str, kind: type[np.generic], shape: tuple[int, ...], n: int) -> np.ndarray:
        path = self.folder / f"{name}.npy"
        whole = (n, *shape)
        if not np.prod(whole):
            return np.empty(whole, kind)  # nothing cannot be mapped
        try:
            array = np.load(path, mmap_mode="r")  # which refuses what is too short
            if self._mode != "r":
                array = np.load(path, mmap_mode=self._mode)
        except (OSError, ValueError, EOFError) as error:
            raise damaged(path) from error
        if array.shape != whole or array.dtype != kind:
            raise damaged(path)
        return array


def create(
    folder: Path, meta: Mapping[str, Any], columns: Mapping[str, np.ndarray], names: Iterable[str]
) -> Table:
    """Make the files of a table for ``meta["n"]`` pictures, with some of its columns filled.

    All room that it will ever need on the disk is taken now. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n = meta["n"]
    encoded = [os.fsencode(name) for name in names]
    (folder / _NAMES).write_bytes(b"".join(encoded))
    np.save(folder / f"{_ENDS}.npy", np.cumsum([len(name) for name in encoded], dtype=np.int64))
    for name, (kind, shape) in _columns(meta).items():
        _reserve(folder / f"{name}.npy", (n, *shape), kind)
    written = json.dumps(dict(meta))
    table = Table(folder, json.loads(written), "r+")
    table.put(np.arange(n), columns)
    table.settle({})
    partial = folder / f"{_META}.part"
    partial.write_text(written)
    partial.replace(folder / _META)  # last: with it, the table is there
    return table


def is_there(folder: Path) -> bool:
    """Whether a table was made in the folder."""
    return (folder / _META).exists()


def load(folder: Path, *, write: bool = False) -> Table:
    """The table in a folder. EvaluationError where it is damaged or from a newer Netlens."""
    try:
        meta = dict(json.loads((folder / _META).read_bytes()))
        version = int(meta["format"])
        if version <= FORMAT:
            sizes = {key: int(meta[key]) for key in ("n", "features", "signals")}
            meta |= sizes | {key: list(meta[key]) for key in ("classes", "outputs", "claims")}
            outputs = len(meta["outputs"])
            if any(not 0 <= at < outputs for claim in meta["claims"] for at in claim):
                raise IndexError
            if len(meta["claims"]) != len(meta["classes"]):
                raise ValueError
    except FileNotFoundError as error:
        raise EvaluationError(f"{folder} holds no answers of a model.") from error
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise damaged(folder / _META) from error
    if version > FORMAT:
        raise EvaluationError(f"{folder} was made by a newer Netlens: update this one to open it.")
    table = Table(folder, meta, "r+" if write else "r")
    table.check()
    return table


def damaged(path: Path) -> EvaluationError:
    """What to say of a file that cannot be what was written."""
    return EvaluationError(
        f"{path} is missing or damaged, so the answers cannot be used: put a copy back, or "
        "evaluate again."
    )


def _columns(
    meta: Mapping[str, Any],
) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    return _COLUMNS | {
        "signals": (np.float32, (meta["signals"],)),
        "embedding": (np.float16, (meta["features"],)),
    }


def _reserve(path: Path, shape: tuple[int, ...], kind: type[np.generic]) -> None:
    """A file of zeros whose room is taken: a full disk is said now, and does not kill later."""
    if not np.prod(shape):
        return
    with path.open("wb") as file:
        header = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_2_0(file, header)
        size = file.tell() + int(np.prod(shape)) * np.dtype(kind).itemsize
        file.flush()
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                    raise OSError(error.errno, error.strerror, str(path)) from error
                file.truncate(size)  # a disk that cannot promise room
        else:
            file.truncate(size)
