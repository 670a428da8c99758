"""Where weights lie, and how they get there through the zoo's own rules."""

import hashlib
import time
from pathlib import Path

import pytest

from core import models
from core.errors import WeightsUnavailableError
from core.models import weights

TIMM = "timm/resnet10t.c3_in1k"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"XDG_CACHE_HOME": "/some/cache"},
        {"TORCH_HOME": "~/torch", "HF_HOME": "~/hugging"},
        {"HF_HUB_CACHE": "$HOME/hub"},
        {"HF_HUB_CACHE": "/a", "HUGGINGFACE_HUB_CACHE": "/b"},
        {"HUGGINGFACE_HUB_CACHE": "/b"},
    ],
)
def test_folders__are_the_libraries_own(environment, monkeypatch):
    import importlib

    import huggingface_hub.constants
    import torch

    for name in ("TORCH_HOME", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert weights.checkpoint_folder() == Path(torch.hub.get_dir()) / "checkpoints"
    spec = importlib.util.find_spec("huggingface_hub.constants")
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    assert weights.hub_cache() == Path(fresh.HF_HUB_CACHE)
    assert huggingface_hub.constants is not fresh


def in_hub_cache(repository: str, name: str) -> Path:
    """Put a file where huggingface_hub would."""
    folder = weights.hub_cache() / f"models--{repository.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0123abc")
    path = folder / "snapshots" / "0123abc" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return path


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_on_machine__finds_what_huggingface_hub_has(name):
    from huggingface_hub import try_to_load_from_cache

    info = models.info(TIMM)
    assert models.on_machine(info) is None
    path = in_hub_cache(info.hub, name)
    assert models.on_machine(info) == path
    assert try_to_load_from_cache(info.hub, name, cache_dir=weights.hub_cache()) == str(path)
    assert TIMM in models.on_machine_names()


def test_on_machine__interrupted_download_of_huggingface_hub_is_none():
    in_hub_cache(models.info(TIMM).hub, "model.safetensors").unlink()
    assert models.on_machine(models.info(TIMM)) is None
    assert TIMM not in models.on_machine_names()


def test_on_machine__finds_files_in_torch_hubs_folder(checkpoints):
    (checkpoints / "resnet50-11ad3fa6.pth").touch()
    (checkpoints / "timm--resnet10t.c3_in1k.bin").touch()
    (checkpoints / "resnet50-0676ba61.pth.1234.part").touch()
    here = models.on_machine_names()
    assert {"torchvision/resnet50", TIMM} <= here
    assert "torchvision/resnet50.IMAGENET1K_V1" not in here


def test_obtain__prefers_what_is_here(checkpoints, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    path = checkpoints / models.info(TIMM).file
    path.write_bytes(b"anything")
    assert weights.obtain(models.info(TIMM)) == path


def test_obtain__from_the_hub(server, checkpoints, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.url + "/")
    content = b"w" * 1000
    server.files["/timm/resnet10t.c3_in1k/resolve/main/model.safetensors"] = content
    server.headers["X-Linked-ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
    path = weights.obtain(models.info(TIMM))
    assert path == checkpoints / "timm--resnet10t.c3_in1k.safetensors"
    assert path.read_bytes() == content


def test_obtain__the_hubs_older_format_when_there_is_no_other(server, checkpoints, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.files["/timm/resnet10t.c3_in1k/resolve/main/pytorch_model.bin"] = b"older"
    path = weights.obtain(models.info(TIMM))
    assert path == checkpoints / "timm--resnet10t.c3_in1k.bin"
    assert models.on_machine(models.info(TIMM)) == path


def test_obtain__hub_switched_off(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsUnavailableError, match="HF_HUB_OFFLINE"):
        weights.obtain(models.info(TIMM))


@pytest.mark.parametrize("name", ["torchvision/resnet50", TIMM, "timm/legacy_seresnet18.in1k"])
def test_obtain__without_a_connection_one_sentence_at_once(name, monkeypatch, tmp_path):
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://127.0.0.1:9")  # nobody listens there
    started = time.perf_counter()
    with pytest.raises(WeightsUnavailableError) as caught:
        weights.obtain(models.info(name))
    assert time.perf_counter() - started < 20  # the libraries' own time-out takes 47 s
    assert models.info(name).file in str(caught.value)
    assert str(tmp_path / "torch" / "hub" / "checkpoints") in str(caught.value)
