"""What lies in a folder. Hidden files are passed over, and links that lead out are not followed."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.data.files.listing import Head, Listing, single
from core.images import SUFFIXES

IMAGES = "images"
"""A folder in a class folder that may hold its pictures, as Tiny ImageNet's do."""
SETTLED_S = 2
"""Clocks of disks are coarse: what changed a moment ago may change again at the same time."""
UNSETTLED = -1
"""In place of a time of change that cannot be relied on."""

_SUFFIXES = tuple(SUFFIXES)


def is_picture(name: str) -> bool:
    """Whether a file of this name usually is a picture."""
    return name.lower().endswith(_SUFFIXES)


def stays_inside(root: Path, path: str | Path) -> bool:
    """Whether all links in the path resolve to something below ``root``, which is resolved."""
    try:
        return Path(path).resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False


def leads_out(root: Path, file: str) -> bool:
    """Whether a link on the way to a file, a path below ``root``, leads out of it.

    Quicker than resolving the path, as long as there is no link.
    """
    at = root
    for part in file.split("/"):
        at /= part
        if at.is_symlink() and not stays_inside(root, at):
            return True
    return False


def open_plain(path: Path) -> BinaryIO:
    """A plain file, open for reading. Raises OSError, and does not wait for somebody to write to
    what has become a pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "It is no plain file", str(path))
    return os.fdopen(descriptor, "rb")


def folders_in(root: Path, path: Path) -> tuple[list[str], int]:
    """The names of the folders there, sorted, and how many links lead out. Raises OSError."""
    names, links = [], 0
    for entry, inside in _visible(root, path):
        links += not inside
        if inside and entry.is_dir():
            names.append(entry.name)
    return sorted(names), links


def first_picture(root: Path, path: Path) -> str | None:
    """The name of some picture right in a folder; None where there is none. Raises OSError."""
    pictures = (
        entry.name
        for entry, inside in _visible(root, path)
        if inside and is_picture(entry.name) and entry.is_file()
    )
    return next(pictures, None)


def list_folder(root: Path, folder: str) -> Listing:
    """The pictures of a folder, sorted by name, or where it has none, of `IMAGES` in it.

    Raises OSError.
    """
    looked = [_look(root, folder)]
    if not looked[0].pictures and looked[0].has_images:
        looked.append(_look(root, f"{folder}/{IMAGES}" if folder else IMAGES, f"{IMAGES}/"))
    head = Head(
        folder,
        {look.folder: look.stamp for look in looked},
        len(looked[-1].pictures),
        sum(look.others for look in looked),
        sum(look.links for look in looked),
    )
    return single(head, sorted(looked[-1].pictures))


def stamp(path: Path) -> int:
    """The time of change in ns of a folder or file, or `UNSETTLED`. Raises OSError."""
    changed = path.stat().st_mtime_ns
    return changed if time.time_ns() - changed > SETTLED_S * 10**9 else UNSETTLED


@dataclass
class _Look:
    folder: str
    stamp: int
    pictures: list[tuple[str, int, int]] = field(default_factory=list)
    others: int = 0
    links: int = 0
    has_images: bool = False


def _look(root: Path, folder: str, prefix: str = "") -> _Look:
    look = _Look(folder, stamp(root / folder))  # first, so that later changes are noticed
    for entry, inside in _visible(root, root / folder):
        with suppress(FileNotFoundError):  # deleted meanwhile
            if not inside:
                look.links += 1
            elif entry.is_file():
                if is_picture(entry.name):
                    status = entry.stat()
                    file = prefix + entry.name, status.st_size, status.st_mtime_ns
                    look.pictures.append(file)
                else:
                    look.others += 1
            elif entry.name == IMAGES and entry.is_dir():
                look.has_images = True
    return look


def _visible(root: Path, path: Path) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """What is not hidden, each with whether it stays inside of the data set."""
    with os.scandir(path) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                yield entry, not entry.is_symlink() or stays_inside(root, entry.path)
