"""What a run is doing right now: a small file that is written over, and no part of its history."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core.runs import files

NAME = "status.json"
_PAUSE = 0.2  # seconds; a page shows no more


@dataclass(frozen=True, slots=True)
class Status:
    """Such as ("reading the pictures", 120, 400)."""

    what: str
    done: int
    of: int
    """0 where that is not known."""


class StatusFile:
    """The writing end."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._what, self._written = "", 0.0

    def write(self, status: Status) -> None:
        """Say it, unless something like it was said a moment ago. Raises OSError."""
        now = time.monotonic()
        if status.what == self._what and now - self._written < _PAUSE and status.done < status.of:
            return
        self._what, self._written = status.what, now
        partial = self._path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(status)))
        partial.replace(self._path)


def read(folder: Path) -> Status | None:
    """What was said last; None where nothing was, or where it cannot be read."""
    fields = files.read_json(folder / NAME) or {}
    try:
        return Status(str(fields["what"]), int(fields["done"]), int(fields["of"]))
    except (KeyError, TypeError, ValueError):
        return None
