"""Kinds of runs for the tests, and an end to whatever they leave."""

import time

import psutil
import pytest

from core import runs
from core.runs import Run, files
from core.runs.processes import find
from core.runs.run import WORKER
from tests.core.runs import counting

KINDS = ("count", "occupy", "fail", "stuck", "fork", "fill", "tell")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    """The jobs of `counting` by their names."""
    for kind in KINDS:
        monkeypatch.setitem(runs.JOBS, kind, f"{counting.__name__}:{kind}")
    yield
    for run in runs.list_runs():
        if run.state.is_alive and (process := worker(run)):
            kill(process)


def worker(run: Run) -> psutil.Process | None:
    return find(files.read_json(run.folder / WORKER) or {})


def kill(process: psutil.Process) -> None:
    for one in (process, *process.children(recursive=True)):
        one.kill()


def until(condition, seconds: float = 20.0):
    """What the condition answers once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError("it never came")


def ended(run: Run, seconds: float = 30.0) -> Run:
    until(lambda: not runs.get(run.id).state.is_alive, seconds)
    return runs.get(run.id)


def started(run: Run) -> psutil.Process:
    """The worker, once it has the device and has reported something."""
    until(lambda: runs.watch(run).events)
    return worker(run)
