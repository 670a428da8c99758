"""One run in two processes under torchrun, beside the same run in one."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from core import models, paths, runs
from core.training import suggest
from tests.core.training.test_job import colours

ONE = (sys.executable, "-m", "core")
TWO = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
TWO += ("-m", "core")


def call(*command):
    return subprocess.run(
        command, cwd=paths.ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def train(how, recipe, place):
    file = place / "recipe.json"
    file.write_text(json.dumps(recipe.as_json()))
    done = call(*how, "train", "--recipe", str(file), "--device", "cpu")
    assert done.returncode == 0, done.stderr
    return runs.get(done.stdout.strip())


def steps(run):
    return [event for event in runs.watch(run).events if event["kind"] == "step"]


@pytest.fixture
def recipe(tmp_path):
    folder = colours(tmp_path / "colours", count=24)
    return suggest(str(folder), models.DEFAULT_MODEL, "all").changed(
        epochs=4, batch=8, mixup=0.2, cutmix=0.5, class_weights=True, label_smoothing=0.1
    )


def test_train__in_two_processes_has_the_losses_of_one(recipe, tmp_path):
    alone, together = train(ONE, recipe, tmp_path), train(TWO, recipe, tmp_path)
    wanted, found = steps(alone)[:20], steps(together)[:20]
    assert len(wanted) == 20
    assert [e["step"] for e in found] == [e["step"] for e in wanted]
    assert [e["loss"] for e in found] == pytest.approx([e["loss"] for e in wanted], abs=1e-4)
    assert together.result["validation"] == pytest.approx(alone.result["validation"], abs=0.02)


@pytest.mark.parametrize(
    ("first", "then"), [(TWO, ONE), pytest.param(ONE, TWO, marks=pytest.mark.soak)]
)
def test_resume__goes_on_with_the_checkpoint_of_the_other(first, then, recipe, tmp_path):
    whole = train(first, recipe, tmp_path)
    weights = load_file(whole.folder / "model.safetensors")
    (whole.folder / "result.json").unlink()  # as if it had been killed after its second epoch
    for checkpoint in sorted(whole.folder.glob("checkpoint-*"))[1:]:
        checkpoint.unlink()
    (whole.folder / "model.safetensors").unlink()
    done = call(*then, "runs", "resume", whole.id)
    assert done.returncode == 0, done.stderr
    again = runs.get(whole.id)
    assert again.result["validation"] == pytest.approx(whole.result["validation"], abs=0.02)
    found = load_file(again.folder / "model.safetensors")
    for name, values in weights.items():
        assert torch.allclose(found[name], values, atol=1e-3), name
