"""Our own model file."""

import json
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.models import read_model, save_model, saved
from core.models.small_resnet import SmallResNet

from .conftest import SMALL


def rewritten(path, metadata=None, **changes):
    """The file with other metadata."""
    metadata = {**saved.read_metadata(path), **changes} if metadata is None else metadata
    save_file(load_file(path), path, {saved.KEY: json.dumps(metadata)})
    return path


def test_round_trip__same_model_up_to_half_precision(tmp_path):
    module = SmallResNet(3, SMALL["blocks"], SMALL["widths"], SMALL["strides"]).eval()
    save_model(tmp_path / "net.safetensors", module, SMALL)
    back, metadata = read_model(tmp_path / "net.safetensors")
    for name, tensor in module.state_dict().items():
        expected = tensor.half().float() if tensor.is_floating_point() else tensor
        assert torch.equal(back.state_dict()[name], expected), name
        assert back.state_dict()[name].dtype == tensor.dtype
    assert metadata["top1"] == 0.4321
    assert metadata["format"] == "netlens-1"
    assert metadata["parameters"] == sum(p.numel() for p in module.parameters())
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(back.eval()(pixels), module(pixels), atol=1e-2)


def test_save__weights_take_two_bytes_each(small_model):
    parameters = saved.read_metadata(small_model)["parameters"]
    assert 2 * parameters < small_model.stat().st_size < 2 * parameters + 20_000


def test_save__same_bytes_every_time(small_model, tmp_path):
    module, metadata = read_model(small_model)
    for name in "ab":
        save_model(tmp_path / name, module, metadata)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_save__refuses_what_could_not_be_read(tmp_path):
    with pytest.raises(ModelError, match="resize is not bilinear or bicubic"):
        save_model(tmp_path / "net", SmallResNet(3), {**SMALL, "resize": "nearest"})
    assert list(tmp_path.iterdir()) == []


def test_read__leaves_the_random_generator_alone(small_model):
    before = torch.get_rng_state()
    read_model(small_model)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("length", [0, 4, 8, 100, 900, -1])
def test_read__truncated(small_model, length):
    small_model.write_bytes(small_model.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"tiny\.safetensors is damaged"):
        read_model(small_model)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" * 100,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 20) + b"[" * 20,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 4) + b"null",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_read__not_ours(tmp_path, content):
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"net\.safetensors is damaged or no model of ours"):
        read_model(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "netlens-9"},
        {"architecture": "resnet152"},
        {"blocks": [1, 1, 1]},
        {"blocks": [1, 1, 1, 10**9]},
        {"widths": ["4", 4, 8, 8]},
        {"strides": [1, 2, 2, 0]},
        {"strides": None},
        {"classes": []},
        {"classes": [["n1", 5]]},
        {"classes": "abc"},
        {"input_size": 0},
        {"input_size": True},
        {"resize": ["bilinear"]},
        {"mean": [0.5, 0.5]},
        {"mean": [float("nan")] * 3},
        {"std": [0.5, 0.5, 0]},
        {"std": [0.5, 0.5, float("inf")]},
    ],
)
def test_read__metadata_make_no_sense(small_model, changes):
    with pytest.raises(ModelError, match=next(iter(changes))):
        read_model(rewritten(small_model, **changes))


@pytest.mark.parametrize("metadata", [[], None, "x", {}])
def test_read__metadata_of_another_kind(small_model, metadata):
    save_file(load_file(small_model), small_model, {saved.KEY: json.dumps(metadata)})
    with pytest.raises(ModelError, match=r"tiny\.safetensors"):
        read_model(small_model)


@pytest.mark.parametrize(
    "changes",
    [
        {"widths": [8192, 8192, 8192, 8192]},
        {"blocks": [64, 64, 64, 64]},
        {"classes": SMALL["classes"][:2]},
    ],
)
def test_read__weights_do_not_fit(small_model, changes):
    with pytest.raises(ModelError, match="do not fit its header"):
        read_model(rewritten(small_model, **changes))


def test_read__absent(tmp_path):
    with pytest.raises(ModelError, match=r"gone\.safetensors cannot be read"):
        read_model(tmp_path / "gone.safetensors")
