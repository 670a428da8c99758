"""What a run can do: functions registered by kind, and what they are given to do it with."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.runs import checkpoints
from core.runs.checkpoints import Checkpoint
from core.runs.events import EventLog
from core.runs.run import STOP
from core.runs.status import Status, StatusFile

JOBS: dict[str, str] = {
    "train": "core.training.job:fine_tune",
    "evaluate": "core.evaluation.running.job:evaluate",
    "import": "core.data.importing:import_data",
}
"""From a kind to ``module:function``. The process that starts a run looks it up and gives it to the
worker, which alone imports it."""

FOLLOWERS: dict[str, str] = {"train": "core.training.job:follow"}
"""What the other processes call, with the spec and their device, where a kind is done by many."""


class RunContext:
    """A job's link to its run: `report`, `should_stop`, and checkpoints."""

    def __init__(self, folder: Path, devices: tuple[str, ...]) -> None:
        """For the worker, which holds the run's lock. Raises OSError."""
        self.folder = folder
        self.devices = devices
        self.stopped = False
        """Whether the job was told to stop."""
        self._events = EventLog(folder)
        self._status = StatusFile(folder)

    @property
    def device(self) -> str:
        """The first of the devices that the run holds."""
        return self.devices[0]

    def report(self, event: Mapping[str, Any]) -> None:
        """Add an event, a JSON object; its time is added. Raises OSError.

        Not thread-safe. About 20 microseconds; a page can show some five a second.
        """
        self._events.append(event)

    def tell(self, what: str, done: int = 0, of: int = 0) -> None:
        """Say what is being done now, for `status`; it leaves no trace. Raises OSError."""
        self._status.write(Status(what, done, of))

    def should_stop(self) -> bool:
        """Whether the user wants the run to end; to be asked after each batch (7 microseconds).

        A job that is told so saves a checkpoint if it likes, and returns or raises CancelledError.
        """
        self.stopped = self.stopped or (self.folder / STOP).exists()
        return self.stopped

    def save_checkpoint(self, content: bytes, step: int) -> None:
        """Save what is needed to go on after ``step``; the last two are kept. Raises OSError."""
        self._events.sync()
        checkpoints.save(self.folder, Checkpoint(step, content, self._events.count))

    def load_checkpoint(self) -> Checkpoint | None:
        """The last good checkpoint, or None; to be called once, before the first event.

        Events that were reported after it are taken back, because they are about to come again.
        A damaged checkpoint is said in an event (``warning``) and removed. Raises OSError.
        """
        damaged, found = [], None
        for path in checkpoints.saved(self.folder):
            if found := checkpoints.read(path):
                break
            damaged.append(path)
        self._events.rewind(found.events if found else 0)
        for path in damaged:
            instead = f"step {found.step}, the one before" if found else "the beginning"
            warning = f"The checkpoint {path.name} is damaged. The run goes on from {instead}."
            self.report({"warning": warning})
            print(warning)
            path.unlink()
        return found

    def close(self) -> None:
        """Close the events."""
        self._events.close()


Job = Callable[[dict[str, Any], RunContext], dict[str, Any] | None]
"""Called with the spec. What it returns is kept in the run's result and must be JSON."""


def find(kind: str) -> str:
    """``module:function`` of a kind. Raises RunError for an unknown one."""
    if kind not in JOBS:
        raise RunError(f"There is no kind of run called {kind!r}: {', '.join(JOBS) or 'none'}.")
    return JOBS[kind]


def load(job: str) -> Callable[..., Any]:
    """The function behind ``module:function``. Raises what importing it raises."""
    module, _, function = job.partition(":")
    return getattr(importlib.import_module(module), function)
