"""What a run reports: JSON objects, a line each, in a file that only ever grows.

Two kinds of line: an event, ``{"time": seconds since 1970, ...}``, and ``{"rewind": n}``, written
by a run that goes on from a checkpoint: of the events before it only the first n count, because
the others are about to happen again. So a reader that follows the file loses and doubles none.

A line counts once its newline is there. A worker that was killed within a line leaves a torn one,
which its successor cuts off; a line that is not one of the two kinds is passed over.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "events.jsonl"
_REWIND = "rewind"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader has come."""

    offset: int = 0
    """Bytes of the file."""
    count: int = 0
    """Events that counted up to there."""


START = Cursor()


@dataclass(frozen=True, slots=True)
class News:
    """What a reader has not seen yet; to be taken in by ``events[news.start :] = news.events``."""

    events: tuple[Event, ...]
    start: int
    """The place of the first of them, before the reader's end where a run was resumed."""
    cursor: Cursor
    """For the next reading."""


def parse(content: bytes, since: Cursor = START) -> News:
    """Read the bytes of the file that come after ``since``."""
    start, events = since.count, []
    whole = content.rfind(b"\n") + 1
    for line in content[:whole].split(b"\n"):
        fields = _object(line)
        if fields is None:
            continue
        if _REWIND not in fields:
            events.append(fields)
            continue
        count = fields[_REWIND]
        if type(count) is int and 0 <= count <= start + len(events):
            start = min(start, count)
            del events[count - start :]
    return News(tuple(events), start, Cursor(since.offset + whole, start + len(events)))


def read(folder: Path, since: Cursor = START) -> News:
    """What a run has reported since then; without news it takes only a look at the file's size."""
    path = folder / NAME
    try:
        size = path.stat().st_size
        if size == since.offset:
            return News((), since.count, since)
        if size < since.offset:  # not the file that it was
            since = START
        with path.open("rb") as file:
            file.seek(since.offset)
            return parse(file.read(), since)
    except FileNotFoundError:
        return News((), 0, START)


class EventLog:
    """The writing end, for the one process that holds the run's lock."""

    def __init__(self, folder: Path) -> None:
        """Open the file, cutting off a torn last line. Raises OSError."""
        path = folder / NAME
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        news = parse(path.read_bytes())
        os.ftruncate(self._file, news.cursor.offset)
        self._size = news.cursor.offset
        self.count = news.cursor.count

    def append(self, event: Mapping[str, Any]) -> None:
        """Add an event. It outlasts this process as soon as this returns. Raises OSError."""
        if _REWIND in event:
            raise ValueError(f"{_REWIND!r} is no name for a field of an event")
        self._write({"time": round(time.time(), 3), **event})
        self.count += 1

    def rewind(self, count: int) -> None:
        """Take back all events but the first ``count``. Raises OSError."""
        if count < self.count:
            self._write({_REWIND: count})
            self.count = count

    def sync(self) -> None:
        """Make what was written outlast a power cut. Raises OSError."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, fields: Mapping[str, Any]) -> None:
        line = json.dumps(fields).encode() + b"\n"
        rest = line
        try:
            while rest:  # a disk that is nearly full takes a part
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)


def _object(line: bytes) -> Event | None:
    try:
        fields = json.loads(line) if line else None
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None
