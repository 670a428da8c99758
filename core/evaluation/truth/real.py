"""Reassessed labels of ImageNet's validation pictures: all classes that people see in each.

Beyer et al., "Are we done with ImageNet?", arXiv:2006.07159, 2020 (ReaL). The labels are read from
timm's distribution. Pictures in which nobody saw any of the classes have none, and do not count.
"""

import functools
import importlib.util
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import catalog
from core.errors import DataError
from core.evaluation.metrics import wilson

PICTURES = 50_000
_CLASSES = 1000
_NAME = re.compile(r"(?:.*[/\\])?ILSVRC2012_val_([0-9]{8})\.JPE?G", re.IGNORECASE | re.DOTALL)
_PLACE = Path("data", "_info", "imagenet_real_labels.json")
RIGHT, WRONG, SKIPPED = 1, 0, -1


@dataclass(frozen=True, slots=True)
class RealScore:
    """Accuracy under the reassessed labels."""

    right: int
    n: int
    """Pictures that have any."""
    skipped: int
    """Pictures that have none, or are none of ImageNet's validation pictures."""

    @property
    def accuracy(self) -> float:
        """Share of answers that are among the labels; NaN where n is 0."""
        return self.right / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval by `wilson`."""
        return wilson(self.right, self.n)


class Reassessed:
    """The classes of each validation picture, which are numbered from 1; classes by 1k index."""

    def __init__(self, labels: Sequence[Sequence[int]]) -> None:
        self._labels = tuple(tuple(classes) for classes in labels)
        keys = [
            number * _CLASSES + at
            for number, classes in enumerate(self._labels, start=1)
            for at in classes
        ]
        self._keys = np.unique(np.array(keys, np.int64))
        self._has = np.array([False, *map(bool, self._labels)])

    def of(self, file: str) -> tuple[int, ...]:
        """1k indices of what the picture with this name shows; none where nothing is known."""
        (number,) = numbers([file])
        return self._labels[number - 1] if 0 < number <= len(self._labels) else ()

    def verdicts(self, pictures: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """(n,) int8: `RIGHT`, `WRONG` or `SKIPPED`.

        ``pictures`` are the (n,) numbers of `numbers`, ``answers`` the (n,) 1k indices that were
        predicted, -1 for an answer outside of ImageNet-1k, which is wrong.
        """
        pictures, answers = np.asarray(pictures, np.int64), np.asarray(answers, np.int64)
        found = np.full(len(pictures), SKIPPED, np.int8)
        has = np.flatnonzero(self._has[pictures])
        pictures, answers = pictures[has], answers[has]
        found[has] = np.isin(pictures * _CLASSES + answers, self._keys) & (answers >= 0)
        return found


def load() -> Reassessed:
    """The labels, read once. DataError where timm's file is missing or damaged."""
    spec = importlib.util.find_spec("timm")  # finds it without importing it
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            "The reassessed labels come with timm, which is not installed: run "
            "`pip install timm` to count them."
        )
    return _read(Path(spec.submodule_search_locations[0]) / _PLACE)


def numbers(files: Iterable[str]) -> np.ndarray:
    """(n,) int64: the number of each ImageNet validation picture, from 1; 0 for any other file.

    Told by the name alone, ``ILSVRC2012_val_00000001.JPEG`` in any folder.
    """
    found = (_NAME.fullmatch(file) for file in files)
    values = np.fromiter((int(match[1]) if match else 0 for match in found), np.int64)
    values[values > PICTURES] = 0
    return values


def is_validation(files: Iterable[str]) -> bool:
    """Whether these are ImageNet's validation pictures, all of them, and at least one."""
    seen = False
    for file in files:
        match = _NAME.fullmatch(file)
        if match is None or not 0 < int(match[1]) <= PICTURES:
            return False
        seen = True
    return seen


def imagenet_indices(wnids: Sequence[str | None]) -> np.ndarray:
    """(C,) int64: the position of each class in ImageNet-1k, -1 for those that it lacks."""
    known = catalog.load()
    indices = (known.get(wnid).index if wnid in known else None for wnid in wnids)
    return np.array([-1 if index is None else index for index in indices], np.int64)


def real_score(verdicts: np.ndarray) -> RealScore:
    """Count the verdicts of `Reassessed.verdicts`."""
    right, wrong, skipped = (int((verdicts == kind).sum()) for kind in (RIGHT, WRONG, SKIPPED))
    return RealScore(right, right + wrong, skipped)


@functools.cache
def _read(path: Path) -> Reassessed:
    try:
        labels = json.loads(path.read_bytes())
        if not _is_sound(labels):
            raise ValueError("not a list of classes for each picture")
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"The reassessed labels in {path} are missing or damaged: run "
            "`pip install --force-reinstall --no-deps timm` to have them back."
        ) from error
    return Reassessed(labels)


def _is_sound(labels: object) -> bool:
    return (
        isinstance(labels, list)
        and len(labels) == PICTURES
        and all(isinstance(classes, list) for classes in labels)
        and all(type(at) is int and 0 <= at < _CLASSES for classes in labels for at in classes)
    )
