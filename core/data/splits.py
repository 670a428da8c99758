"""Which pictures a network learns from, which it is tuned on, and which are kept until the end.

A picture's part follows from its bytes, its class and the seed, not from its name or its place, so
that a folder that was copied or sorted otherwise is split the same.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.errors import DataError

MIN_FOR_TEST = 10
"""Different pictures of a class; where there are fewer, none of them is kept for the test."""


@dataclass(frozen=True)
class Split:
    """Positions of pictures, (n,) int64 each and sorted; no picture's bytes are in two parts."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    """The locked part: not to be looked at before a run is over."""


def digests(
    dataset: Dataset, progress: Callable[[int, int], None] | None = None
) -> list[str | None]:
    """The sha256 of each picture's bytes; None where they cannot be read.

    ``progress`` is told how many of how many are done, and may raise to stop.
    """
    found: list[str | None] = []
    for i in range(len(dataset)):
        try:
            found.append(hashlib.sha256(dataset.read(i)).hexdigest())
        except DataError:
            found.append(None)
        if progress:
            progress(i + 1, len(dataset))
    return found


def split(
    dataset: Dataset,
    known: Sequence[str | None],
    *,
    seed: int = 0,
    validation: float = 0.2,
    test: float = 0.2,
) -> Split:
    """Share the pictures of each class out; ``known`` are the `digests` of ``dataset``.

    ``validation`` and ``test`` are shares of a class's different pictures, rounded. A class with
    two or more is in training and validation at least once each; one with fewer than
    `MIN_FOR_TEST` is not in the test, and one with a single picture is in training only. A test
    part of the data set's own is taken as it is instead, and ``validation`` is a share of the rest.
    Copies of one picture, under whatever labels, stay together; those without a digest are in no
    part. DataError for shares that leave nothing for training.
    """
    if validation < 0 or test < 0 or validation + test >= 1:
        raise DataError(
            f"{validation:.0%} for validation and {test:.0%} for the test leave nothing for "
            "training; choose shares that add up to less than 100 %."
        )
    copies: defaultdict[str, list[int]] = defaultdict(list)
    for i, digest in enumerate(known):
        if digest is not None:
            copies[digest].append(i)

    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    own_test = dataset.own_test
    if own_test is not None:
        parts[2].extend(digest for digest, group in copies.items() if own_test[group].any())
    kept = set(parts[2])
    classes: defaultdict[int, list[str]] = defaultdict(list)
    for digest, group in copies.items():
        if digest not in kept:
            classes[int(dataset.labels[group].min())].append(digest)
    for pictures in classes.values():
        pictures.sort(key=lambda digest: _rank(seed, digest))
        tested, validated = _counts(len(pictures), validation, test if own_test is None else 0)
        parts[2].extend(pictures[:tested])
        parts[1].extend(pictures[tested : tested + validated])
        parts[0].extend(pictures[tested + validated :])
    return Split(*(_positions(part, copies) for part in parts))


def _rank(seed: int, digest: str) -> bytes:
    return hashlib.sha256(f"{seed} {digest}".encode()).digest()


def _counts(pictures: int, validation: float, test: float) -> tuple[int, int]:
    """How many of a class's pictures are for the test and for validation."""
    tested = min(_rounded(pictures * test), pictures - 2) if pictures >= MIN_FOR_TEST else 0
    if validation == 0 or pictures == 1:
        return tested, 0
    return tested, min(max(1, _rounded(pictures * validation)), pictures - tested - 1)


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)


def _positions(part: list[str], copies: dict[str, list[int]]) -> np.ndarray:
    return np.sort(np.array([i for digest in part for i in copies[digest]], dtype=np.int64))
