"""The bundled model's recipe, followed on a small scale, and what is shipped of such a run."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from core import data, models, paths
from core.errors import DataError
from core.evaluation import TEST, Predictions
from core.models.header import read_metadata
from core.runs import events
from core.training.learning.schedules import factor
from core.training.recipe import Augment, from_json
from tools import export_bundled
from tools.export_bundled import RECIPE, export

WNIDS = ("n01443537", "n01629819", "n02084071")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Parquet as the recipe wants it: noisy squares of three colours, 150 and 30 of them.

    The first of the 30 is among the 150 too.
    """
    folder = tmp_path_factory.mktemp("tiny")
    noise = np.random.default_rng(0)

    def picture(colour: int) -> bytes:
        pixels = noise.integers(0, 90, (64, 64, 3), np.uint8)
        pixels[..., colour] += 120
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    copied = picture(0)
    for name, count in (("train-0", 75), ("train-1", 75), ("val", 30)):
        rows = {
            "image": [picture(i % 3) for i in range(count)],
            "wnid": [WNIDS[i % 3] for i in range(count)],
        }
        if name != "train-0":
            rows["image"][0] = copied
        pq.write_table(pa.table(rows), folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory):
    """The folder of a run of five epochs by the command line."""
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "core", "train", "--recipe", str(RECIPE), "--data", str(tiny)]
    done = subprocess.run(
        [*command, "--epochs", "5", "--batch", "16", "--learning-rate", "0.05", "--device", "cpu"],
        cwd=paths.ROOT,
        env=os.environ | {"NETLENS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home / "runs" / done.stdout.strip()


@pytest.fixture
def run(trained, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(trained, tmp_path / trained.name)


def test_recipe__is_the_one_that_the_card_describes():
    written = json.loads(RECIPE.read_text())
    assert "data" not in written
    recipe = from_json(written | {"data": "x"})
    assert recipe.model == models.DEFAULT_MODEL
    assert (recipe.tune, recipe.trunk_rate, recipe.freeze_norm) == ("scratch", 1.0, False)
    assert (recipe.epochs, recipe.batch, recipe.learning_rate) == (18, 128, 0.25)
    assert (recipe.optimizer, recipe.momentum, recipe.weight_decay) == ("sgd", 0.9, 5e-4)
    assert (recipe.schedule, recipe.warm_up, recipe.label_smoothing) == ("linear", 0.1, 0.1)
    assert recipe.augment == Augment(crop=0.25, flip=True)
    assert recipe.sizes == ((0.4, 32), (0.6, 48))
    assert (recipe.dropout, recipe.is_mixing, recipe.patience) == (0.0, False, 0)
    assert not recipe.class_weights


def test_recipe__its_rate_is_the_straight_lines_of_the_card():
    recipe = from_json(json.loads(RECIPE.read_text()) | {"data": "x"})
    total = 18 * 766

    def lines(done: float) -> float:
        return done / 0.1 if done < 0.1 else (1 - done) / 0.9

    rates = [factor(recipe.schedule, step, total, recipe.warm_up) for step in range(total)]
    wanted = [lines(step / total) for step in range(total)]
    assert rates == pytest.approx(wanted, abs=1.5 / (0.1 * total))


def test_train__follows_the_recipe(trained):
    told = events.read(trained).events
    spec = json.loads((trained / "run.json").read_text())["spec"]
    assert spec["augment"]["crop"] == 0.25
    result = json.loads((trained / "result.json").read_text())["result"]
    assert result["counts"] == {"train": 146, "validation": 3, "test": 31}
    assert result["trained_parameters"] == result["parameters"]
    last = [event for event in told if event["kind"] == "epoch"][-1]
    assert last["train_loss"] < np.log(3)


def test_export__ships_the_runs_model_in_half_precision(run, tiny, tmp_path):
    target = tmp_path / "shipped" / "small-resnet-tiny-imagenet.safetensors"
    figures = export(run, target)
    module, metadata = models.read_model(target)
    assert metadata["format"] == "netlens-1"
    assert [wnid for wnid, _ in metadata["classes"]] == list(WNIDS)
    assert (metadata["input_size"], metadata["resize"]) == (64, "bilinear")
    ours, _ = models.read_model(run / "model.safetensors")
    for name, tensor in ours.state_dict().items():
        wanted = tensor.half().float() if tensor.is_floating_point() else tensor
        assert torch.equal(module.state_dict()[name], wanted)

    answers = Predictions.load(run / "predictions.npz").of(TEST)
    assert len(answers) == 31
    right = (answers.predicted == answers.labels).mean()
    assert figures["test"]["n"] == 30
    assert figures["test"]["top1"] == pytest.approx(right, abs=2 / 30)
    assert figures["test"]["top5"] == metadata["top5"] == 1
    assert metadata["top1"] == figures["test"]["top1"]
    assert figures["answers that changed"] <= 2
    assert figures["photographs"] is None
    shipped = read_metadata(paths.ASSETS / "models" / target.name)
    assert set(metadata) == set(shipped)


def test_export__card_says_what_the_run_was(run, tmp_path):
    target = tmp_path / "small-resnet-tiny-imagenet.safetensors"
    figures = export(run, target)
    card = target.with_suffix(".md").read_text()
    assert "It knows 3 of ImageNet's 1,000 classes" in card
    assert f"30 validation pictures: **top-1 {figures['test']['top1']:.2%}" in card
    assert "Data: 146 of Tiny ImageNet's training pictures" in card
    changed = "epochs 5 in place of 18, batch 16 in place of 128, learning_rate 0.05 in place of"
    assert changed in card
    assert "photographs of its classes" not in card
    rows = [line.split("|")[1:3] for line in card.splitlines() if line.startswith("| ")][1:]
    assert [[int(cell) for cell in row] for row in rows] == [
        [1, 32], [2, 32], [3, 48], [4, 64], [5, 64],
    ]  # fmt: skip
    assert max(map(len, card.splitlines())) < 200


def test_export__photographs_of_its_classes_alone(run, tmp_path):
    photographs = tmp_path / "photographs"
    for wnid, colour in (("n01443537", (200, 40, 40)), ("n02123045", (1, 2, 3))):
        (photographs / wnid).mkdir(parents=True)
        Image.new("RGB", (120, 90), colour).save(photographs / wnid / "a.png")
    target = tmp_path / "small-resnet-tiny-imagenet.safetensors"
    assert export(run, target, photographs)["photographs"]["n"] == 1
    assert "On 1 photographs of its classes" in target.with_suffix(".md").read_text()


def test_export__run_that_is_not_over(run, tmp_path):
    (run / "result.json").unlink()
    with pytest.raises(SystemExit, match="no run that has come to its end: interrupted"):
        export(run, tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()


def test_export__data_that_has_changed(run, tiny, tmp_path):
    moved = shutil.copytree(tiny, tmp_path / "moved")
    (moved / "train-1.parquet").unlink()
    fields = json.loads((run / "run.json").read_text())
    fields["spec"]["data"] = str(moved)
    (run / "run.json").write_text(json.dumps(fields))
    with pytest.raises(DataError, match="has changed since the run"):
        export(run, tmp_path / "x.safetensors")
    (moved / "val.parquet").rename(moved / "train-1.parquet")
    shutil.copy(tiny / "train-1.parquet", moved / "train-0.parquet")
    shutil.copy(tiny / "train-0.parquet", moved / "train-00.parquet")
    assert data.open(moved).own_test is None
    with pytest.raises(SystemExit, match="no test part of its own"):
        export(run, tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "torchvision/resnet18"}, "built like torchvision/resnet18"),
        ({"dropout": 0.2}, "cannot be the bundled one"),
        ({"classes": [[None, "cat"], [None, "dog"]]}, "give its data a column wnid"),
    ],
)
def test_shipped__models_of_another_kind(change, reason):
    tuned = {"model": models.DEFAULT_MODEL, "dropout": 0.0, "classes": [["n01443537", "goldfish"]]}
    with pytest.raises(SystemExit, match=reason):
        export_bundled._shipped(tuned | change)


def test_card__of_the_shipped_model_says_where_its_recipe_is():
    card = (paths.ASSETS / "models" / "small-resnet-tiny-imagenet.md").read_text()
    figures = read_metadata(paths.ASSETS / "models" / "small-resnet-tiny-imagenet.safetensors")
    assert f"top-1 {figures['top1']:.2%}" in card
    assert str(RECIPE.relative_to(paths.ROOT)) in card
    for path in ("tools/export_bundled.py", "assets/recipes/small-resnet-tiny-imagenet.json"):
        assert path in card
        assert Path(paths.ROOT / path).is_file()
