"""What a frozen network makes of pictures, computed once for each picture and kept on the disk."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import models, paths
from core.models import Preprocess
from core.training.material.pictures import Pictures, Progress

if TYPE_CHECKING:
    import torch
    from torch import nn

_BATCH = 32
_PATIENCE = 30.0  # seconds for another process that writes


@dataclass(frozen=True, slots=True)
class Features:
    """Of n pictures."""

    values: np.ndarray
    """(n, F) float32: what the model's last layer gets."""
    logits: np.ndarray
    """(n, outputs) float32: what the model itself says, before any tuning."""


def features(
    model: str,
    pictures: Pictures,
    positions: np.ndarray,
    digests: Sequence[str | None],
    *,
    device: "torch.device",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Features | None:
    """Of the pictures at ``positions``, whose bytes have these ``digests``; None once stopped.

    They depend on weights, transform and picture alone, and are found again under these. Raises
    ModelError where the model has no last layer that takes a vector.
    """
    name = models.info(model).name
    shelf = _Shelf(name, pictures.preprocess)
    keys = [digests[at] or "" for at in positions.tolist()]
    with shelf.open() as kept:
        found = kept.get(keys)
        places = dict(zip(keys, positions.tolist(), strict=True))  # each picture once
        missing = [(key, at) for key, at in places.items() if key not in found]
        starts = range(0, len(missing), _BATCH)
        if missing:
            network = models.feature_network(name).to(device)
        for number, start in enumerate(starts, 1):
            if should_stop():
                return None
            chosen, at = zip(*missing[start : start + _BATCH], strict=True)
            # filled up with some again: in batches of one size, a picture's features do not
            # depend on which others there are, and so neither on what is on the disk already
            inputs = next(pictures.batches([np.resize(at, _BATCH)], device))
            new = dict(zip(chosen, _rows(network, inputs), strict=False))
            kept.put(new)
            found |= new
            if progress:
                progress(number, len(starts))
    values, logits = (np.stack([found[key][part] for key in keys]) for part in (0, 1))
    return Features(values, logits)


def _rows(network: "nn.Module", inputs: "torch.Tensor") -> Iterator[tuple[np.ndarray, np.ndarray]]:
    import torch

    with torch.inference_mode(), models.guard(inputs.device):
        values, logits = (part.float().cpu().numpy() for part in network(inputs))
    return zip(values, logits, strict=True)


class _Shelf:
    """The file for one model's weights and transform."""

    def __init__(self, model: str, preprocess: Preprocess) -> None:
        what = f"{models.weights_digest(model)} {preprocess.describe()}"
        name = hashlib.sha256(what.encode()).hexdigest()[:32]
        self._path = paths.home() / "cache" / "features" / f"{name}.sqlite"

    @contextmanager
    def open(self) -> "Iterator[_Kept]":
        """Raises nothing: without its file, everything is computed anew and forgotten."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(self._path)
        except (OSError, sqlite3.Error):
            connection = _connect(Path(":memory:"))
        with closing(connection):
            yield _Kept(connection)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS features "
            "(picture TEXT PRIMARY KEY, vector BLOB, logits BLOB, digest BLOB) WITHOUT ROWID"
        )
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError:  # damaged: what it held can be computed again
        connection.close()
        path.unlink()
        return _connect(path)
    return connection


class _Kept:
    """What is kept, by the sha256 of a picture's bytes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, keys: Sequence[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        found = {}
        try:
            for key in dict.fromkeys(keys):
                row = self._connection.execute(
                    "SELECT vector, logits, digest FROM features WHERE picture = ?", (key,)
                ).fetchone()
                if row is not None and row[2] == _digest(key, *row[:2]):  # else it is damaged
                    found[key] = tuple(np.frombuffer(part, np.float32) for part in row[:2])
        except sqlite3.DatabaseError:  # damaged in the middle
            return {}
        return found

    def put(self, rows: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)",
                    [_record(key, row) for key, row in rows.items()],
                )
        except sqlite3.DatabaseError:
            return  # a full disk costs the time to compute them again, and nothing else


def _record(key: str, row: tuple[np.ndarray, np.ndarray]) -> tuple[str, bytes, bytes, bytes]:
    parts = [part.tobytes() for part in row]
    return key, *parts, _digest(key, *parts)


def _digest(key: str, *parts: object) -> bytes:
    digest = hashlib.blake2b(key.encode(), digest_size=8)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else b"")
    return digest.digest()
