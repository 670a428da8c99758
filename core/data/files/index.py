"""What was listed before is not listed again: the index of a data set's files.

It lies at ``NETLENS_HOME/cache/index/<key>/listing.arrow``. A folder counts as it was as long as
its time of change is the same, which costs one question to the disk for each folder. While a long
listing goes on, what is done is saved beside the index in parts, so that it can be interrupted.
Small data sets are listed each time.
"""

import hashlib
import shutil
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from core import paths
from core.data.dataset import Progress
from core.data.files import index_file
from core.data.files.listing import Head, Listing, joined
from core.data.files.threads import in_threads

MIN_FILES = 20_000
"""With fewer, no index is kept; each part has about as many."""
_INDEX = "listing.arrow"


def listed(
    root: Path,
    folders: Sequence[str],
    list_one: Callable[[str], Listing],
    progress: Progress | None = None,
) -> Listing:
    """The listing of these folders of the data set at ``root``, in this order.

    ``list_one`` lists a folder anew. ``progress`` is told how many of how many folders are done,
    and may raise to stop. Raises what ``list_one`` raises; that the index cannot be written is no
    error, and damaged ones are made anew.
    """
    shelf = _shelf(root)
    kept = index_file.read(shelf / _INDEX) if shelf.is_dir() else None
    known = _known(root, kept, shelf)
    if kept and [head.folder for head in kept.heads] == list(folders) == list(known):
        return kept
    _list_all(folders, list_one, known, _Saver(shelf), progress)
    whole = joined([known[folder] for folder in folders])
    if len(whole) < MIN_FILES:
        return whole
    with suppress(OSError):  # the disk is full, or not ours
        index_file.write(shelf / _INDEX, whole)
        _sweep(shelf)
        whole = index_file.read(shelf / _INDEX) or whole  # which takes no memory
    return whole


def forget(root: Path) -> None:
    """Let the data set at ``root`` be listed anew when it is opened next."""
    shutil.rmtree(_shelf(root), ignore_errors=True)


def _shelf(root: Path) -> Path:
    key = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return paths.cache() / "index" / key


def _known(root: Path, kept: Listing | None, shelf: Path) -> dict[str, Listing]:
    """The listings, by folder, of those that have not changed since."""
    times: dict[str, int | None] = {}

    def now(path: str) -> int | None:
        if path not in times:
            try:
                times[path] = (root / path).stat().st_mtime_ns
            except (OSError, ValueError):
                times[path] = None
        return times[path]

    def unchanged(head: Head) -> bool:
        return all(now(path) == then for path, then in head.stamps.items())

    parts = map(index_file.read, shelf.glob("part-*.arrow"))
    return {
        head.folder: listing.only(at)
        for listing in (kept, *parts)
        if listing is not None
        for at, head in enumerate(listing.heads)
        if unchanged(head)
    }


def _list_all(
    folders: Sequence[str],
    list_one: Callable[[str], Listing],
    known: dict[str, Listing],
    saver: "_Saver",
    progress: Progress | None,
) -> None:
    """List the folders that are not known yet, and save now and then what is done."""
    missing = [folder for folder in folders if folder not in known]
    done = len(folders) - len(missing)
    with saver, closing(in_threads(list_one, missing)) as listings:
        for folder, listing in zip(missing, listings, strict=True):
            known[folder] = listing
            saver.add(listing)
            done += 1
            if progress:
                progress(done, len(folders))


class _Saver:
    """Saves listings in parts of a fair size, and where it is interrupted the rest of them."""

    def __init__(self, shelf: Path) -> None:
        self._shelf = shelf
        self._waiting: list[Listing] = []
        self._files = 0

    def __enter__(self) -> "_Saver":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._files:
            self._save()

    def add(self, listing: Listing) -> None:
        self._waiting.append(listing)
        self._files += len(listing)
        if self._files >= MIN_FILES:
            self._save()

    def _save(self) -> None:
        part = joined(self._waiting)
        self._waiting, self._files = [], 0
        with suppress(OSError):
            index_file.write(self._shelf / f"part-{uuid.uuid4().hex}.arrow", part)


def _sweep(shelf: Path) -> None:
    """Delete all but the index: parts, and what was left by a process that died."""
    for left in shelf.iterdir():
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif left.name != _INDEX:
            left.unlink(missing_ok=True)
