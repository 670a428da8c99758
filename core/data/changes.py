"""Which files of a data set are not any more what they were when it was opened or indexed."""

from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset, Fate, Progress

_NAMED = 5


@dataclass(frozen=True)
class Changes:
    """What became of the files; without any it is false."""

    missing: tuple[int, ...]
    """Positions of the pictures whose files are gone."""
    different: tuple[int, ...]
    """Of those whose files have another size or time of change."""
    sentence: str
    """The same in words, with the first few files; empty without any."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.different)


def changed(dataset: Dataset, progress: Progress | None = None) -> Changes:
    """What has changed on the disk since the data set was listed; no file is read.

    New files are no change to the pictures that were listed. Opened or registered again, the data
    set is what it is now. ``progress`` is told how many of how many folders are looked through, and
    may raise to stop.
    """
    fates = dataset.fates(np.arange(len(dataset)), progress)
    missing, different = (np.flatnonzero(fates == fate) for fate in (Fate.MISSING, Fate.DIFFERENT))
    return Changes(
        tuple(missing.tolist()), tuple(different.tolist()), _said(dataset, missing, different)
    )


def _said(dataset: Dataset, missing: np.ndarray, different: np.ndarray) -> str:
    changes = (missing, "gone"), (different, "of another size or date")
    said = [f"{_count(at)} {what} ({_named(dataset, at)})" for at, what in changes if len(at)]
    if not said:
        return ""
    return f"Since {dataset.name} was listed, {' and '.join(said)}: index it again."


def _count(positions: np.ndarray) -> str:
    return "1 picture is" if len(positions) == 1 else f"{len(positions):,} pictures are"


def _named(dataset: Dataset, positions: np.ndarray) -> str:
    names = ", ".join(map(dataset.file, positions[:_NAMED].tolist()))
    more = len(positions) - _NAMED
    return f"{names}, and {more:,} more" if more > 0 else names
