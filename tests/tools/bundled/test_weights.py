"""What is shipped of a run: half precision, the size of its input, its calibration."""

import json
import shutil

import numpy as np
import pytest
import torch

from core import data, models
from core.errors import DataError, RunError
from core.evaluation import TEST, VALIDATION, Predictions
from core.models.header import read_metadata
from tools.bundled import training, weights
from tools.bundled.asking import as_model, halves, logits
from tools.bundled.choices import log_loss
from tools.bundled.places import MODEL
from tools.bundled.weights import SIZES, export, shipped

from .conftest import OTHER, WNIDS


@pytest.fixture
def target(tmp_path):
    return tmp_path / "shipped" / "small-resnet-tiny-imagenet.safetensors"


def test_export__ships_the_runs_model_in_half_precision(run, target):
    told = export(run, target)
    module, metadata = models.read_model(target)
    assert metadata["format"] == "netlens-1"
    assert [wnid for wnid, _ in metadata["classes"]] == list(WNIDS)
    assert metadata["input_size"] == told["size"] in SIZES
    assert metadata["resize"] == "bilinear"
    assert metadata["reject"] is None
    ours, _ = models.read_model(run / "model.safetensors")
    for name, tensor in ours.state_dict().items():
        wanted = tensor / metadata["temperature"] if name.startswith("fc.") else tensor
        wanted = wanted.half().float() if tensor.is_floating_point() else tensor
        assert torch.equal(module.state_dict()[name], wanted), name
    assert [part["run"] for part in metadata["training"]] == [run.name]


def test_export__answers_as_the_run_did_at_the_runs_size(run, tiny, target, monkeypatch):
    monkeypatch.setattr(weights, "SIZES", ())
    assert export(run, target)["size"] == 64
    answers = Predictions.load(run / "predictions.npz").of(TEST)
    said = logits(as_model(target), data.open(tiny), answers.positions.tolist())
    assert (said.argmax(1) != answers.predicted).sum() <= 1


def test_export__size_and_temperature_are_the_best_of_those_tried(run, tiny, target, photographs):
    told = export(run, target, photographs)
    assert [one["size"] for one in told["sizes"]] == list(SIZES)
    losses = {one["size"]: one["loss"] for one in told["sizes"]}
    assert losses[told["size"]] == min(losses.values())

    model, dataset = as_model(target), data.open(tiny)
    held_out = Predictions.load(run / "predictions.npz").of(VALIDATION)
    said = logits(model, dataset, held_out.positions.tolist())
    loss = log_loss(held_out.labels, said)
    for factor in (0.9, 1.1):
        assert loss <= log_loss(held_out.labels, said, factor) + 1e-3
    half, _ = halves(photographs, WNIDS)
    loss += log_loss(half.labels, logits(model, half.dataset, half.known))
    assert loss == pytest.approx(losses[told["size"]], abs=0.02)


def test_halves__share_nothing_and_leave_out_nothing(photographs):
    first, second = halves(photographs, WNIDS)
    dataset = first.dataset
    every = first.known + second.known + first.others + second.others
    assert sorted(every) == list(range(len(dataset))) == list(range(26))
    for half in (first, second):
        assert half.known
        assert half.others
        assert [dataset.classes[dataset.labels[at]].wnid for at in half.known] == [
            WNIDS[label] for label in half.labels
        ]


def test_halves__a_photograph_stays_in_its_half_and_so_do_its_copies(photographs, tmp_path):
    def contents(folder):
        return [
            {half.dataset.read(at) for at in half.known + half.others}
            for half in halves(folder, WNIDS)
        ]

    fewer = shutil.copytree(photographs, tmp_path / "fewer")
    for file in list((fewer / OTHER).iterdir())[::3]:
        shutil.copy(file, file.with_name(f"copy-{file.name}"))
    (fewer / WNIDS[0] / "0.png").unlink()
    for whole, part in zip(contents(photographs), contents(fewer), strict=True):
        assert part <= whole


def test_export__its_threshold_was_measured_on_the_other_half(run, target, photographs):
    chosen = export(run, target, photographs)["reject"]
    model = as_model(target)
    assert model.reject.below == chosen["below"]
    _, second = halves(photographs, WNIDS)
    known = logits(model, second.dataset, second.known)
    right = np.array(second.known)[known.argmax(1) == second.labels].tolist()
    told = ((right, model.reject.right), (second.others, model.reject.others))
    for positions, share in told:
        said = torch.from_numpy(logits(model, second.dataset, positions)).softmax(1).amax(1)
        assert share == pytest.approx(float((said < model.reject.below).float().mean()))


