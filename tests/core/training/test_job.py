"""A recipe followed from the data set to the tuned model."""

import contextlib
import json
import shutil
import sqlite3

import numpy as np
import pytest
import torch
from PIL import Image

from core import data, models, paths
from core.errors import CancelledError, DataError, ModelError, TrainingError
from core.evaluation import Predictions
from core.images import read_image
from core.predict import classify
from core.training import suggest
from core.training.job import fine_tune

ID = "20260101-000000-abcdef"


class Context:
    """A run that is watched by nobody; its folder is where the zoo looks for tuned models."""

    device = "cpu"

    def __init__(self, run_id=ID, stop_at=None):
        self.folder = paths.home() / "runs" / run_id
        self.folder.mkdir(parents=True, exist_ok=True)
        self.events, self.told = [], []
        self.saved = None
        self._left = stop_at

    def report(self, event):
        self.events.append(json.loads(json.dumps(event)))

    def tell(self, what, done=0, of=0):
        self.told.append(what)

    def should_stop(self):
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0

    def save_checkpoint(self, content, step):
        self.saved = type("Saved", (), {"content": content, "step": step})

    def load_checkpoint(self):
        return self.saved


def colours(folder, count=12, classes=("red", "green", "blue"), side=40):
    """Class folders of noisy squares of one colour."""
    dice = np.random.default_rng(0)
    for channel, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = dice.integers(0, 90, (side, side, 3), np.uint8)
            pixels[..., channel % 3] += 120
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture
def folder(tmp_path):
    return colours(tmp_path / "colours")


@pytest.mark.parametrize("tune", ["probe", "head", "last", "all", "scratch", "probe-all"])
def test_fine_tune__leaves_a_model_that_says_what_the_run_says(folder, tune):
    context = Context()
    recipe = suggest(str(folder), models.DEFAULT_MODEL, tune).changed(epochs=2, batch=8)
    record = json.loads(json.dumps(fine_tune(recipe.as_json(), context)))
    details = json.loads((context.folder / "details.json").read_text())
    assert details["classes"] == [[None, "blue"], [None, "green"], [None, "red"]]
    assert details["class_counts"] == [[8, 2, 2]] * 3
    assert record["counts"] == {"train": 24, "validation": 6, "test": 6}
    assert record["majority"] == {"validation": 1 / 3, "test": 1 / 3}
    assert record["untuned"]["reason"]
    epochs = [event for event in context.events if event["kind"] == "epoch"]
    assert len(epochs) == record["epochs"] == (1 if tune == "probe" else 2)

    model = models.load(f"run/{ID}", device="cpu")
    assert [c.label for c in model.classes] == ["blue", "green", "red"]
    found = Predictions.load(context.folder / "predictions.npz")
    dataset = data.open(str(folder))
    for row, at in enumerate(found.positions.tolist()):
        said = classify(model, read_image(dataset.read(at), "x")).probabilities
        assert said == pytest.approx(found.probabilities[row], abs=2e-4)
    score = (found.predicted == found.labels)[found.part == 1].mean()
    assert record["validation"]["accuracy"] == pytest.approx(score)
    assert record["validation"]["accuracy"] == pytest.approx(epochs[-1]["val_accuracy"], abs=1)


@pytest.mark.parametrize("tune", ["probe", "head"])
def test_fine_tune__of_a_frozen_network_changes_its_last_layer_only(folder, tune):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, tune).changed(epochs=1)
    fine_tune(recipe.as_json(), Context())
    tuned = models.load(f"run/{ID}", device="cpu").module.state_dict()
    before = models.load(device="cpu").module.state_dict()
    assert {name for name in before if not torch.equal(tuned[name], before[name])} == {
        "fc.weight",
        "fc.bias",
    }


def test_fine_tune__last_stage_leaves_what_is_before_it_and_all_statistics(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "last").changed(epochs=1, batch=8)
    fine_tune(recipe.as_json(), Context())
    tuned = models.load(f"run/{ID}", device="cpu").module.state_dict()
    before = models.load(device="cpu").module.state_dict()
    same = {name for name in before if torch.equal(tuned[name], before[name])}
    assert all(name in same for name in before if not name.startswith(("layer4", "fc")))
    assert all(name in same for name in before if "running" in name or "num_batches" in name)
    assert "layer4.1.conv2.weight" not in same


def test_fine_tune__from_scratch_moves_the_batch_norms(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "scratch").changed(epochs=1, batch=8)
    fine_tune(recipe.as_json(), Context())
    tuned = models.load(f"run/{ID}", device="cpu").module.state_dict()
    assert tuned["bn1.running_mean"].any()


@pytest.mark.parametrize("tune", ["head", "all"])
def test_fine_tune__cancelled_and_resumed_ends_the_same(folder, tune):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, tune).changed(
        epochs=3, batch=8, dropout=0.3, label_smoothing=0.1, class_weights=True
    )
    whole = Context()
    wanted = fine_tune(recipe.as_json(), whole)
    file = whole.folder / "model.safetensors"
    content = file.read_bytes()
    file.unlink()
    broken = Context(stop_at=4)
    with pytest.raises(CancelledError):
        fine_tune(recipe.as_json(), broken)
    assert broken.saved is not None
    assert len(models.load(f"run/{ID}", device="cpu").classes) == 3  # of the best epoch so far
    broken._left = None
    found = fine_tune(recipe.as_json(), broken)
    assert file.read_bytes() == content
    assert broken.events == whole.events
    assert found | {"seconds": 0} == wanted | {"seconds": 0}


