"""Starting, stopping, resuming and deleting runs."""

import json
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.runs import events, files, jobs, locks, turns
from core.runs import status as status_file
from core.runs.processes import launch
from core.runs.run import (
    FORMAT,
    LOG,
    NOTE,
    RESERVED,
    RESULT,
    RUN,
    STOP,
    WORKER,
    Run,
    State,
    look,
    outcome,
    root,
)
from core.runs.status import Status

_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that nobody else works on, because this process holds its lock."""

    folder: Path
    job: str
    """``module:function``."""
    lock: int
    """A file descriptor."""


def start(
    kind: str, spec: Mapping[str, Any], *, devices: Sequence[str] = ("cpu",), name: str = ""
) -> Run:
    """Start a run, or queue it behind others on its devices; returns within milliseconds.

    ``spec`` must be JSON. Its folder appears all at once, and alive. Raises RunError for an unknown
    kind or device, and where the folder cannot be written.
    """
    return _launch_worker(create(kind, spec, devices=devices, name=name))


def resume(run: Run, *, devices: Sequence[str] | None = None) -> Run:
    """Go on with a run that was interrupted, cancelled or failed, at the end of the queue.

    On the devices that it had, unless others are named. Raises RunError where it is done, or at
    work already.
    """
    return _launch_worker(reopen(run, devices=devices))


def create(
    kind: str, spec: Mapping[str, Any], *, devices: Sequence[str] = ("cpu",), name: str = ""
) -> Claim:
    """`start` without a worker: for a process that is going to do the work itself."""
    job = jobs.find(kind)
    turns.check_devices(devices)
    fields = {"format": FORMAT, "kind": kind, "spec": dict(spec), "devices": list(devices)}
    json.dumps(fields)  # a TypeError comes before there is a folder
    with files.said(root()), turns.one_at_a_time():
        for stale in root().glob(".new-*"):  # of one that was killed here
            shutil.rmtree(stale, ignore_errors=True)
        made = root() / f".new-{secrets.token_hex(3)}"
        made.mkdir()
        lock = None
        try:
            created = time.time()
            files.write_json(made / RUN, fields | {"created": created})
            files.write_json(made / NOTE, {"name": name, "notes": ""})
            files.write_json(made / WORKER, turns.draw(devices))
            files.reserve(made / RESERVED)
            lock = locks.hold(made)
            stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
            folder = made.rename(root() / f"{stamp}-{secrets.token_hex(3)}")
        except BaseException:  # Ctrl-C too
            if lock is not None:
                locks.release(lock)
            shutil.rmtree(made, ignore_errors=True)
            raise
    return Claim(folder, job, lock)


def reopen(run: Run, *, devices: Sequence[str] | None = None) -> Claim:
    """`resume` without a worker: for a process that is going to do the work itself."""
    job = jobs.find(run.kind)
    devices = run.devices if devices is None else devices
    turns.check_devices(devices)
    lock = _lock_of_the_idle(run)
    try:
        if (outcome(run.folder) or {}).get("state") == State.DONE:
            raise RunError(f"The run {run.id} is done: there is nothing left to resume.")
        with files.said(run.folder), turns.one_at_a_time():
            for partial in run.folder.glob("*.part"):  # of a worker that was killed
                if not partial.name.startswith(NOTE):  # which somebody may be writing now
                    partial.unlink(missing_ok=True)
            files.reserve(run.folder / RESERVED)
            files.write_json(run.folder / WORKER, turns.draw(devices))
            for old in (STOP, RESULT, status_file.NAME):
                (run.folder / old).unlink(missing_ok=True)
    except BaseException:
        locks.release(lock)
        raise
    return Claim(run.folder, job, lock)


def cancel(run: Run) -> Run:
    """Ask a run to stop, which it does after its batch; after ten seconds it is ended by signals.

    Returns at once, with a run that is `stopping` if it has not stopped yet. Raises RunError where
    it has ended already.
    """
    run = look(run.folder)
    if not run.state.is_alive:
        raise RunError(f"The run {run.id} is {run.state} already: there is nothing to cancel.")
    with files.said(run.folder):
        (run.folder / STOP).touch()
        ticket = (files.read_json(run.folder / WORKER) or {}).get("ticket", 0)
        launch("core.runs.stopper", [str(run.folder), str(ticket)], run.folder / LOG)
    return look(run.folder)


def delete(run: Run) -> None:
    """Delete a run and all that it saved. Raises RunError while it is at work or queued."""
    for stale in root().glob(".gone-*"):  # of one that was killed here
        shutil.rmtree(stale, ignore_errors=True)
    lock = _lock_of_the_idle(run)
    try:
        with files.said(run.folder):
            gone = run.folder.rename(root() / f".gone-{run.id}")
    finally:
        locks.release(lock)
    shutil.rmtree(gone, ignore_errors=True)


def watch(run: Run, since: events.Cursor = events.START) -> events.News:
    """What the run has reported since then. Raises RunError where the events cannot be read.

    Taken in by ``seen[news.start :] = news.events``, also where the run was resumed meanwhile.
    """
    with files.said(run.folder):
        return events.read(run.folder, since)


def status(run: Run) -> Status | None:
    """What a run at work is doing now; None for any other, and where it has not said."""
    return status_file.read(run.folder) if run.state is State.RUNNING else None


def _lock_of_the_idle(run: Run) -> int:
    """The lock of a run at which nobody works. Raises RunError."""
    with files.said(run.folder):
        lock = None if look(run.folder).state.is_alive else locks.hold(run.folder, _PATIENCE)
    if lock is None:
        state = look(run.folder).state
        what = f"is {state}: cancel it first" if state.is_alive else "is still ending: try again"
        raise RunError(f"The run {run.id} {what}.")
    return lock


def _launch_worker(claim: Claim) -> Run:
    arguments = [str(claim.folder), claim.job, str(claim.lock)]
    try:
        with files.said(claim.folder):
            launch("core.runs.worker", arguments, claim.folder / LOG, [claim.lock])
    finally:
        locks.release(claim.lock)
    return look(claim.folder)
