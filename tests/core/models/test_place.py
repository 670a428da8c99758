"""Boxes carried into the crop: painted into pictures that really go through the transforms."""

import functools
import io
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.compat import mend_torchvision
from core.images import read_image
from core.models.preprocess import (
    MAX_ASPECT,
    CropBox,
    own_preprocess,
    timm_preprocess,
    torchvision_preprocess,
)

from .conftest import SMALL

DARK, BRIGHT = 64, 192  # far from black and white, so that no filter overshoots into them


@functools.cache
def preprocess(kind):
    mend_torchvision()
    if kind.startswith("own"):
        return own_preprocess({**SMALL, "resize": kind.removeprefix("own ")})
    if kind.startswith("timm"):
        import timm

        overlays = {
            "timm": {},
            "timm squash": {"crop_mode": "squash", "crop_pct": 1.0},
            "timm squash crop": {"crop_mode": "squash", "crop_pct": 0.9},
            "timm whole": {"crop_pct": 1.0},
            "timm framed": {"crop_pct": 1.165},
        }
        overlay = overlays[kind]
        return timm_preprocess(
            timm.create_model("test_efficientnet.r160_in1k", pretrained_cfg_overlay=overlay)
        )
    import torchvision

    return torchvision_preprocess(torchvision.models.get_weight(kind).transforms())


KINDS = [
    "own bilinear",
    "own bicubic",
    "timm",
    "timm squash",
    "timm squash crop",
    "timm whole",
    "timm framed",
    "ResNet50_Weights.IMAGENET1K_V1",
    "ResNet50_Weights.IMAGENET1K_V2",
    "EfficientNet_B1_Weights.IMAGENET1K_V1",
]


def painted(width, height, box):
    """Grey, with a bright box whose both ends are inclusive."""
    pixels = np.full((height, width, 3), DARK, np.uint8)
    xmin, ymin, xmax, ymax = box
    pixels[ymin : ymax + 1, xmin : xmax + 1] = BRIGHT
    return Image.fromarray(pixels)


def profile(kind, width, height, box, axis):
    """How much of each pixel across (axis 0) or down the middle of the crop is bright."""
    chain = preprocess(kind)
    levels = chain(painted(width, height, box)).numpy()[0] * chain.std[0] + chain.mean[0]
    middle = levels[chain.input_size // 2] if axis == 0 else levels[:, chain.input_size // 2]
    share = (middle * 255 - DARK) / (BRIGHT - DARK)
    return np.where(share < -0.4, 0, share)  # a black frame, which is none of the picture


def assert_placed(kind, width, height, box):
    """Each axis by itself, with a band over the whole of the other."""
    chain = preprocess(kind)
    found = chain.place(box, width, height)
    pixel = np.arange(chain.input_size)
    bands = ((box[0], 0, box[2], height - 1), (0, box[1], width - 1, box[3]))
    smear = max(1.0, chain.input_size / min(width, height))  # of the filter, in pixels of the crop
    for axis, band in enumerate(bands):
        placed = chain.place(band, width, height)
        if placed is None:
            assert found is None
            assert profile(kind, width, height, band, axis).sum() < 0.5 * smear
            continue
        first, last = placed[axis], placed[axis + 2]
        if found is not None:
            assert (found[axis], found[axis + 2]) == (first, last)
        drawn = np.clip(np.minimum(pixel + 1, last) - np.maximum(pixel, first), 0, 1)
        off = np.cumsum(profile(kind, width, height, band, axis) - drawn)
        # where both edges lie within the crop, nothing is lost by smearing them
        inside = smear * 2 < first and last < chain.input_size - smear * 2
        assert abs(off[-1]) < (0.1 if inside else 0.1 + 0.4 * smear), (axis, found)
        assert np.abs(off).max() < 0.1 + 0.4 * smear, (axis, found)


@pytest.mark.parametrize("kind", KINDS)
def test_place__finds_the_painted_pixels(kind):
    rng = np.random.default_rng(0)
    for width, height in [(300, 200), (200, 301), (64, 64), (500, 375), (900, 90)]:
        for _ in range(2):
            x, y = np.sort(rng.integers(0, width, 2)), np.sort(rng.integers(0, height, 2))
            assert_placed(kind, width, height, (x[0], y[0], x[1], y[1]))
        assert_placed(kind, width, height, (0, 0, width - 1, height - 1))


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    size=st.tuples(st.integers(40, 400), st.integers(40, 400)),
    corners=st.tuples(*[st.floats(0, 1)] * 4),
)
@example("timm", (161, 400), (0.0, 0.5, 0.2, 0.9))
def test_place__any_box(kind, size, corners):
    width, height = size
    (left, right), (top, bottom) = sorted(corners[:2]), sorted(corners[2:])
    ends = (width - 1, height - 1)
    box = tuple(round(c * e) for c, e in zip((left, top, right, bottom), ends * 2, strict=True))
    assert_placed(kind, width, height, box)


