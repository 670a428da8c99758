"""Runs that are killed, cancelled, damaged and starved end as the one that was left alone."""

import hashlib
import os
import pickle
import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from core import models, runs
from core.errors import ModelError
from core.evaluation import Predictions
from core.runs import State, checkpoints, control
from core.training import suggest
from tests.core.runs.conftest import ended, kill, until, worker
from tests.core.training import attacked, forking
from tests.core.training.test_job import colours

CATS_DOGS_FISH = ("n02123045", "n02099601", "n01443537")
MODES = {
    "head": {"tune": "head", "dropout": 0.3, "label_smoothing": 0.1},
    "all": {"tune": "all", "dropout": 0.3, "mixup": 0.4},
    "scratch": {"tune": "scratch", "learning_rate": None},  # batch norms move, the rate is found
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
    assert not list(run.folder.glob("*.part"))
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
    "head": ("features:1", "features:2", "features:2", "event:1"),
    "all": ("event:1",),
    "scratch": ("batch:30", "event:1"),
}
LATER = ("batch:1", "checkpoint:1", "event:2", "checkpoint:3", "predictions", "model", "result")


@pytest.mark.parametrize("mode", MODES)
def test_kill_9__at_the_worst_moments(mode, pictures, wanted):
    whole = wanted(mode)
    first, *others = MOMENTS[mode] + LATER
    attacked.foretell(first)
    run = fell(runs.start("train", spec(pictures, mode)))
    for moment in others:
        dies(run, moment)
        assert is_before(told(run), whole["events"]), moment
    assert left(ended(runs.resume(run), 60)) == whole
