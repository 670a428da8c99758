"""Pictures to classes: against a loop written by hand, and what must not go wrong on the way."""

import dataclasses
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from core import images, models
from core.errors import DeviceError, PictureError
from core.models import ImageModel, ModelClass
from core.models.preprocess import own_preprocess
from core.models.small_resnet import SmallResNet
from core.predict import (
    Classification,
    Failure,
    Source,
    classify,
    classify_many,
    rank,
    read_and_classify,
)

METADATA = {"input_size": 64, "resize": "bilinear", "mean": [0.5] * 3, "std": [0.25] * 3}


@pytest.fixture(scope="module")
def model() -> ImageModel:
    """A small network with random weights."""
    torch.manual_seed(0)
    module = SmallResNet(10, widths=(8, 8, 16, 16)).eval().requires_grad_(False)
    for layer in module.modules():  # random, so that no block is the identity
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
    classes = tuple(ModelClass(i, None, f"class {i}") for i in range(10))
    preprocess = own_preprocess(METADATA)
    device = torch.device("cpu")
    return ImageModel("test/random", None, module, preprocess, classes, device, half=False)


def png(seed: int, size: tuple[int, int] = (90, 70)) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(size).save(buffer, "PNG")
    return buffer.getvalue()


def by_hand(model: ImageModel, data: bytes) -> np.ndarray:
    pixels = model.preprocess(Image.open(io.BytesIO(data)).convert("RGB"))
    with torch.no_grad():
        return torch.softmax(model.module(pixels.unsqueeze(0)), 1)[0].numpy()


def test_classify__equals_a_loop_by_hand(model):
    for seed in range(5):
        answer = classify(model, images.read_image(png(seed), "x.png"))
        np.testing.assert_array_equal(answer.probabilities, by_hand(model, png(seed)))
        assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_classify_many__keeps_order_and_goes_on_after_bad_pictures(model):
    def missing() -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    sources = [Source(f"{i}.png", lambda i=i: png(i)) for i in range(12)]
    sources[3] = Source("bad.png", lambda: b"not a picture")
    sources[7] = Source("gone.png", missing)
    answers = list(classify_many(model, sources))
    assert [a.image for a in answers] == [s.name for s in sources]
    for i, answer in enumerate(answers):
        if i in (3, 7):
            assert isinstance(answer, Failure)
            assert answer.image in answer.error
        else:
            np.testing.assert_array_equal(answer.probabilities, by_hand(model, png(i)))
            assert answer.timing.forward > 0


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 70])
@pytest.mark.parametrize("batched", [False, True])
def test_classify_many__any_number_in_order(model, count, batched, monkeypatch):
    if batched:  # as on a GPU: in batches, decoded ahead in a thread
        on_gpu = SimpleNamespace(type="cuda")
        pretended = dataclasses.replace(model, device=on_gpu)
        monkeypatch.setattr(torch.Tensor, "to", lambda self, *_args, **_options: self)
    else:
        pretended = model
    sources = [Source(str(i), lambda i=i: b"" if i % 7 == 3 else png(i)) for i in range(count)]
    answers = list(classify_many(pretended, sources))
    assert [a.image for a in answers] == [s.name for s in sources]
    for i, answer in enumerate(answers):
        assert isinstance(answer, Failure) == (i % 7 == 3)
        if i in (1, 32, 64):
            np.testing.assert_allclose(answer.probabilities, by_hand(model, png(i)), atol=1e-5)


def test_classify_many__reads_only_a_little_ahead(model):
    read = []

    def sources():
        for i in range(1000):
            yield Source(str(i), lambda i=i: read.append(i) or png(i))

    answers = classify_many(model, sources())
    for _ in range(3):
        next(answers)
    answers.close()
    assert len(read) < 20


def test_classify_many__stops_when_asked(model):
    stop = threading.Event()
    got = []
    sources = (Source(str(i), lambda i=i: png(i)) for i in range(1000))
    for answer in classify_many(model, sources, stop.is_set):
        got.append(answer)
        if len(got) == 4:
            stop.set()
    assert len(got) == 4


def test_classify_many__a_long_name_is_not_shortened(model):
    name = "/".join(["a_long_folder_name"] * 20) + ".png"
    (answer,) = classify_many(model, [Source(name, lambda: png(1))])
    assert answer.image == name


def test_classify__threads_get_what_one_alone_gets(model):
    alone = [by_hand(model, png(i)) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        work = [i % 8 for i in range(64)]
        together = pool.map(lambda i: read_and_classify(model, png(i), "x")[1], work)
        for i, answer in zip(work, together, strict=True):
            np.testing.assert_array_equal(answer.probabilities, alone[i])


def test_classify__leaves_gradients_and_model_as_they_were(model):
    before = {name: t.clone() for name, t in model.module.state_dict().items()}
    assert torch.is_grad_enabled()
    classify(model, images.read_image(png(0), "x"))
    assert torch.is_grad_enabled()
    assert not model.module.training
    assert all(torch.equal(t, before[name]) for name, t in model.module.state_dict().items())


def test_classify__out_of_memory_is_a_sentence_and_the_lock_is_free(model, monkeypatch):
    def full(*_args):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(model.module, "forward", full)
    with pytest.raises(DeviceError, match="out of memory"):
        read_and_classify(model, png(0), "x.png")
    monkeypatch.undo()
    free = threading.Thread(target=lambda: read_and_classify(model, png(0), "x.png"))
    free.start()
    free.join(10)
    assert not free.is_alive()


def test_read_and_classify__bad_picture(model):
    with pytest.raises(PictureError, match=r"x\.png"):
        read_and_classify(model, b"", "x.png")


def test_rank__ties_go_by_index_and_k_may_be_too_large(model):
    ranked = rank(model.classes[:3], np.array([0.25, 0.5, 0.25], np.float32), 9)
    assert [p.index for p in ranked] == [1, 0, 2]


@pytest.mark.gpu
def test_classify_many__gpu_agrees_with_cpu():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA here")
    sources = [Source(str(i), lambda i=i: png(i)) for i in range(70)]
    cpu = list(classify_many(models.load(device="cpu"), sources))
    gpu = list(classify_many(models.load(device="cuda"), sources))
    for a, b in zip(cpu, gpu, strict=True):
        assert isinstance(a, Classification)
        np.testing.assert_allclose(a.probabilities, b.probabilities, atol=2e-3)