def test_export__the_second_run_tells_of_the_first_too(trained, went_on, target):
    export(went_on, target)
    parts = read_metadata(target)["training"]
    assert [part["run"] for part in parts] == [trained.name, went_on.name]
    assert [len(part["epochs"]) for part in parts] == [5, 2]
    assert [size for _, size, _, _ in parts[0]["epochs"]] == [32, 32, 48, 64, 64]
    assert parts[0]["differs"] == {
        "epochs": [18, 5], "batch": [128, 16], "learning_rate": [0.25, 0.05],
    }  # fmt: skip
    assert parts[1]["recipe"]["tune"] == "all"


def test_parts__a_run_from_the_bundled_model_tells_of_what_that_had(trained, went_on, target):
    fields = {"spec": json.loads((went_on / "run.json").read_text())["spec"]}
    fields["spec"]["model"] = models.DEFAULT_MODEL
    result = json.loads((went_on / "result.json").read_text())["result"]
    export(went_on, target)
    for _ in range(2):  # itself only once
        found = training.parts(went_on, fields["spec"], result, 64, target)
        assert [part["run"] for part in found] == [trained.name, went_on.name]


def test_parts__from_scratch_there_was_nothing_before(run, target):
    export(run, target)
    export(run, target)
    assert [part["run"] for part in read_metadata(target)["training"]] == [run.name]


def test_export__says_of_itself_what_the_shipped_one_does(went_on, target, photographs):
    export(went_on, target, photographs)
    assert set(read_metadata(target)) == set(read_metadata(MODEL))


def test_export__run_that_is_not_over(run, target):
    (run / "result.json").unlink()
    with pytest.raises(SystemExit, match="no run that has come to its end: interrupted"):
        export(run, target)
    assert not target.exists()


def test_export__data_that_has_changed(run, tiny, tmp_path, target):
    moved = shutil.copytree(tiny, tmp_path / "moved")
    (moved / "train-1.parquet").unlink()
    fields = json.loads((run / "run.json").read_text())
    fields["spec"]["data"] = str(moved)
    (run / "run.json").write_text(json.dumps(fields))
    with pytest.raises(DataError, match="has changed since the run"):
        export(run, target)
    assert not target.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "torchvision/resnet18"}, "built like torchvision/resnet18"),
        ({"dropout": 0.2}, "has dropout"),
        ({"classes": [[None, "cat"], [None, "dog"]]}, "give its data a column wnid"),
    ],
)
def test_shipped__models_of_another_kind(change, reason):
    tuned = {"model": models.DEFAULT_MODEL, "dropout": 0.0, "classes": [["n01443537", "goldfish"]]}
    with pytest.raises(SystemExit, match=reason):
        shipped(tuned | change)


def test_logits__of_no_pictures(run, tiny, target):
    export(run, target)
    assert logits(as_model(target), data.open(tiny), []).shape == (0, 3)
    assert np.isfinite(logits(as_model(target, 80), data.open(tiny), [0])).all()


def test_export__after_a_run_that_did_not_end(trained, went_on, tmp_path, target):
    runs = tmp_path / "runs"
    for run in (trained, went_on):
        shutil.copytree(run, runs / run.name)
    (runs / trained.name / "result.json").unlink()
    with pytest.raises(RunError, match="went before this run and has not come to its end"):
        export(runs / went_on.name, target)


def test_export__a_damaged_file_in_its_place_is_written_over(run, target):
    target.parent.mkdir()
    target.write_bytes(b"damaged")
    export(run, target)
    assert read_metadata(target)["training"]


def test_export__what_is_no_folder_or_has_lost_its_events(run, tmp_path, target):
    with pytest.raises(SystemExit, match="is no folder of a run"):
        export(tmp_path / "nowhere", target)
    (run / "events.jsonl").write_text("")
    with pytest.raises(RunError, match="has lost what the run reported"):
        export(run, target)
    assert not target.exists()


def test_export__a_probe_is_not_shipped(run, target):
    fields = json.loads((run / "result.json").read_text())
    fields["result"]["learning_rate"] = None
    (run / "result.json").write_text(json.dumps(fields))
    with pytest.raises(SystemExit, match="a probe is not shipped"):
        export(run, target)


def test_halves__photographs_of_one_kind_alone(photographs, tmp_path):
    shutil.copytree(photographs / OTHER, tmp_path / "others" / OTHER)
    (tmp_path / "others" / "n02123159").mkdir()
    with pytest.raises(DataError, match="too few photographs of the model's classes, or of others"):
        halves(tmp_path / "others", WNIDS)
