"""Runs that are killed, cancelled, damaged and starved end as the one that was left alone."""

import hashlib
import os
import pickle
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import psutil
import pytest

from core import models, runs
from core.errors import ModelError, RunError
from core.evaluation import Predictions
from core.runs import State, checkpoints, control, processes
from core.training import suggest
from tests.core.runs.conftest import ended, kill, until, worker
from tests.core.training import attacked, forking
from tests.core.training.test_job import colours

CATS_DOGS_FISH = ("n02123045", "n02099601", "n01443537")
MODES = {
    "head": {"tune": "head", "dropout": 0.3, "label_smoothing": 0.1},
    "all": {"tune": "all", "epochs": 2, "dropout": 0.3, "mixup": 0.4},
    # batch norms move, and the rate is found
    "scratch": {"tune": "scratch", "epochs": 2, "learning_rate": None},
}


@pytest.fixture(scope="module")
def nursery():
    with forking.nursery() as found:
        yield found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """24 to learn from, in three batches; 6 for validation, and 6 for the test."""
    return colours(tmp_path_factory.mktemp("pictures") / "colours", classes=CATS_DOGS_FISH)


@pytest.fixture(autouse=True)
def job(nursery, netlens_home, monkeypatch):
    """Runs are done by the attacked job, at once; none of them outlives its test."""
    netlens_home.mkdir()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setitem(runs.JOBS, "train", f"{attacked.__name__}:fine_tune")
    monkeypatch.setattr(control, "launch", nursery.launch)
    yield
    for run in runs.list_runs():
        if run.state.is_alive and (process := worker(run)):
            kill(process)
            ended(run)


def spec(pictures, mode, **settings):
    recipe = suggest(str(pictures), models.DEFAULT_MODEL, MODES[mode]["tune"])
    small = {"epochs": 3, "batch": 8, "input_size": 32}
    return recipe.changed(**(small | MODES[mode] | settings)).as_json()


@pytest.fixture(scope="module")
def wanted(nursery, pictures, tmp_path_factory):
    """What a mode leaves where it is left alone, in a home of its own, with the job as it is."""
    found = {}

    def of(mode):
        if mode not in found:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("alone")))
                patch.setitem(runs.JOBS, "train", "core.training.job:fine_tune")
                patch.setattr(control, "launch", nursery.launch)
                found[mode] = left(ended(runs.start("train", spec(pictures, mode)), 60))
        return found[mode]

    return of


def left(run):
    """What must be the same to the bit."""
    assert run.state is State.DONE, f"{run.message}\n{runs.read_log(run)}"
    assert not parts(run)
    digests = {
        name: hashlib.sha256((run.folder / name).read_bytes()).hexdigest()
        for name in ("model.safetensors", "predictions.npz")
    }
    result = {key: value for key, value in run.result.items() if key != "seconds"}
    return {**digests, "result": result, "events": told(run)}


def told(run):
    return [
        {key: value for key, value in event.items() if key != "time"}
        for event in runs.watch(run).events
    ]


def is_before(events, whole):
    return events == whole[: len(events)]


def dies(run, moment):
    """Resume a run, which dies at that moment."""
    attacked.foretell(moment)
    return fell(runs.resume(run))


def fell(run):
    found = ended(run, 60)
    assert found.state is State.INTERRUPTED, f"{found.message}\n{runs.read_log(run)}"
    return found


MOMENTS = {
    "head": (
        *("features:2", "features:1", "event:1", "batch:1", "checkpoint:1", "event:2"),
        *("checkpoint:3", "predictions", "model", "result"),
    ),
    "all": ("checkpoint:1", "event:2", "batch:2", "checkpoint:2", "predictions"),
    "scratch": ("batch:10", "checkpoint:3", "event:1", "batch:2", "model"),
}


@pytest.mark.parametrize("mode", ["head", "all", pytest.param("scratch", marks=pytest.mark.soak)])
def test_kill_9__at_the_worst_moments(mode, pictures, wanted):
    whole = wanted(mode)
    first, *others = MOMENTS[mode]
    attacked.foretell(first)
    run = fell(runs.start("train", spec(pictures, mode)))
    for moment in others:
        dies(run, moment)
        assert is_before(told(run), whole["events"]), moment
    assert left(ended(runs.resume(run), 60)) == whole


def kill_9(run):
    if process := worker(run):
        with suppress(psutil.NoSuchProcess):  # it was just ready
            kill(process)
    until(lambda: not runs.get(run.id).state.is_alive, 1)


def cancel(run):
    with suppress(RunError):  # it was just ready
        runs.cancel(run)


STRIKES = {kill_9: State.INTERRUPTED, cancel: State.CANCELLED}
SOME = pytest.param("all", 3)
MANY = [pytest.param(mode, 20, marks=pytest.mark.soak) for mode in MODES]


@pytest.mark.parametrize(("mode", "times"), [SOME, *MANY])
@pytest.mark.parametrize("strike", STRIKES)
def test_resume__from_random_moments(strike, mode, times, pictures, wanted):
    whole = wanted(mode)
    rng = random.Random(times)
    hits = 0
    while hits < times:
        run = runs.start("train", spec(pictures, mode))
        while hits < times:
            until(lambda run=run: worker(run) or not runs.get(run.id).state.is_alive)
            if rng.random() < 0.5:
                time.sleep(rng.uniform(0, 2))
            else:  # while it writes something
                until(lambda run=run: parts(run) or not runs.get(run.id).state.is_alive)
            strike(run)
            if ended(run).state is State.DONE:
                break
            assert runs.get(run.id).state is STRIKES[strike]
            assert is_before(told(run), whole["events"])
            hits += 1
            runs.resume(run)
        assert left(ended(run, 60)) == whole


