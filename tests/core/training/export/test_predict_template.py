"""The program that goes with an exported model, held against what it stands in for."""

import json
import random
import struct
import warnings

import numpy as np
import pytest
from PIL import Image

from core import images
from core.compat import mend_torchvision
from core.errors import PictureError
from core.models.preprocess import own_preprocess, timm_preprocess, torchvision_preprocess
from core.training.export import predict_template as shipped
from tests.core.images.seeds import encoded, gradient, seeds
from tests.core.images.test_bad_input import damaged
from tests.core.images.test_formats_and_modes import png, tiff

SEEDS = seeds()
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZES = ((500, 375), (375, 500), (224, 224), (256, 300), (7, 501), (64, 64), (1, 1), (9000, 3))


def turned(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(gradient(), kind, exif=exif)


def odd_pictures():
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 2**16, (5, 7), np.uint16)
    indexed = gradient().quantize(4)
    lines = b"".join(b"\0" + rng.bytes(12) for _ in range(3))
    yield from (turned(kind, o) for kind in ("JPEG", "PNG", "WEBP", "TIFF") for o in range(10))
    yield encoded(gradient().convert("LA"), "PNG")
    yield encoded(indexed, "PNG", transparency=1)
    yield encoded(indexed, "PNG", transparency=b"\xff\x00\x80\x10")
    yield encoded(gradient().convert("1"), "PNG")
    yield encoded(gradient(), "MPO", save_all=True, append_images=[gradient()])
    yield encoded(Image.fromarray(wide), "PNG")
    yield png(b"\0" + rng.bytes(12), 2, 1, 16, 2)
    yield png(b"\0" + b"\x01\x02" * 6, 2, 1, 16, 2, b"tRNS" + struct.pack(">3H", *[0x0102] * 3))
    yield png(b"\0" + rng.bytes(16), 2, 1, 16, 6)
    yield png(lines, 6, 3, 16, 0, b"tRNS" + lines[1:3])
    for depth, transparent in ((8, 9), (4, 6), (2, 1), (1, 1)):
        raw = b"\0" + b"\x36\x09" * depth
        yield png(raw, 16, 1, depth, 0, b"tRNS" + struct.pack(">H", transparent))
    yield tiff(wide)
    yield tiff(wide, photometric=0)
    yield tiff(wide.view(np.int16), sample_format=2)
    yield tiff(wide.astype(np.uint32) * 65537)
    yield tiff(wide.astype(np.int32) - 9999, sample_format=2)
    for low, high in ((0, 1), (0.2, 0.7), (-3, 8), (5, 5)):
        yield tiff(rng.uniform(low, high, (5, 7)).astype(np.float32), sample_format=3)


def same_outcome(data):
    """Both read the same pixels, or both refuse. Whether they were read."""
    try:
        expected = images.read_image(data).image
    except PictureError:
        with pytest.raises(shipped.MALFORMED):
            shipped.read_picture(data)
        return False
    found = shipped.read_picture(data)
    assert (found.mode, found.size) == ("RGB", expected.size)
    assert found.tobytes() == expected.tobytes()
    return True


@pytest.mark.parametrize("name", SEEDS)
def test_read_picture__every_kind(name):
    assert same_outcome(SEEDS[name])


def test_read_picture__odd_ones():
    assert all(map(same_outcome, odd_pictures()))


@pytest.mark.parametrize("data", [b"", b"x", b"RIFF", b"II*\0", b"GIF89a", b"BM", b"\xff\xd8\xff"])
def test_read_picture__no_pictures(data):
    assert not same_outcome(data)


def test_read_picture__not_a_number():
    assert not same_outcome(tiff(np.array([[0.5, np.nan]], np.float32), sample_format=3))


@pytest.mark.parametrize("name", SEEDS)
def test_read_picture__random_damage(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(40):
            same_outcome(damaged(SEEDS[name], random.Random(f"{name} {number}")))


def test_read_picture__a_large_jpeg_is_reduced(monkeypatch):
    monkeypatch.setattr(shipped, "MAX_PIXELS", 3000)
    monkeypatch.setattr("core.images.decode.MAX_PIXELS", 3000)
    data = encoded(gradient().resize((240, 161)), "JPEG")
    assert same_outcome(data)
    assert shipped.read_picture(data).size == (60, 41)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_read_picture__too_many_pixels(kind, monkeypatch):
    monkeypatch.setattr(shipped, "MAX_PIXELS", 100)
    monkeypatch.setattr(shipped, "MAX_JPEG_PIXELS", 100)
    with pytest.raises(ValueError, match="more than 0 million pixels"):
        shipped.read_picture(encoded(gradient(), kind))


def picture(size):
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    waves = [127.5 + 127.5 * np.sin(x / a + y / b) for a, b in ((3, 50), (40, 5), (11, 13))]
    return Image.fromarray(np.stack(waves, -1).astype(np.uint8))


def same_tensor(preprocess, size):
    image = picture(size)
    found = shipped.prepare(image, json.loads(json.dumps(preprocess.settings)))
    expected = preprocess(image).numpy()
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert (found == expected).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("resize", ["bilinear", "bicubic"])
def test_prepare__own(size, resize):
    facts = {"input_size": 64, "resize": resize, "mean": MEAN, "std": STD}
    same_tensor(own_preprocess(facts), size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("crop", "resize"), [(224, 256), (299, 342), (480, 480), (28, 16)])
def test_prepare__torchvision(size, crop, resize):
    mend_torchvision()
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms._presets import ImageClassification

    mode = InterpolationMode.BICUBIC if crop == 480 else InterpolationMode.BILINEAR
    transforms = ImageClassification(crop_size=crop, resize_size=resize, interpolation=mode)
    same_tensor(torchvision_preprocess(transforms), size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("mode", "percent"),
    [("center", 0.875), ("center", 0.954), ("center", 1.15), ("squash", 1.0), ("squash", 0.9),
     ("border", 1.0), ("border", 0.9)],
)  # fmt: skip
def test_prepare__timm(size, mode, percent):
    mend_torchvision()
    import torch

    module = torch.nn.Identity()
    module.pretrained_cfg = {
        "input_size": (3, 121, 121),
        "crop_pct": percent,
        "crop_mode": mode,
        "interpolation": "bicubic",
        "mean": (0.5, 0.4, 0.3),
        "std": STD,
    }
    same_tensor(timm_preprocess(module), size)
