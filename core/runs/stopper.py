"""Ends a worker that does not stop when asked: ``python -m core.runs.stopper FOLDER TICKET``.

A process of its own, so that it needs neither the page that asked to stay open nor the worker to
listen, which may be stuck in a library's code.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.runs import files, locks
from core.runs.processes import find
from core.runs.run import WORKER

GRACE = 10.0
_KILL_AFTER = 3.0
_PAUSE = 0.1


def enforce(folder: Path, ticket: int, grace: float = GRACE) -> None:
    """Give the worker of that ticket ``grace`` seconds, then end it and those it has started."""
    import psutil

    deadline = time.monotonic() + grace
    while time.monotonic() < deadline:
        if not _is_working(folder, ticket):
            return
        time.sleep(_PAUSE)
    worker = find(files.read_json(folder / WORKER) or {})
    if worker is None or not _is_working(folder, ticket):
        return
    processes = [worker]
    with suppress(psutil.NoSuchProcess):
        processes += worker.children(recursive=True)  # before they lose their parent
    for process in processes:
        _signal(process.terminate)
    for process in psutil.wait_procs(processes, timeout=_KILL_AFTER)[1]:
        _signal(process.kill)


def _is_working(folder: Path, ticket: int) -> bool:
    note = files.read_json(folder / WORKER) or {}
    return note.get("ticket") == ticket and locks.is_held(folder)


def _signal(send: Callable[[], None]) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):
        send()


if __name__ == "__main__":
    enforce(Path(sys.argv[1]), int(sys.argv[2]))
