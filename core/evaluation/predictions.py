"""What a model said of the pictures that it did not learn from, kept in one file."""

import io
import os
import struct
import uuid
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from core.errors import RunError
from core.evaluation.metrics import losses

VALIDATION, TEST = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Answers to n pictures, out of C classes; the arrays are aligned. ValueError where not."""

    positions: np.ndarray
    """(n,) int64: where each picture is in its data set."""
    part: np.ndarray
    """(n,) uint8: `VALIDATION` or `TEST`."""
    labels: np.ndarray
    """(n,) int64: the true classes."""
    probabilities: np.ndarray
    """(n, C) float32"""
    before: np.ndarray | None = None
    """(n, C) float32: what the model said before it was tuned; None where it had no answer."""

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.asarray(getattr(self, name), kind))
        n, classes = len(self.labels), self.probabilities.shape[-1]
        wanted = {"probabilities": (n, classes), "before": (n, classes)}
        for name in _KINDS:
            array = getattr(self, name)
            if array is not None and array.shape != wanted.get(name, (n,)):
                raise ValueError(f"{name} has the shape {array.shape}, for {n} labels")
        if n and (self.labels.min() < 0 or self.labels.max() >= classes):
            raise ValueError("a label is none of the classes")
        if not np.isin(self.part, (VALIDATION, TEST)).all():
            raise ValueError("a part is neither validation nor test")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def predicted(self) -> np.ndarray:
        """(n,) int64: the most probable class, the first of equals."""
        return self.probabilities.argmax(1)

    @property
    def losses(self) -> np.ndarray:
        """(n,) float64: cross-entropy of each picture, in nats."""
        return losses(self.labels, self.probabilities)

    def of(self, part: int) -> "Predictions":
        """Those of one part."""
        return self._take(np.flatnonzero(self.part == part))

    def worst(self, k: int) -> np.ndarray:
        """Rows (not positions) of the k largest losses, the largest first, ties by row."""
        return np.argsort(-self.losses, kind="stable")[:k]

    def cell(self, truth: int, predicted: int) -> np.ndarray:
        """Rows of the pictures of one class that were taken for another, or for itself.

        Ascending: what one cell of the confusion matrix counts.
        """
        return np.flatnonzero((self.labels == truth) & (self.predicted == predicted))

    def save(self, path: Path) -> None:
        """Write them, all at once or not at all; the same answers are the same bytes.

        Raises OSError.
        """
        content = io.BytesIO()
        arrays = {name: getattr(self, name) for name in _KINDS}
        np.savez(content, **{name: array for name, array in arrays.items() if array is not None})
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
        try:
            with partial.open("wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Read them. RunError where the file is missing or damaged; nothing is unpickled."""
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return cls(**{name: file[name] for name in file.files})
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror or error}.") from error
        except (
            AttributeError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
            struct.error, zipfile.BadZipFile, zlib.error,
        ) as error:  # fmt: skip
            raise RunError(
                f"{path} is damaged: its pictures cannot be shown. Run the training again, or put "
                "a good copy there."
            ) from error

    def _take(self, rows: np.ndarray) -> "Predictions":
        taken = {
            field.name: array[rows] if (array := getattr(self, field.name)) is not None else None
            for field in fields(self)
        }
        return Predictions(**taken)


_KINDS = {
    "positions": np.int64,
    "part": np.uint8,
    "labels": np.int64,
    "probabilities": np.float32,
    "before": np.float32,
}
