"""Signals of pictures of which they are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from core.evaluation.slices.signals import BOX_SIGNALS, GREY, SIGNALS, box_signals, signals
from core.models import from_settings
from tests.core.models.conftest import SMALL

SEEN = from_settings(
    {"kind": "own", "input_size": 32, "resize": 32, "interpolation": "bilinear",
     "mean": SMALL["mean"], "std": SMALL["std"], "squash": False}
)  # fmt: skip
RNG = np.random.default_rng(0)


def of(image, preprocess=SEEN):
    values = signals(image, preprocess)
    assert values.dtype == np.float32
    for signal, value in zip(SIGNALS, values, strict=True):
        assert signal.low <= value <= signal.high + 1e-3, signal.name
    return {signal.name: float(value) for signal, value in zip(SIGNALS, values, strict=True)}


def noise(width, height):
    return Image.fromarray(RNG.integers(0, 256, (height, width, 3), np.uint8))


def scene(side):
    """Smooth patches with edges, the same at every size."""
    blocks = np.random.default_rng(1).integers(0, 256, (7, 11, 3), np.uint8)
    return Image.fromarray(blocks).resize((side * 3 // 2, side), Image.Resampling.NEAREST)


@pytest.mark.parametrize("grey", [0, 100, 255])
def test_signals__of_one_grey(grey):
    found = of(Image.new("RGB", (40, 20), (grey,) * 3))
    assert (found["width"], found["height"], found["aspect"]) == (40, 20, 2)
    assert found["brightness"] == pytest.approx(grey, abs=1e-3)
    assert found["contrast"] == pytest.approx(0, abs=1e-3)
    assert (found["sharpness"], found["colourfulness"], found["grey"]) == (0, 0, 1)
    assert found["lost"] == 0.5  # the model sees the middle square


def test_signals__luma_weighs_the_colours():
    for colour, luma in (((255, 0, 0), 76.245), ((0, 255, 0), 149.685), ((0, 0, 255), 29.07)):
        assert of(Image.new("RGB", (9, 9), colour))["brightness"] == pytest.approx(luma, abs=1e-3)


def test_signals__contrast_of_black_and_white_halves():
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:, 40:] = 255
    found = of(Image.fromarray(pixels))
    assert (found["brightness"], found["contrast"]) == pytest.approx((127.5, 127.5))


def test_signals__fine_detail_is_not_averaged_away():
    """Averaging before measuring would leave noise without contrast and without colour."""
    found = of(noise(1600, 1200))
    luma = np.sqrt((np.array([0.299, 0.587, 0.114]) ** 2).sum() * (256**2 - 1) / 12)
    assert found["contrast"] == pytest.approx(luma, rel=0.05)
    assert found["colourfulness"] > 100


def test_signals__colourfulness_by_its_definition():
    """Half red, half blue: rg is 255 and 0, yb is 127.5 and -255."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32, :, 0] = 255
    pixels[32:, :, 2] = 255
    expected = np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, -63.75)
    assert of(Image.fromarray(pixels))["colourfulness"] == pytest.approx(expected, rel=1e-4)


@given(st.lists(st.tuples(*[st.sampled_from([0, 255])] * 3), min_size=1, max_size=6))
def test_signals__colours_at_their_extremes_stay_in_range(colours):
    rows = np.array(colours, np.uint8)[np.arange(64) * len(colours) // 64]
    of(Image.fromarray(np.repeat(rows[:, None], 64, 1)))


def test_signals__grey_as_jpeg_leaves_it_and_hardly_tinted():
    grey = np.asarray(noise(50, 50).convert("L").convert("RGB")).astype(int)
    wobbly = (grey + RNG.integers(-1, 2, grey.shape)).clip(0, 255).astype(np.uint8)
    found = of(Image.fromarray(wobbly))
    assert found["grey"] == 1
    assert 0 < found["colourfulness"] < GREY
    sepia = (grey * [1.0, 0.9, 0.75]).astype(np.uint8)
    assert of(Image.fromarray(sepia))["grey"] == 0


def test_signals__blur_lowers_sharpness_and_nothing_else_by_much():
    image = scene(375)
    sharp, *blurred = (
        of(image.filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 2, 4, 8)
    )
    rising = [found["sharpness"] for found in blurred[::-1]] + [sharp["sharpness"]]
    assert rising == sorted(rising)
    assert rising[0] < 0.2 * rising[-1]
    for found in blurred:
        assert found["brightness"] == pytest.approx(sharp["brightness"], abs=3)


def test_signals__sharpness_hardly_depends_on_the_size_of_the_picture():
    whole = [of(scene(side))["sharpness"] for side in (256, 300, 375, 500, 1000, 2000)]
    assert max(whole) < 1.5 * min(whole)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 2), (4000, 3), (127, 129)])
def test_signals__of_odd_sizes(size):
    found = of(noise(*size))
    assert np.isfinite(list(found.values())).all()
    assert (found["width"], found["height"]) == size


def test_signals__are_the_same_each_time():
    image = noise(97, 61)
    assert (signals(image, SEEN) == signals(image, SEEN)).all()


BOXES = np.array([[0, 0, 99, 49], [40, 20, 59, 29], [0, 0, 0, 0], [90, 40, 199, 99], [np.nan] * 4])


def test_box_signals__by_hand():
    found = box_signals(BOXES.astype(np.float32), np.full(5, 100), np.full(5, 50))
    assert found.shape == (5, len(BOX_SIGNALS))
    assert found.dtype == np.float32
    size, distance = found.T
    assert size == pytest.approx([1, 0.04, 1 / 5000, 0.02, np.nan], nan_ok=True)
    corner = np.hypot(0.99, 0.98) / np.sqrt(2)
    cut = np.hypot(0.9, 0.8) / np.sqrt(2)  # only what is in the picture counts
    assert distance == pytest.approx([0, 0, corner, cut, np.nan], nan_ok=True, abs=1e-6)


@given(st.tuples(*[st.floats(-50, 150)] * 4), st.integers(1, 100), st.integers(1, 100))
def test_box_signals__stay_in_their_range(box, width, height):
    low, high = np.sort(np.reshape(box, (2, 2)), axis=0)
    (values,) = box_signals(np.array([[*low, *high]]), np.array([width]), np.array([height]))
    for signal, value in zip(BOX_SIGNALS, values, strict=True):
        assert signal.low <= value <= signal.high + 1e-6
