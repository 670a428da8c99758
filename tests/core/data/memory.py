"""A data set of bytes in memory."""

from collections.abc import Sequence

import numpy as np

from core.data import DataClass, Dataset
from core.errors import DataError


class MemoryDataset(Dataset):
    """Labels are classes' names; None in place of a picture cannot be read."""

    def __init__(
        self,
        pictures: Sequence[bytes | None],
        labels: Sequence[str],
        own_test: Sequence[bool] | None = None,
    ) -> None:
        names = sorted(set(labels))
        at = np.array([names.index(label) for label in labels], np.int64)
        super().__init__("pets", tuple(map(DataClass, names)), at)
        self._pictures = pictures
        self._own_test = None if own_test is None else np.array(own_test)

    @property
    def own_test(self) -> np.ndarray | None:
        return self._own_test

    def _file(self, i: int) -> str:
        return f"{i}.png"

    def _read(self, i: int) -> bytes:
        data = self._pictures[i]
        if data is None:
            raise DataError(f"{i}.png of pets cannot be read: it is gone.")
        return data
