"""Evaluations that are killed and go on end with the arrays of the one that was left alone."""

import hashlib
import random
import time

import pytest

from core import models, runs
from core.evaluation.answers import open_answers
from core.evaluation.running.task import Task
from core.runs import State, control
from tests.core.evaluation.running import attacked, pets
from tests.core.runs.conftest import ended, kill, until, worker
from tests.core.training import forking


@pytest.fixture(scope="module")
def nursery():
    with forking.nursery() as found:
        yield found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """60, in 15 batches; one cannot be read."""
    root = pets.folder(tmp_path_factory.mktemp("pictures") / "pets", 20)
    (root / pets.CATS_DOGS_FISH[1] / "07.png").write_bytes(b"no picture")
    return root


@pytest.fixture(autouse=True)
def job(nursery, netlens_home, monkeypatch):
    netlens_home.mkdir()
    monkeypatch.setitem(runs.JOBS, "evaluate", f"{attacked.__name__}:evaluate")
    monkeypatch.setattr(control, "launch", nursery.launch)
    yield
    for run in runs.list_runs():
        if run.state.is_alive and (process := worker(run)):
            kill(process)
            ended(run)


def begin(pictures):
    return runs.start("evaluate", Task(str(pictures), models.DEFAULT_MODEL).as_json())


def left(run):
    """What must be the same to the bit."""
    assert run.state is State.DONE, f"{run.message}\n{runs.read_log(run)}"
    files = sorted((run.folder / "answers").iterdir())
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return digests, {key: value for key, value in run.result.items() if key != "seconds"}


@pytest.fixture(scope="module")
def wanted(nursery, pictures, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("alone")))
        patch.setitem(runs.JOBS, "evaluate", f"{attacked.__name__}:evaluate")
        patch.setattr(control, "launch", nursery.launch)
        return left(ended(begin(pictures), 60))


def fell(run):
    found = ended(run, 60)
    assert found.state is State.INTERRUPTED, f"{found.message}\n{runs.read_log(run)}"
    return found


def answered(run) -> int:
    """How many answers there are; what they are is as it was if they are there already."""
    answers = open_answers(run.folder)
    return len(answers) + answers.unreadable


def test_kill_9__at_the_worst_moments(pictures, wanted):
    attacked.foretell("create:1")
    run = fell(begin(pictures))
    so_far = 0
    for moment in ("answers:2", "before:3", "state:2", "after:4"):
        attacked.foretell(moment)
        fell(runs.resume(run))
        now = answered(run)
        assert so_far <= now < 60
        so_far = now
    assert so_far > 20  # no work is done twice
    assert left(ended(runs.resume(run), 60)) == wanted


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_kill_9__at_random_moments(times, pictures, wanted):
    dice = random.Random(times)
    hits = 0
    while hits < times:
        run = begin(pictures)
        while hits < times:
            until(lambda run=run: worker(run) or not runs.get(run.id).state.is_alive)
            time.sleep(dice.uniform(0, 2))
            if process := worker(run):
                kill(process)
            if ended(run).state is State.DONE:
                break
            hits += 1
            runs.resume(run)
        assert left(ended(run, 60)) == wanted
