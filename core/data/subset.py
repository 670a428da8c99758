"""Some classes of a data set, as a data set of their own."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from core.data.dataset import DataClass, Dataset, Progress
from core.errors import DataError


class Subset(Dataset):
    """A view of the pictures of some classes, whose labels are numbered anew."""

    def __init__(self, dataset: Dataset, chosen: list[int]) -> None:
        numbered = np.full(len(dataset.classes), -1, np.int64)
        numbered[chosen] = np.arange(len(chosen))
        labels = numbered[dataset.labels]
        self.positions = np.flatnonzero(labels >= 0)
        """(n,) int64: where each picture is in the whole data set."""
        classes = tuple(dataset.classes[at] for at in chosen)
        super().__init__(dataset.name, classes, labels[self.positions])
        self._whole = dataset

    @cached_property
    def boxes(self) -> np.ndarray | None:
        boxes = self._whole.boxes
        return None if boxes is None else boxes[self.positions]

    @property
    def own_test(self) -> np.ndarray | None:
        own_test = self._whole.own_test
        return None if own_test is None else own_test[self.positions]

    @property
    def blocks(self) -> np.ndarray | None:
        blocks = self._whole.blocks
        return None if blocks is None else blocks[self.positions]

    def fates(self, positions: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        return self._whole.fates(self.positions[positions], progress)

    def _mask(self, i: int) -> np.ndarray | None:
        return self._whole.mask(int(self.positions[i]))

    def _read(self, i: int) -> bytes:
        return self._whole.read(int(self.positions[i]))

    def _file(self, i: int) -> str:
        return self._whole.file(int(self.positions[i]))


def key_of(known: DataClass) -> str:
    """What names a class within its data set: the wnid, or the label where there is none."""
    return known.wnid or known.label


def choose(dataset: Dataset, keys: Iterable[str]) -> Subset:
    """The classes with these keys, in the order that the data set has them.

    A label names a class with a wnid too, where it is the only one with that label. DataError where
    there are no keys, or one that names no class or several.
    """
    labelled: defaultdict[str, list[int]] = defaultdict(list)
    for at, known in enumerate(dataset.classes):
        labelled[known.label].append(at)
    keyed = {key_of(known): [at] for at, known in enumerate(dataset.classes)}
    chosen = set()
    for key in keys:
        named = keyed.get(key) or labelled.get(key, [])
        if len(named) != 1:
            raise DataError(_why_not(dataset, key, named, list(labelled)))
        chosen |= set(named)
    if not chosen:
        raise DataError(f"Choose at least one class of {dataset.name}.")
    return Subset(dataset, sorted(chosen))


def _why_not(dataset: Dataset, key: str, named: list[int], labels: list[str]) -> str:
    if named:
        wnids = ", ".join(key_of(dataset.classes[at]) for at in named)
        return f"{dataset.name} has several classes called {key}; choose among {wnids}."
    close = difflib.get_close_matches(key, labels, n=3)
    return (
        f"{dataset.name} has no class {key[:80]!r}; {'much like it are' if close else 'it has'} "
        f"{', '.join(close or labels[:10])}{'' if close or len(labels) <= 10 else ' and others'}."
    )
