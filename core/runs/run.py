"""A run is a folder below ``NETLENS_HOME/runs``. Its state is read from there, and stored nowhere.

    run.json      kind, spec, devices, created; written once, before anybody sees the folder
    note.json     name and notes, which the user may change
    run.lock      held by whoever works on the run, for life
    worker.json   that worker's place in the queue, its process and devices, and whether it has them
    env.json      with which versions and on which machine it worked
    events.jsonl, checkpoint-*.bin, log.txt    what it has reported, saved and printed
    status.json   what it is doing now
    stop          there once the user has asked it to stop
    result.json   how it ended, if it has; room for it is taken beforehand (result.reserved)

With a result, the state is what that says. Without, the lock tells whether there is a worker: if
not, it was interrupted, or cancelled where it had been asked to stop.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from core import paths
from core.errors import RunError
from core.runs import files, locks

FORMAT = 1
RUN, NOTE, WORKER, RESULT, STOP, LOG = (
    "run.json",
    "note.json",
    "worker.json",
    "result.json",
    "stop",
    "log.txt",
)
RESERVED = "result.reserved"
T = TypeVar("T")
_LATEST = 1e11  # seconds since 1970, beyond which calendars give up
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_INTERRUPTED = "Its process ended before the run did; resume it to go on from the last checkpoint."
_ENDED = "It was ended before it had stopped by itself; its last checkpoint is kept."


class State(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_alive(self) -> bool:
        """Whether a process works on it, or waits to."""
        return self in (State.QUEUED, State.RUNNING)


_ENDS = (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was when it was looked at."""

    id: str
    folder: Path
    kind: str
    spec: Mapping[str, Any]
    devices: tuple[str, ...]
    """Those that it has or waits for, or had last."""
    created: float
    """In seconds since 1970."""
    name: str
    notes: str
    state: State
    stopping: bool
    """Whether it was asked to stop and has not ended yet."""
    message: str
    """A sentence about how it ended, where there is more to say than its state."""
    result: Mapping[str, Any] | None
    """What the job returned, if it did."""
    ended: float | None
    """In seconds since 1970, where its worker could still write that down."""


def root() -> Path:
    """Where the runs are. It may not exist yet."""
    return paths.home().absolute() / "runs"


def get(run_id: str) -> Run:
    """The run of that id. Raises RunError where there is none or its folder is damaged."""
    if not _ID.fullmatch(run_id):
        raise _unknown(run_id)
    return look(root() / run_id)


def list_runs() -> tuple[Run, ...]:
    """All runs, the newest first; `problems` says what is wrong with those that are not there."""
    runs = [run for run in map(_look_or_say, _folders()) if isinstance(run, Run)]
    return tuple(sorted(runs, key=lambda run: run.created, reverse=True))


def problems() -> tuple[str, ...]:
    """A sentence for each folder that cannot be read as a run."""
    return tuple(run for run in map(_look_or_say, _folders()) if isinstance(run, str))


def look(folder: Path) -> Run:
    """The run in a folder, as it is now. Raises RunError."""
    fields = files.read_json(folder / RUN) or {}
    if isinstance(fields.get("format"), int) and fields["format"] > FORMAT:
        raise RunError(f"{folder} was made by a newer Netlens: update this one to open it.")
    note = files.read_json(folder / NOTE) or {}
    worker = files.read_json(folder / WORKER) or {}
    state, ended = _state(folder)
    try:
        return Run(
            id=folder.name,
            folder=folder,
            kind=str(fields["kind"]),
            spec=dict(fields["spec"]),
            devices=_names(worker.get("devices")) or _needed(_names(fields["devices"])),
            created=_needed(_time(fields["created"])),
            name=str(note.get("name", "")),
            notes=str(note.get("notes", "")),
            state=state,
            stopping=state.is_alive and (folder / STOP).exists(),
            message=_text(ended.get("message")),
            result=_mapping(ended.get("result")),
            ended=_time(ended.get("time")),
        )
    except (KeyError, TypeError, ValueError) as error:
        if not folder.is_dir():
            raise _unknown(folder.name) from error
        raise RunError(
            f"{folder / RUN} is missing or damaged, so the run cannot be shown: put a copy back, "
            "or delete the folder."
        ) from error


def annotate(run: Run, name: str | None = None, notes: str | None = None) -> Run:
    """Change a run's name, its notes, or both. Raises RunError."""
    run = look(run.folder)  # the other of the two may have changed meanwhile
    note = {
        "name": run.name if name is None else name,
        "notes": run.notes if notes is None else notes,
    }
    with files.said(run.folder):
        files.write_json(run.folder / NOTE, note)
    return look(run.folder)


def read_log(run: Run, longest: int = 20_000) -> str:
    """The end of what the worker printed, at most that many bytes of it."""
    try:
        with (run.folder / LOG).open("rb") as file:
            file.seek(max(0, (run.folder / LOG).stat().st_size - longest))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def outcome(folder: Path) -> dict[str, Any] | None:
    """What result.json says; None where there is none that can be read."""
    fields = files.read_json(folder / RESULT)
    return fields if fields is not None and fields.get("state") in _ENDS else None


def _state(folder: Path) -> tuple[State, dict[str, Any]]:
    ended = outcome(folder)
    if ended is None and locks.is_held(folder):
        worker = files.read_json(folder / WORKER) or {}
        return (State.RUNNING if worker.get("has_devices") else State.QUEUED), {}
    ended = ended or outcome(folder)  # it may have ended between the two looks
    if ended is not None:
        return State(ended["state"]), ended
    if (folder / STOP).exists():
        return State.CANCELLED, {"message": _ENDED}
    return State.INTERRUPTED, {"message": _INTERRUPTED}


def _time(value: object) -> float | None:
    """Seconds since 1970; None for what is no such number, as a damaged file may hold."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < _LATEST else None


def _names(value: object) -> tuple[str, ...] | None:
    is_list = isinstance(value, list) and value and all(isinstance(name, str) for name in value)
    return tuple(value) if is_list else None


def _needed(value: T | None) -> T:
    if value is None:
        raise ValueError("damaged")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _unknown(run_id: str) -> RunError:
    named = " ".join(run_id[:40].split())
    return RunError(f"There is no run {named}: `python -m core runs list` names those that are.")


def _folders() -> list[Path]:
    try:
        return [folder for folder in root().iterdir() if _ID.fullmatch(folder.name)]
    except FileNotFoundError:
        return []


def _look_or_say(folder: Path) -> Run | str | None:
    try:
        return look(folder)
    except RunError as error:
        return str(error) if folder.exists() else None  # deleted meanwhile
