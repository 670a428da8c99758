"""Changes of pictures against torchvision's own."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from core.compat import mend_torchvision
from core.lab.augmentation import (
    CHANGES,
    FLIPS,
    crop,
    crop_edges,
    hue,
    rotate,
    shear,
    workable,
    zoom,
)

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@pytest.fixture(scope="module")
def functional():
    mend_torchvision()
    from torchvision.transforms.v2 import functional

    return functional


def noise(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def torchvisions(functional, kind, image, amount):
    from torchvision.transforms import InterpolationMode

    kernel = {"interpolation": InterpolationMode.BILINEAR}
    if kind == "rotation":
        return functional.rotate(image, amount, **kernel)
    if kind == "scale":
        return functional.affine(image, 0, [0, 0], amount, [0, 0], **kernel)
    if kind == "shear":
        return functional.affine(image, 0, [0, 0], 1, [amount, 0], **kernel)
    return getattr(functional, f"adjust_{kind}")(image, amount)


@pytest.mark.parametrize("kind", [kind for kind in CHANGES if kind not in ("flip", "crop")])
@given(size=sizes, share=st.floats(0, 1))
def test_changes__are_torchvisions(functional, kind, size, share):
    change = CHANGES[kind]
    amount = change.low + share * (change.high - change.low)
    assume(amount != change.start)  # which leaves the picture alone, without a way through HSV
    image = noise(*size)
    found, expected = change(image, amount), torchvisions(functional, kind, image, amount)
    assert found.size == image.size
    # at the border between two pixels rounding decides, and it may differ in the last digit
    off = np.abs(np.asarray(found, int) - np.asarray(expected, int)) > 1
    assert off.mean() <= (0.02 if kind in ("scale", "shear") else 0)


@given(size=sizes)
def test_flip__is_torchvisions(functional, size):
    image = noise(*size)
    flips = [image, functional.hflip(image), functional.vflip(image)]
    flips.append(functional.hflip(flips[2]))
    assert [CHANGES["flip"](image, which) for which in range(len(FLIPS))] == flips


@pytest.mark.parametrize("kind", CHANGES)
def test_changes__the_start_changes_nothing_and_lies_on_the_curve(kind):
    change = CHANGES[kind]
    image = noise(20, 14)
    assert change(image, change.start) is image
    assert change.start in change.points
    assert list(change.points) == sorted(change.points)
    steps = (np.array(change.points) - change.low) / change.step
    assert steps == pytest.approx(steps.round(), abs=1e-6)
    assert (change.points[0], change.points[-1]) == (change.low, change.high)


@given(size=sizes, area=st.floats(0.01, 1), across=st.floats(0, 1), down=st.floats(0, 1))
def test_crop__is_a_square_of_that_area_within_the_picture(size, area, across, down):
    left, top, right, bottom = crop_edges(size, area, across, down)
    assert right - left == bottom - top >= 1
    assert right - left == pytest.approx(math.sqrt(area) * min(size), abs=1)
    assert left >= 0 <= top
    assert right <= size[0]
    assert bottom <= size[1]
    assert crop(noise(*size), area, across, down).size == (right - left, bottom - top)


def test_warps__by_hand():
    image = Image.new("RGB", (9, 9))
    image.putpixel((7, 4), (255, 0, 0))  # right of the middle
    assert rotate(image, 90).getpixel((4, 1)) == (255, 0, 0)  # against the clock: up
    assert zoom(image, 1 / 3).getpixel((5, 4))[0] > 0
    row = [shear(image, 45).getpixel((x, 4))[0] for x in range(9)]
    assert np.argmax(row) == 7  # the middle row stays


def test_hue__a_third_of_a_turn_brings_red_to_green():
    red, green, blue = hue(Image.new("RGB", (1, 1), "red"), 1 / 3).getpixel((0, 0))
    assert green == 255
    assert red == 0
    assert blue < 20


@given(size=sizes, least=st.integers(1, 70))
def test_workable__has_a_shorter_side_of_that_at_most(size, least):
    image = noise(*size)
    found = workable(image, least)
    assert min(found.size) == min(least, *size)
    assert found is image or max(found.size) == round(max(size) * least / min(size))
