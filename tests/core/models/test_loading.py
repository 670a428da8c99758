"""From a name to a model: the libraries' own answers, files that are no models, many threads."""

import os
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core import models
from core.compat import mend_torchvision
from core.errors import DeviceError, ModelError, WeightsUnavailableError
from core.models import builders, loading, weights

from .conftest import SHARED

SQUEEZENET = "torchvision/squeezenet1_1"  # 5 MB: the smallest of torchvision's
TINY = "timm/test_resnet.r160_in1k"


@pytest.fixture(scope="module")
def libraries():
    mend_torchvision()
    import timm
    import torchvision

    return torchvision, timm


def logits(model, image):
    with torch.inference_mode():
        return model.module(model.preprocess(image)[None])[0]


# --- the libraries' own answers


@pytest.mark.shared_data
def test_torchvision__probabilities_are_its_own(libraries, mobilenet):
    torchvision = libraries[0]
    weights = torchvision.models.MobileNet_V2_Weights.DEFAULT
    theirs = torchvision.models.mobilenet_v2(weights=weights).eval()
    ours = models.load("torchvision/mobilenet_v2", device="cpu")
    files = sorted((SHARED / "data" / "imagenet-samples").glob("*/*"))[::120]
    assert len(files) == 5
    right = 0
    for file in files:
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        with torch.inference_mode():
            expected = theirs(weights.transforms()(image)[None])[0].softmax(0)
        probabilities = logits(ours, image).softmax(0)
        assert torch.equal(probabilities, expected)
        right += ours.classes[int(probabilities.argmax())].wnid == file.parent.name
    assert right >= 3


@pytest.mark.parametrize(
    "name",
    [
        SQUEEZENET,
        "torchvision/googlenet",  # loses its side branches, transforms its input
    ],
)
def test_torchvision__builders_own_way(libraries, checkpoints, picture, name):
    """Random weights under torchvision's file name, loaded by it and by us."""
    torchvision = libraries[0]
    info = models.info(name)
    extra = {"init_weights": False} if info.architecture == "googlenet" else {}
    module = torchvision.models.get_model(info.architecture, weights=None, **extra)
    torch.save(module.state_dict(), checkpoints / info.file)
    theirs = torchvision.models.get_model(info.architecture, weights="DEFAULT").eval()
    ours = models.load(name, device="cpu")
    assert type(ours.module) is type(theirs)
    assert not ours.module.training
    assert not any(parameter.requires_grad for parameter in ours.module.parameters())
    with torch.inference_mode():
        transform = torchvision.models.get_model_weights(info.architecture).DEFAULT.transforms()
        assert torch.equal(logits(ours, picture), theirs(transform(picture)[None])[0])


@pytest.mark.parametrize("place", ["checkpoints", "hub", "bin"])
def test_timm__outputs_are_its_own(libraries, checkpoints, picture, place):
    timm = libraries[1]
    info = models.info(TINY)
    theirs = timm.create_model("test_resnet.r160_in1k", pretrained=False).eval()
    if place == "checkpoints":
        save_file(theirs.state_dict(), checkpoints / info.file)
    elif place == "bin":
        torch.save(theirs.state_dict(), checkpoints / "timm--test_resnet.r160_in1k.bin")
    else:
        folder = weights.hub_cache() / "models--timm--test_resnet.r160_in1k"
        (folder / "snapshots" / "abc").mkdir(parents=True)
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text("abc")
        save_file(theirs.state_dict(), folder / "snapshots" / "abc" / "model.safetensors")
    ours = models.load(TINY, device="cpu")
    config = timm.data.resolve_data_config({}, model=theirs)
    transform = timm.data.create_transform(**config, is_training=False)
    with torch.inference_mode():
        assert torch.equal(logits(ours, picture), theirs(transform(picture)[None])[0])
    assert ours.preprocess.input_size == 160
    assert len(ours.classes) == 1000


def test_timm__tag_from_an_address_and_one_for_numpy_archives(libraries, checkpoints, picture):
    """Legacy SE-ResNet-18 has no hub; AugReg's addresses are .npz, but the hub's file is not."""
    timm = libraries[1]
    for name, save in [
        ("legacy_seresnet18.in1k", torch.save),
        ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", save_file),
    ]:
        theirs = timm.create_model(name, pretrained=False).eval()
        save(theirs.state_dict(), checkpoints / models.info(f"timm/{name}").file)
        ours = models.load(f"timm/{name}", device="cpu")
        with torch.inference_mode():
            expected = theirs(ours.preprocess(picture)[None])[0]
        assert torch.equal(logits(ours, picture), expected)