@pytest.mark.parametrize("kind", ["own bilinear", "ResNet50_Weights.IMAGENET1K_V1", "timm squash"])
@pytest.mark.parametrize("upright", [False, True])
def test_place__pictures_that_are_cut_to_the_largest_aspect(kind, upright):
    """A ribbon, of which the model sees the middle."""
    width, height = 40 * MAX_ASPECT + 7, 40
    box = (600, 10, 650, 25)
    if upright:
        width, height, box = height, width, (box[1], box[0], box[3], box[2])
    assert_placed(kind, width, height, box)


@pytest.mark.parametrize("kind", KINDS)
def test_place__is_none_outside_of_the_crop(kind):
    assert preprocess(kind).place((0, 10, 20, 30), 1000, 100) is None or kind == "timm squash"
    assert preprocess(kind).place((490, 40, 510, 60), 1000, 100) is not None


def test_place__is_none_for_a_box_that_is_none():
    nan = math.nan
    assert preprocess("own bilinear").place((nan, nan, nan, nan), 64, 64) is None


def test_place__own_picture_of_the_right_size_is_pixel_for_pixel():
    found = preprocess("own bilinear").place((3, 5, 10, 20), 64, 64)
    assert found == CropBox(3, 5, 11, 21)
    assert preprocess("own bilinear").place((0, 0, 63, 63), 64, 64) == (0, 0, 64, 64)


def test_place__is_in_pixels_of_the_upright_picture():
    """A camera held upright: the file lies on its side, and the picture is read upright."""
    lying = painted(120, 80, (0, 0, 29, 19)).rotate(90, expand=True)
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 270 degrees to see it upright
    lying.save(buffer, "PNG", exif=exif)
    picture = read_image(buffer.getvalue())
    assert (picture.width, picture.height) == (120, 80)
    chain = preprocess("timm squash")
    seen = np.asarray(chain.crop(picture.image), float)[..., 0]
    found = chain.place((0, 0, 29, 19), picture.width, picture.height)
    assert found == pytest.approx((0, 0, 40, 40))
    assert seen[2:38, 2:38].min() > 180
    assert seen[42:].max() < 70


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(300, 200), (64, 64), (90, 900), (40 * MAX_ASPECT + 7, 40)])
def test_seen_share__is_what_the_crop_shows_of_the_picture(kind, size):
    """Counted: a pixel of the picture is seen where its box has a place in the crop."""
    chain = preprocess(kind)
    shares = []
    for axis, side in enumerate(size):
        cells = np.arange(side)
        boxes = [[0, 0, size[0] - 1, size[1] - 1] for _ in cells]
        for at, box in zip(cells.tolist(), boxes, strict=True):
            box[axis] = box[axis + 2] = at
        shares.append(np.mean([chain.place(box, *size) is not None for box in boxes]))
    found = chain.seen_share(*size)
    assert 0 < found <= 1
    assert found == pytest.approx(shares[0] * shares[1], abs=3 / min(size))


def test_seen_share__known_values():
    assert preprocess("own bilinear").seen_share(400, 100) == 0.25
    assert preprocess("own bilinear").seen_share(64, 64) == 1
    assert preprocess("timm squash").seen_share(400, 100) == 1
    assert preprocess("timm framed").seen_share(100, 100) <= 1
    share = preprocess("ResNet50_Weights.IMAGENET1K_V1").seen_share(256, 256)
    assert share == pytest.approx((224 / 256) ** 2)
