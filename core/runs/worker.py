"""The process of one run: ``python -m core.runs.worker FOLDER MODULE:FUNCTION LOCK``.

``LOCK`` is the file descriptor of the run's lock, held already. The process takes the devices when
it is their turn, does the job, and writes how it ended. Whatever else may end it, up to SIGKILL and
power cuts, leaves no result, and the run is seen to be interrupted.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from core.errors import CancelledError, NetlensError
from core.runs import environment, files, jobs, locks, turns
from core.runs.processes import identity
from core.runs.run import RESERVED, RESULT, STOP, WORKER, Run, State, look

_NICE = 5  # below the app, which somebody looks at
_LONGEST_MESSAGE = 1000


class _Ending:
    """Writes down how the run ended: a sentence in its result, and a traceback in its log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.was_stopped = False
        self.result: dict[str, Any] | None = None

    def __enter__(self) -> "_Ending":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, CancelledError) or (error is None and self.was_stopped):
            self._write(State.CANCELLED)
        elif error is None:
            self._write(State.DONE)
        elif isinstance(error, Exception):
            with suppress(OSError):  # a full disk takes no traceback, but it takes the result
                traceback.print_exception(error)  # first, so that who sees the result finds it
            self._write(State.FAILED, sentence(error, self._folder))
        else:  # what ends processes is an interruption
            return False
        return True

    def _write(self, state: State, message: str = "") -> None:
        fields = {
            "state": state,
            "message": message[:_LONGEST_MESSAGE],
            "result": self.result,
            "time": round(time.time(), 3),
        }
        files.write_reserved(self._folder / RESULT, self._folder / RESERVED, fields)


def work(folder: Path, job: str, at_its_turn: Callable[[Run], None] = lambda _: None) -> None:
    """Do the job of a run whose lock this process holds, and write down how it ended.

    ``at_its_turn`` is called once it has the devices. Raises OSError where the end cannot be
    written; the run is then seen to be interrupted.
    """
    with _Ending(folder) as ending:
        run = look(folder)
        note = (files.read_json(folder / WORKER) or {}) | identity(os.getpid())
        files.write_json(folder / WORKER, note)
        held = turns.take_devices(folder, (folder / STOP).exists)
        if held is None:
            raise CancelledError
        _keep.extend(held)
        files.write_json(folder / WORKER, note | {"has_devices": True})
        environment.write(folder, run.devices)
        at_its_turn(run)
        context = jobs.RunContext(folder, run.devices)
        try:
            result = jobs.load(job)(dict(run.spec), context)
            json.dumps(result)  # a TypeError is the job's failure
            ending.result = result
        finally:
            ending.was_stopped = context.stopped
            context.close()


def sentence(error: Exception, folder: Path) -> str:
    """What ended a run, in words for whoever started it."""
    cause = error
    while cause is not None and not isinstance(cause, NetlensError | OSError | MemoryError):
        cause = cause.__cause__
    if isinstance(cause, NetlensError):
        return str(cause)
    if isinstance(cause, OSError) and (cause.filename or cause.errno in files.FULL):
        return files.disk_sentence(cause, folder)
    if isinstance(cause, MemoryError):
        return "The machine's memory was used up: make the run smaller, then resume it."
    first_line = next(iter(str(error).splitlines()), "")
    problem = f"{type(error).__name__}: {first_line}".rstrip(": ")
    return f"The run met a mistake in the program ({problem}). Its log has the details."


_keep: list[object] = []
"""The locks of the devices: they are let go of when the process ends, and not before."""


def main() -> None:
    """Adopt the lock, which makes the run alive, and work."""
    folder, job, lock = sys.argv[1:]
    locks.adopt(int(lock))
    with suppress(OSError):
        os.nice(_NICE)
    work(Path(folder), job)


if __name__ == "__main__":
    main()
