"""What has become of a registered data set since it was registered."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset, printable
from core.data.files.listing import Listing
from core.data.registry import noted

_NAMED = 5


@dataclass(frozen=True)
class Files:
    """Some files of a data set."""

    count: int = 0
    first: tuple[str, ...] = ()
    """The names of the first few within the data set, as they can be shown."""


@dataclass(frozen=True)
class Since:
    """Which files are not what they were; without any it is false."""

    gone: Files
    different: Files
    """Of another size or time of change."""
    new: Files
    sentence: str
    """The same in words; empty without any."""

    def __bool__(self) -> bool:
        return bool(self.gone.count or self.different.count or self.new.count)


def since_registered(dataset: Dataset) -> Since | None:
    """How the files of a data set, opened by its name, differ from those that were registered.

    No file is looked at: `changed` finds those that were overwritten in place since it was opened.
    About 30 ms for 1.3 million files of which few differ. None where nothing was written down, as
    for what is built in.
    """
    then, now = noted(dataset.name), dataset.listing
    if then is None or now is None:
        return None
    found = [_Kind(), _Kind(), _Kind()]
    for folder, old, new in _different_folders(then[0], now):
        for kind, names in zip(found, _compared(old, new), strict=True):
            kind.add(folder, names)
    gone, different, added = (Files(kind.count, tuple(kind.first)) for kind in found)
    return Since(gone, different, added, _said(dataset.name, then[1], gone, different, added))


class _Kind:
    def __init__(self) -> None:
        self.count, self.first = 0, list[str]()

    def add(self, folder: str, names: list[str]) -> None:
        self.count += len(names)
        for name in sorted(names)[: _NAMED - len(self.first)]:
            self.first.append(printable(f"{folder}/{name}" if folder else name))


def _different_folders(
    then: Listing, now: Listing
) -> Iterator[tuple[str, Listing | None, Listing | None]]:
    """Each folder whose files differ, as it was and as it is; None where there is none."""
    place = {head.folder: at for at, head in enumerate(now.heads)}
    for at, head in enumerate(then.heads):
        old, other = then.only(at), place.pop(head.folder, None)
        new = None if other is None else now.only(other)
        if new is None or not _is_same(old, new):
            yield head.folder, old, new
    for folder, at in place.items():
        yield folder, None, now.only(at)


def _is_same(old: Listing, new: Listing) -> bool:
    both = ((old.sizes, new.sizes), (old.marks, new.marks), (_text(old), _text(new)))
    return all(np.array_equal(one, other) for one, other in both)


def _text(listing: Listing) -> np.ndarray:
    bounds = listing.names.bounds
    return listing.names.text[bounds[0] : bounds[-1]]


def _compared(old: Listing | None, new: Listing | None) -> tuple[list[str], ...]:
    """The names of files that are gone, different, and new."""
    before, after = _by_name(old), _by_name(new)
    both = before.keys() & after.keys()
    return (
        list(before.keys() - both),
        [name for name in both if before[name] != after[name]],
        list(after.keys() - both),
    )


def _by_name(listing: Listing | None) -> dict[str, tuple[int, int]]:
    if listing is None:
        return {}
    marks = zip(listing.sizes.tolist(), listing.marks.tolist(), strict=True)
    return dict(zip(listing.names_in(0), marks, strict=True))


def _said(name: str, when: float, gone: Files, different: Files, new: Files) -> str:
    kinds = (gone, "gone"), (different, "of another size or date"), (new, "new")
    said = [f"{_count(files)} {what} ({_named(files)})" for files, what in kinds if files.count]
    if not said:
        return ""
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(when))
    parts = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return f"Since {name} was indexed on {date}, {parts}."


def _count(files: Files) -> str:
    return "1 file is" if files.count == 1 else f"{files.count:,} files are"


def _named(files: Files) -> str:
    more = files.count - len(files.first)
    return ", ".join(files.first) + (f", and {more:,} more" if more else "")
