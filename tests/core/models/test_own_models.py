"""Plain models, and the models that runs have trained, among all others."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from core import models
from core.errors import ModelError, WeightsUnavailableError
from core.models import builders, zoo
from core.models.plain import PLAIN
from core.models.untrained import UNTRAINED

CLASSES = [("n02123045", "tabby"), (None, "a dog")]


def add_run(home, run, classes=CLASSES, seed=0) -> Path:
    made = models.tunable("plain/lenet-5", classes, seed=seed)
    path = home / "runs" / run / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    models.save_tuned(path, made.module, made.metadata)
    return path


# --- plain


@pytest.mark.parametrize("name", PLAIN)
def test_plain__is_what_the_list_says(name):
    info = models.info(name)
    assert info in models.list_models()
    assert info.is_untrained
    assert name in models.on_machine_names()
    model = models.load(name, device="cpu")
    assert info.parameters == sum(p.numel() for p in model.module.parameters())
    assert info.input_size == model.preprocess.input_size
    assert len(model.classes) == info.classes == 1000
    with torch.inference_mode():
        size = info.input_size
        assert model.module(torch.zeros(2, 3, size, size)).shape == (2, 1000)


def test_plain__of_the_textbooks():
    """LeNet-5 on 32 x 32: 5 x 5 maps at the end, 120 and 84; the others as they are taught."""
    lenet = models.load("plain/lenet-5", device="cpu").module
    assert [tuple(p.shape) for p in lenet.parameters() if p.ndim > 1] == [
        (6, 3, 5, 5),
        (16, 6, 5, 5),
        (120, 16 * 5 * 5),
        (84, 120),
        (1000, 84),
    ]
    assert len(PLAIN["plain/one-conv"].filters) == 1
    assert PLAIN["plain/one-conv"].filters == (32,)
    assert len(PLAIN["plain/three-conv"].filters) == 3
    assert PLAIN["plain/three-conv"].input_size == 224
    assert len(PLAIN["plain/four-conv"].filters) == 4
    assert PLAIN["plain/four-conv"].dense == (512,)


def test_plain__always_the_same_weights(netlens_home):
    first = models.load("plain/one-conv", device="cpu").module.state_dict()
    models.loading._cache.clear()
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = models.load("plain/one-conv", device="cpu").module.state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_plain__the_same_weights_from_many_threads():
    expected = models.load("plain/lenet-5", device="cpu").module.state_dict()

    def build(_):
        info = models.info("plain/lenet-5")
        return builders.build(info, models.obtain(info)).module.state_dict()

    with ThreadPoolExecutor(4) as pool:
        for state in pool.map(build, range(40)):
            assert all(torch.equal(state[key], expected[key]) for key in expected)


def test_untrained__what_runs_have_trained_is_not(netlens_home):
    add_run(netlens_home, "20260101-000000-00000a")
    untrained = {info.name for info in models.list_models() if info.is_untrained}
    assert untrained == {*PLAIN, *UNTRAINED}


def test_info__close_names_of_plain_ones():
    with pytest.raises(ModelError, match="plain/lenet-5"):
        models.info("plain/lenet5")


# --- runs


def test_run__is_a_model_at_once(netlens_home):
    assert not any(info.source == "run" for info in models.list_models())
    path = add_run(netlens_home, "20260101-000000-00000a")
    name = "run/20260101-000000-00000a"
    info = models.info(name)
    assert info in models.list_models()
    assert name in models.on_machine_names()
    assert models.on_machine(info) == path
    assert (info.source, info.architecture, info.classes) == ("run", "plain/lenet-5", 2)
    assert (info.input_size, info.is_untrained) == (32, False)
    assert models.load(name, device="cpu").classes[0].wnid == "n02123045"
    path.unlink()
    assert not any(info.source == "run" for info in models.list_models())
    assert name not in models.on_machine_names()
    with pytest.raises(ModelError, match="not done yet, or was deleted"):
        models.load(name, device="cpu")
    with pytest.raises(WeightsUnavailableError, match="no longer on this machine"):
        models.obtain(info)


@pytest.mark.parametrize("name", ["run/", "run/..", "run/../x", "run/a/b", "run/a\0b", "run/ä"])
def test_run__names_that_are_none(netlens_home, name):
    (netlens_home / "runs").mkdir(parents=True)
    (netlens_home / "model.safetensors").touch()
    with pytest.raises(ModelError, match="There is no model"):
        models.info(name)


def test_run__folders_without_a_model_and_damaged_ones_harm_none(netlens_home):
    add_run(netlens_home, "20260101-000000-00000a")
    runs = netlens_home / "runs"
    add_run(netlens_home, ".gone-20260101-000000-00000b")
    (runs / "20260101-000000-00000c").mkdir()
    (runs / "20260101-000000-00000d").mkdir()
    (runs / "20260101-000000-00000d" / "model.safetensors").write_bytes(b"broken")
    (runs / "20260101-000000-00000e").write_text("a file")
    (runs / "20260101-000000-00000f" / "model.safetensors").mkdir(parents=True)
    names = [info.name for info in models.list_models() if info.source == "run"]
    assert names == ["run/20260101-000000-00000a"]
    with pytest.raises(ModelError, match=r"00000d.model\.safetensors is damaged"):
        models.info("run/20260101-000000-00000d")


def test_run__written_again_is_loaded_again(netlens_home):
    """Going on with a run replaces its model; who holds the old one keeps it."""
    path = add_run(netlens_home, "a", seed=1)
    first = models.load("run/a", device="cpu")
    digest = models.weights_digest("run/a")
    kept = {key: value.clone() for key, value in first.module.state_dict().items()}
    assert models.load("run/a", device="cpu") is first
    add_run(netlens_home, "a", [*CLASSES, (None, "a third")], seed=2)
    os.utime(path, ns=(1, 1))
    second = models.load("run/a", device="cpu")
    assert len(second.classes) == models.info("run/a").classes == 3
    assert models.weights_digest("run/a") != digest
    assert all(torch.equal(value, kept[k]) for k, value in first.module.state_dict().items())


def test_run__overwriting_its_file_leaves_loaded_ones_alone(netlens_home):
    path = add_run(netlens_home, "a")
    model = models.load("run/a", device="cpu")
    before = {key: value.clone() for key, value in model.module.state_dict().items()}
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(bytes(100_000))
    assert all(torch.equal(value, before[k]) for k, value in model.module.state_dict().items())


def test_list__while_runs_come_and_go(netlens_home):
    add_run(netlens_home, "a")
    problems = []

    def churn():
        try:
            for number in range(40):
                path = add_run(netlens_home, f"b{number % 3}")
                path.unlink()
                path.parent.rmdir()
        except Exception as error:  # noqa: BLE001
            problems.append(error)

    thread = threading.Thread(target=churn)
    thread.start()
    while thread.is_alive():
        assert any(info.name == "run/a" for info in models.list_models())
        assert "run/a" in models.on_machine_names()
    thread.join()
    assert not problems


def test_list__five_hundred_runs_in_little_time(netlens_home):
    content = add_run(netlens_home, "a", [(None, f"class {i}") for i in range(100)]).read_bytes()
    for number in range(500):
        folder = netlens_home / "runs" / f"20260101-000000-{number:06x}"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(content)
    assert sum(info.source == "run" for info in models.list_models()) == 501
    took = []
    for _ in range(5):
        start = time.thread_time()
        models.list_models()
        took.append(time.thread_time() - start)
    assert min(took) < 0.05


# --- digests


def test_weights_digest__is_the_files(small_model, netlens_home):
    import hashlib

    def sha256(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    path = add_run(netlens_home, "a")
    assert models.weights_digest("bundled/tiny") == sha256(small_model)
    assert models.weights_digest("run/a") == sha256(path)
    digests = {models.weights_digest(name) for name in [*PLAIN, "run/a", "bundled/tiny"]}
    assert len(digests) == len(PLAIN) + 2
    small_model.write_bytes(small_model.read_bytes() + b"x")
    with pytest.raises(ModelError):
        models.load("bundled/tiny", device="cpu")
    assert models.weights_digest("bundled/tiny") == sha256(small_model)


def test_list__order(small_model, netlens_home):
    for run in ("20260101-000000-00000a", "20260301-000000-00000a"):
        add_run(netlens_home, run)
    sources = [info.source for info in models.list_models()]
    order = ["bundled", "run", "torchvision", "timm", "plain", "untrained"]
    assert sources == sorted(sources, key=order.index)
    names = [info.name for info in models.list_models()]
    assert names[1:3] == ["run/20260301-000000-00000a", "run/20260101-000000-00000a"]
    assert len(set(names)) == len(names)
    assert zoo.library_models()[0].name == names[3]
