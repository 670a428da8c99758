"""Registering what takes its time: what a run of the kind ``import`` does."""

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from core.data.layouts import archives
from core.data.registry import register
from core.data.source import is_zip
from core.errors import CancelledError, DataError

QUICK_FILES = 5_000
"""So many are listed in a moment, from a slow disk too."""
QUICK_ZIP_BYTES = 16 * 2**20
_LEVELS = 3  # part, class, images


class Context(Protocol):
    """A job's link to its run, as `core.runs.RunContext` has it."""

    def tell(self, what: str, done: int, of: int) -> None:
        """Say what is being done now."""

    def should_stop(self) -> bool:
        """Whether the user wants the run to end."""


def is_quick(path: Path) -> bool:
    """Whether `register` is done with a path in a moment; what is not there is refused as quickly.

    Counts files without looking at them, up to `QUICK_FILES`.
    """
    try:
        if is_zip(path):
            return path.stat().st_size <= QUICK_ZIP_BYTES
        if not path.is_dir():
            return True
        few = sum(1 for _ in islice(_inside(path), QUICK_FILES + 1)) <= QUICK_FILES
        return few and not archives.are_in(path)
    except OSError:  # which registering says
        return True


def import_data(spec: dict[str, Any], context: Context) -> dict[str, Any]:
    """Register ``path`` as ``name``, or under a name of its own for None; what became of it.

    What was listed before the run was interrupted is not listed again. Raises what `register`
    raises, DataError for another spec, and CancelledError.
    """
    path, name = spec.get("path"), spec.get("name")
    if not isinstance(path, str) or not isinstance(name, str | None):
        raise DataError("An import needs a path, and a name or none: start it anew.")
    started = time.perf_counter()
    what = "unpacking the pictures" if is_zip(path) else "listing the class folders"

    def progress(done: int, of: int) -> None:
        context.tell(what, done, of)
        if context.should_stop():
            raise CancelledError

    context.tell("looking at what is there", 0, 0)
    entry = register(path, name, progress)
    seconds = time.perf_counter() - started
    return {
        "name": entry.name,
        "pictures": entry.pictures,
        "classes": entry.classes,
        "seconds": seconds,
    }


def _inside(path: Path, levels: int = _LEVELS) -> Iterator[str]:
    """What lies in a folder and in those below it; links are not followed."""
    with os.scandir(path) as entries:
        for entry in entries:
            yield entry.name
            if levels and entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _inside(Path(entry.path), levels - 1)
