"""Whether files have come or gone, told from the times of the folders that they lie in."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from core.data.files.disk import IMAGES
from core.data.layouts.find import PARTS

MOST = 2_500
"""Times that are asked for, so that a stamp takes milliseconds; ImageNet has 2,003 folders."""
_FILES = (".parquet", ".tar")  # hold many pictures, and may be written over


def stamp(path: Path) -> int:
    """Another number after pictures of a data set were added, taken out or renamed.

    It does not tell of pictures that were overwritten in place, nor beyond the first `MOST` folders
    and archives.
    """
    return hash(tuple(_time(at) for at in islice(_places(path), MOST)))


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # there is none, or a link that leads nowhere
        return -1


def _places(path: Path) -> Iterator[Path]:
    """The data set's own folder or file, and what in it holds pictures."""
    yield path
    inside = _entries(path)
    yield from (Path(entry.path) for entry in inside if entry.name.endswith(_FILES))
    for folder in _folders(inside):
        yield folder
        classes = [folder]
        if folder.name.lower() in PARTS:
            classes = _folders(_entries(folder))
            yield from classes
        if any((one / IMAGES).is_dir() for one in classes[:1]):
            yield from (one / IMAGES for one in classes)


def _folders(entries: "list[os.DirEntry[str]]") -> list[Path]:
    found = []
    for entry in entries:
        with suppress(OSError):  # a loop of links
            if entry.is_dir():
                found.append(Path(entry.path))
    return found


def _entries(path: Path) -> "list[os.DirEntry[str]]":
    """What lies in a folder, the first of it where that is very much."""
    try:
        with os.scandir(path) as entries:
            return [entry for entry in islice(entries, MOST) if not entry.name.startswith(".")]
    except OSError:  # no folder, or not ours
        return []