def parts(run):
    return list(run.folder.glob("*.part"))


def test_kill_9__of_a_process_that_was_started_as_usual(pictures, wanted, monkeypatch):
    monkeypatch.setattr(control, "launch", processes.launch)
    run = runs.start("train", spec(pictures, "head"))
    until(lambda: runs.status(runs.get(run.id)))
    kill(worker(run))
    until(lambda: runs.get(run.id).state is State.INTERRUPTED, 1)
    assert "resume it" in runs.get(run.id).message
    assert left(ended(runs.resume(run), 60)) == wanted("head")


def test_resume__from_damaged_checkpoints(pictures, wanted):
    whole = wanted("head")
    attacked.foretell("batch:5")
    run = fell(runs.start("train", spec(pictures, "head")))
    last, before = saved(run)
    flip(last)
    dies(run, "event:2")  # the first takes events back, the second is the warning
    dies(run, "event:2")
    assert [e for e in told(run) if "warning" in e] == [warning(last, "step 3, the one before")]
    assert saved(run) == [before]
    dies(run, "batch:3")
    last, before = saved(run)
    halve(last)
    flip(before)
    done = ended(runs.resume(run))
    warnings = [warning(path, "the beginning") for path in (last, before)]
    assert told(run)[:2] == warnings
    found = left(done)
    assert found["events"][2:] == whole["events"]
    assert found | {"events": whole["events"]} == whole


def saved(run):
    """The two checkpoints, the last one first."""
    return checkpoints.saved(run.folder)


def warning(path, instead):
    return {"warning": f"The checkpoint {path.name} is damaged. The run goes on from {instead}."}


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def halve(path):
    os.truncate(path, path.stat().st_size // 2)


def test_full_disk__in_a_checkpoint(pictures, wanted):
    attacked.foretell("full:3")
    failed = ended(runs.start("train", spec(pictures, "head")))
    assert failed.state is State.FAILED
    assert "is full: free some space, then start or resume the run" in failed.message
    assert all(map(checkpoints.read, saved(failed)))
    assert len(saved(failed)) == 2
    assert left(ended(runs.resume(failed))) == wanted("head")


def mount(*options):
    command = ["mount", "-t", "tmpfs", *options]
    return not subprocess.run(command, capture_output=True, check=False).returncode


@pytest.fixture
def small_disk(netlens_home):
    """A home that holds one checkpoint of the whole network and not two."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs the right to mount")
    if not mount("-o", "size=80m", "none", str(netlens_home)):
        pytest.skip("mounting is not allowed here")
    yield netlens_home
    unmount = ["umount", str(netlens_home)]
    until(lambda: not subprocess.run(unmount, check=False).returncode, 5)


def test_full_disk__that_is_one(small_disk, pictures, wanted):
    whole = wanted("all")
    failed = ended(runs.start("train", spec(pictures, "all")))
    assert failed.state is State.FAILED
    assert "is full: free some space" in failed.message
    assert any(map(checkpoints.read, saved(failed)))
    assert is_before(told(failed), whole["events"])
    assert mount("-o", "remount,size=800m", str(small_disk))
    assert left(ended(runs.resume(failed), 60)) == whole


class Burglar:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (str(self.place),)


def test_model__with_code_in_its_file_is_refused(pictures, tmp_path):
    import torch

    run = ended(runs.start("train", spec(pictures, "head")))
    for save in (torch.save, lambda what, path: path.write_bytes(pickle.dumps(what))):
        save({"weight": Burglar(tmp_path / "entered")}, run.folder / "model.safetensors")
        with pytest.raises(ModelError, match="damaged"):
            models.load(f"run/{run.id}", device="cpu")
    further = ended(runs.start("train", spec(pictures, "head") | {"model": f"run/{run.id}"}))
    assert further.state is State.FAILED
    assert "damaged" in further.message
    np.savez(run.folder / "predictions.npz", labels=np.array([Burglar(tmp_path / "entered")]))
    with pytest.raises(RunError, match="damaged"):
        Predictions.load(run.folder / "predictions.npz")
    assert not (tmp_path / "entered").exists()


@pytest.mark.parametrize("mode", ["head", "all"])
def test_learning_rate__far_too_high_is_said(mode, pictures):
    failed = ended(runs.start("train", spec(pictures, mode, learning_rate=1e9)))
    assert failed.state is State.FAILED
    assert "learning rate of 1e+09 is too high" in failed.message
    assert not (failed.folder / "model.safetensors").exists()


def test_resume__says_that_the_pictures_are_gone_or_others(pictures, wanted, tmp_path):
    copy = shutil.copytree(pictures, tmp_path / "copy")
    attacked.foretell("batch:5")
    run = fell(runs.start("train", spec(copy, "head")))
    hidden = copy.rename(tmp_path / "hidden")
    gone = ended(runs.resume(run))
    assert gone.state is State.FAILED
    assert "There is no folder or file" in gone.message
    hidden.rename(copy)
    removed = next(copy.rglob("*.png"))
    content = removed.read_bytes()
    removed.unlink()
    other = ended(runs.resume(run))
    assert other.state is State.FAILED
    assert "changed" in other.message
    removed.write_bytes(content)
    assert left(ended(runs.resume(run))) == wanted("head")
