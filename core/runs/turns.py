"""Whose turn it is: a queue without anybody who keeps it.

Every run that is started or resumed draws a ticket, higher than all before it. Its worker waits
until no living run with a lower ticket wants one of its devices, and then takes the lock of each,
which the kernel frees when the process is gone, however it goes.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths
from core.errors import RunError
from core.runs import files, locks
from core.runs.run import RESULT, WORKER, Run, State, root

if TYPE_CHECKING:
    from filelock import FileLock

_DEVICE = re.compile(r"cpu|mps|cuda:\d+|disk")  # the last for what runs no model
_PAUSE = 0.1


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep everybody else from drawing a ticket. Raises OSError."""
    from filelock import FileLock

    root().mkdir(parents=True, exist_ok=True)
    with FileLock(root() / ".tickets.lock", fallback_to_soft=False):
        yield


def draw(devices: Sequence[str]) -> dict[str, Any]:
    """What worker.json says at first; to be written before `one_at_a_time` ends."""
    notes = [files.read_json(folder / WORKER) or {} for folder in _unfinished()]
    last = max((note.get("ticket", 0) for note in notes), default=0)
    return {
        "ticket": last + 1,
        "devices": list(devices),
        "locks": sorted(map(_lock_name, devices)),
        "has_devices": False,
    }


def check_devices(devices: Sequence[str]) -> None:
    """Raises RunError for what is not the name of a device."""
    unknown = [device for device in devices if not _DEVICE.fullmatch(device)]
    if unknown or not devices:
        raise RunError(
            f"A run cannot be started on {', '.join(unknown) or 'no device'}: "
            "name cpu, mps, cuda:0, cuda:1, ..."
        )


def position(run: Run) -> int:
    """How many runs come before this one, the one at work included; 0 for one that is not queued.

    For two devices or more, those before it on any of them.
    """
    if run.state is not State.QUEUED:
        return 0
    return sum(_is_before(folder, ticket) for folder, ticket in _before(run.folder))


def take_devices(folder: Path, should_stop: Callable[[], bool]) -> "list[FileLock] | None":
    """Wait for the run's turn; the locks of its devices, or None if it is to stop.

    Raises OSError. Waiting takes one look at one lock, ten times a second.
    """
    from filelock import FileLock, Timeout

    before = _before(folder)  # all that will ever be: later ones draw higher tickets
    while before:
        if should_stop():
            return None
        if _is_before(*before[0]):
            time.sleep(_PAUSE)
        else:
            del before[0]
    taken = []
    place = paths.home() / "devices"
    place.mkdir(parents=True, exist_ok=True)
    for name in (files.read_json(folder / WORKER) or {})["locks"]:  # sorted: no two wait in a ring
        lock = FileLock(place / f"{name}.lock", fallback_to_soft=False)
        try:
            lock.acquire(poll_interval=_PAUSE, cancel_check=should_stop)
        except Timeout:
            return None
        taken.append(lock)
    return taken


def _before(folder: Path) -> list[tuple[Path, int]]:
    """Runs on the same devices that drew a lower ticket, each with the caller's ticket."""
    own = files.read_json(folder / WORKER) or {"locks": []}
    ticket = own.get("ticket", 0)
    found = []
    for other in _unfinished():
        note = files.read_json(other / WORKER) or {}
        if note.get("ticket", ticket) < ticket and set(note["locks"]) & set(own["locks"]):
            found.append((note["ticket"], other))
    return [(other, ticket) for _, other in sorted(found)]


def _is_before(folder: Path, ticket: int) -> bool:
    if not locks.is_held(folder):
        return False
    note = files.read_json(folder / WORKER) or {}
    return note.get("ticket", ticket) < ticket  # else it was resumed, and waits behind


def _unfinished() -> list[Path]:
    """Runs without a result, and those whose result is so new that their process still lives."""
    folders = [folder for folder in root().iterdir() if not folder.name.startswith(".")]
    return [folder for folder in folders if not (folder / RESULT).exists() or locks.is_held(folder)]


def _lock_name(device: str) -> str:
    """The file for a device; with CUDA_VISIBLE_DEVICES, cuda:0 is the first one named there."""
    kind, _, number = device.partition(":")
    visible = [part.strip() for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    if kind == "cuda" and int(number) < len(visible) and visible[int(number)]:
        number = visible[int(number)]
    return re.sub(r"[^\w-]", "-", f"{kind}-{number or 0}")