def test_fine_tune__compares_with_the_model_before_tuning(tmp_path):
    """Two classes of ImageNet by their wnids, which the bundled model knows."""
    folder = colours(tmp_path / "cats", classes=("n02123045", "n02099601"))
    record = fine_tune(suggest(str(folder), models.DEFAULT_MODEL, "head").as_json(), Context())
    details = json.loads((Context().folder / "details.json").read_text())
    assert len(dict(details["matched"])) == 2
    assert 0 <= record["untuned"]["validation"]["accuracy"] <= 1
    found = Predictions.load(Context().folder / "predictions.npz")
    assert found.before.shape == found.probabilities.shape
    assert found.before.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_fine_tune__leaves_out_what_cannot_be_read_and_says_so(folder):
    (folder / "red" / "broken.png").write_bytes(b"no picture")
    context = Context()
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "probe")
    record = fine_tune(recipe.as_json(), context)
    assert sum(record["counts"].values()) == 36
    assert "broken.png" in context.events[0]["text"]


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda f: [shutil.rmtree(f / name) for name in ("red", "green")], TrainingError, "one"),
        (
            lambda f: [file.write_bytes(b"x") for file in f.rglob("*.png")],
            TrainingError,
            "None of the pictures",
        ),
        (
            lambda f: [file.unlink() for file in sorted(f.rglob("*.png"))[2:]],
            TrainingError,
            "one class|no picture",
        ),
        (shutil.rmtree, DataError, "no folder"),
    ],
)
def test_fine_tune__says_what_is_wrong_with_the_pictures(folder, spoil, error, said):
    spoil(folder)
    with pytest.raises(error, match=said):
        fine_tune(suggest(str(folder), models.DEFAULT_MODEL, "head").as_json(), Context())


def test_fine_tune__chooses_classes(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "probe").changed(classes=("red", "blue"))
    record = fine_tune(recipe.as_json(), Context())
    details = json.loads((Context().folder / "details.json").read_text())
    assert sorted(label for _, label in details["classes"]) == ["blue", "red"]
    assert sum(record["counts"].values()) == 24


@pytest.mark.parametrize("name", ["plain/lenet-5", "untrained/resnet18"])
def test_fine_tune__trains_untrained_networks_from_scratch_only(folder, name):
    recipe = suggest(str(folder), name, "scratch").changed(epochs=1, input_size=32)
    record = fine_tune(recipe.as_json(), Context())
    assert record["untuned"]["reason"]
    assert models.load(f"run/{ID}", device="cpu").info.architecture.endswith(name.split("/")[1])
    with pytest.raises(TrainingError, match="scratch"):
        fine_tune(suggest(str(folder), name, "head").as_json(), Context())


def test_fine_tune__tunes_a_tuned_model_further(folder):
    fine_tune(suggest(str(folder), models.DEFAULT_MODEL, "head").as_json(), Context())
    other = "20260101-000000-abcdee"
    recipe = suggest(str(folder), f"run/{ID}", "probe").changed(classes=("red", "blue"))
    record = fine_tune(recipe.as_json(), Context(other))
    assert record["untuned"]["validation"]["n"] == record["validation"]["n"]
    assert len(models.load(f"run/{other}", device="cpu").classes) == 2


def test_fine_tune__names_a_model_that_is_not_there(folder):
    with pytest.raises(ModelError, match="no model"):
        fine_tune(suggest(str(folder), "bundled/nothing", "head").as_json(), Context())


def test_fine_tune__explains_a_full_memory(folder, monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("core.training.learning.step.Stepper.learn", full)
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "all").changed(batch=16)
    with pytest.raises(TrainingError, match="batches of 8"):
        fine_tune(recipe.as_json(), Context())


def test_fine_tune__writes_tensorboard_files(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recipe = suggest(str(folder), models.DEFAULT_MODEL, "head").changed(epochs=3, tensorboard=True)
    context = Context()
    fine_tune(recipe.as_json(), context)
    board = EventAccumulator(str(context.folder / "tensorboard"))
    board.Reload()
    wanted = [event["val_loss"] for event in context.events if event["kind"] == "epoch"]
    assert [s.value for s in board.Scalars("epoch/val_loss")] == pytest.approx(wanted)


@pytest.mark.parametrize("how", ["substr(vector, 1, 8)", "NULL", "randomblob(length(vector))"])
def test_fine_tune__computes_damaged_features_again(folder, how):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "probe").as_json()
    wanted = fine_tune(recipe, Context())
    (cache,) = (paths.home() / "cache" / "features").glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(cache)) as connection, connection:
        connection.execute(
            f"UPDATE features SET vector = {how} WHERE picture IN "
            "(SELECT picture FROM features LIMIT 3)"
        )
    assert fine_tune(recipe, Context()) | {"seconds": 0} == wanted | {"seconds": 0}


def test_fine_tune__of_a_last_step_that_diverges_is_not_done(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "all").changed(
        learning_rate=1e12, epochs=1, batch=5000, validation=0.0, schedule="constant", warm_up=0.0
    )
    with pytest.raises(TrainingError, match="diverged"):
        fine_tune(recipe.as_json(), Context())


def test_fine_tune__names_the_knob_where_a_batch_norm_gets_one_value(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "scratch").changed(
        epochs=1, batch=1, input_size=16, model="torchvision/resnet18"
    )
    with pytest.raises(TrainingError, match="batch"):
        fine_tune(recipe.as_json(), Context())


def test_fine_tune__learns_in_a_single_step(folder):
    recipe = suggest(str(folder), models.DEFAULT_MODEL, "head").changed(epochs=1, batch=5000)
    learnt = fine_tune(recipe.as_json(), Context())
    still = fine_tune(recipe.changed(learning_rate=1e-30).as_json(), Context())
    assert learnt["validation"]["loss"] < still["validation"]["loss"]