def test_load__downloads_what_is_missing(libraries, server, monkeypatch, tmp_path, picture):
    timm = libraries[1]
    theirs = timm.create_model("test_resnet.r160_in1k", pretrained=False).eval()
    save_file(theirs.state_dict(), tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    server.files["/timm/test_resnet.r160_in1k/resolve/main/model.safetensors"] = content
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    seen = []
    assert TINY not in models.on_machine_names()
    ours = models.load(TINY, device="cpu", progress=lambda *x: seen.append(x))
    assert seen[-1] == (len(content), len(content))
    assert TINY in models.on_machine_names()
    with torch.inference_mode():
        expected = theirs(ours.preprocess(picture)[None])[0]
    assert torch.equal(logits(ours, picture), expected)


def test_load__offline_is_one_sentence(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsUnavailableError, match="not on this machine") as caught:
        models.load(TINY, device="cpu")
    assert isinstance(caught.value, ModelError)


# --- classes


@pytest.mark.parametrize(
    ("count", "index", "wnid"),
    [
        (1000, 281, "n02123045"),
        (11821, 0, "n00005787"),
        (11221, 0, "n00005787"),
        (21841, 0, "n00004475"),
        (21842, 281, "n02123045"),  # FocalNet's list begins with ImageNet-1k
        (21843, 0, "n00004475"),
    ],
)
def test_classes__of_heads_that_timm_knows(libraries, count, index, wnid):
    classes = builders.classes.timm_classes(count)
    assert len(classes) == count
    assert classes[index].wnid == wnid
    assert [c.index for c in classes] == list(range(count))
    assert all(c.label and "," not in c.label for c in classes)


def test_classes__of_an_unknown_head_are_numbered(libraries):
    classes = builders.classes.timm_classes(19168)
    assert (classes[17].wnid, classes[17].label) == (None, "class 17")


# --- the bundled model


def test_bundled__loads_without_torchvision_and_timm(small_model):
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from core import models, paths;"
        f"paths.ASSETS = Path({str(small_model.parent.parent)!r});"
        "model = models.load('bundled/tiny', device='cpu');"
        "from PIL import Image; model.module(model.preprocess(Image.new('RGB', (9, 9)))[None]);"
        "print(*sorted({'torchvision', 'timm'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                         cwd=Path(__file__).parents[3])  # fmt: skip
    assert out.stdout.strip() == ""


def test_bundled__has_the_classes_of_its_header(small_model, picture):
    model = models.load("bundled/tiny", device="cpu")
    assert model.classes[1] == models.ModelClass(1, "n02099601", "golden retriever")
    assert model.classes[2].wnid is None
    assert logits(model, picture).shape == (3,)
    assert (model.name, str(model.device), model.half) == ("bundled/tiny", "cpu", False)


# --- files that are no models


class Bomb:
    """Unpickling this runs a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def bombs(mark):
    yield pickle.dumps(Bomb(mark), protocol=2)
    yield pickle.dumps({"state_dict": Bomb(mark)}, protocol=2)


@pytest.mark.parametrize("name", [SQUEEZENET, TINY, "timm/legacy_seresnet18.in1k"])
def test_bomb__is_not_unpickled(libraries, checkpoints, tmp_path, name):
    file = models.info(name).file.replace(".safetensors", ".bin")
    mark = tmp_path / "exploded"
    torch.save({"conv": Bomb(mark)}, tmp_path / "zipped")
    for content in [*bombs(mark), (tmp_path / "zipped").read_bytes()]:
        (checkpoints / file).write_bytes(content)
        with pytest.raises(ModelError, match=file):
            models.load(name, device="cpu")
        assert not mark.exists()


def test_bomb__named_safetensors(libraries, checkpoints, tmp_path):
    mark = tmp_path / "exploded"
    for content in bombs(mark):
        (checkpoints / models.info(TINY).file).write_bytes(content)
        with pytest.raises(ModelError, match=models.info(TINY).file):
            models.load(TINY, device="cpu")
        assert not mark.exists()


def squeezenet_bytes(torchvision, tmp_path, classes=1000, old=False):
    module = torchvision.models.squeezenet1_1(num_classes=classes)
    torch.save(module.state_dict(), tmp_path / "whole.pth", _use_new_zipfile_serialization=not old)
    return (tmp_path / "whole.pth").read_bytes()


@pytest.mark.parametrize("old", [False, True])
def test_damaged__torch_files(libraries, checkpoints, tmp_path, old):
    whole = squeezenet_bytes(libraries[0], tmp_path, old=old)
    path = checkpoints / models.info(SQUEEZENET).file
    rng = np.random.default_rng(0)
    cuts = [0, 1, 2, 10, 100, 1000, len(whole) // 2, len(whole) - 1]
    for content in [
        *(whole[:cut] for cut in cuts),
        *(rng.bytes(n) for n in (1, 100, 5000)),
        *(rng.bytes(1000) + whole[1000:] for _ in range(3)),
        b"<html>not found</html>",
        b"PK\x03\x04" + whole[:100],
    ]:
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"{path.name} is damaged"):
            models.load(SQUEEZENET, device="cpu")


@pytest.mark.parametrize(
    "state", [{}, {"x": torch.zeros(3)}, [1, 2], 5, "text", {"features.0.weight": "text"}, None]
)
def test_damaged__other_contents(libraries, checkpoints, state):
    for name in (SQUEEZENET, "torchvision/densenet121", "timm/legacy_seresnet18.in1k"):
        torch.save(state, checkpoints / models.info(name).file)
        with pytest.raises(ModelError, match=f"{models.info(name).file} is damaged"):
            models.load(name, device="cpu")


def test_damaged__wrong_shapes(libraries, checkpoints, tmp_path):
    path = checkpoints / models.info(SQUEEZENET).file
    path.write_bytes(squeezenet_bytes(libraries[0], tmp_path, classes=10))
    with pytest.raises(ModelError, match="does not hold the weights of torchvision/squeezenet1_1"):
        models.load(SQUEEZENET, device="cpu")


@pytest.mark.parametrize("content", [b"", b"\x08" + bytes(7) + b"[[[[[[[[", bytes(100)])
def test_damaged__safetensors(libraries, checkpoints, content):
    path = checkpoints / models.info(TINY).file
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"{path.name} is damaged"):
        models.load(TINY, device="cpu")
    save_file({"conv1.weight": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match=f"{path.name} is damaged"):
        models.load(TINY, device="cpu")


def test_repaired_file__loads_after_a_failure(libraries, checkpoints, tmp_path):
    path = checkpoints / models.info(SQUEEZENET).file
    path.write_bytes(b"")
    with pytest.raises(ModelError):
        models.load(SQUEEZENET, device="cpu")
    path.write_bytes(squeezenet_bytes(libraries[0], tmp_path))
    assert models.load(SQUEEZENET, device="cpu").name == SQUEEZENET


# --- sharing


def test_load__one_model_for_all_threads(small_model, monkeypatch):
    built, real = [], builders.build
    monkeypatch.setattr(builders, "build", lambda *a: built.append(a) or real(*a))
    barrier = threading.Barrier(6)

    def ask(_):
        barrier.wait()
        return models.load("bundled/tiny", device="cpu")

    with ThreadPoolExecutor(6) as pool:
        assert len(set(map(id, pool.map(ask, range(6))))) == 1
    assert len(built) == 1


def test_load__device_names_share_a_model(small_model):
    assert models.load("bundled/tiny", device="cpu") is models.load("bundled/tiny", device="cpu")
    if models.resolve_device("auto").type == "cpu":
        assert models.load("bundled/tiny") is models.load("bundled/tiny", device="cpu")


def test_load__keeps_a_bounded_number(small_model):
    content = small_model.read_bytes()
    letters = "abcdefgh"[: loading.CACHED_MODELS + 1]
    for letter in letters:
        small_model.with_name(f"{letter}.safetensors").write_bytes(content)
    first = models.load("bundled/a", device="cpu")
    for letter in letters[1:]:
        models.load(f"bundled/{letter}", device="cpu")
    assert len(loading._cache) == loading.CACHED_MODELS
    assert models.load("bundled/a", device="cpu") is not first


def test_load__leaves_the_threads_modes_alone(small_model):
    assert torch.is_grad_enabled()
    model = models.load("bundled/tiny", device="cpu")
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    pixels = torch.zeros(1, 3, 64, 64, requires_grad=True)
    assert model.module(pixels).requires_grad  # explanations differentiate through a shared model


# --- devices


def test_load__half_needs_cuda(small_model):
    with pytest.raises(DeviceError, match="Half precision needs a CUDA device"):
        models.load("bundled/tiny", device="cpu", half=True)


def test_load__unknown_device(small_model):
    with pytest.raises(DeviceError, match="There is no device 'tpu'"):
        models.load("bundled/tiny", device="tpu")


def test_load__device_is_full(small_model, monkeypatch):
    modules = []

    def full(module, *_, **__):
        modules.append(weakref.ref(module))
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch.nn.Module, "to", full)
    with pytest.raises(DeviceError, match="run out of memory") as caught:
        models.load("bundled/tiny", device="cpu")
    assert caught.value.__cause__ is not None
    assert modules[0]() is None
    assert len(loading._cache) == 0


def test_load__full_while_building_is_no_damage(libraries, checkpoints, tmp_path, monkeypatch):
    (checkpoints / models.info(SQUEEZENET).file).write_bytes(
        squeezenet_bytes(libraries[0], tmp_path)
    )

    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 B")

    monkeypatch.setattr(torch, "load", full)
    with pytest.raises(DeviceError, match="run out of memory"):
        models.load(SQUEEZENET, device="cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_load__half_on_cuda(small_model, picture):
    half = models.load("bundled/tiny", device="cuda", half=True)
    whole = models.load("bundled/tiny", device="cpu")
    with torch.inference_mode():
        answer = half.module(half.preprocess(picture)[None].to(half.device).half())[0]
    assert torch.allclose(answer.float().cpu(), logits(whole, picture), atol=0.05)
