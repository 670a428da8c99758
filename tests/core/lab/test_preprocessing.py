"""The steps against the libraries' own transforms, bit for bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.compat import mend_torchvision
from core.lab.mistaken import HALVES, IMAGENET, mistaken, other_statistics
from core.lab.preprocessing import (
    Settings,
    follow,
    middle,
    normalise,
    reach,
    read_settings,
    scale,
    shown,
)
from core.models.preprocess import MAX_ASPECT, from_settings

sides = st.integers(1, 90)


def noise(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def preprocess(kind, resize, size, interpolation="bilinear", squash=False):
    share = size / resize
    if kind == "timm":
        resize = int(size / share)
    return from_settings(
        {
            "kind": kind,
            "input_size": size,
            "resize": size if kind == "own" else resize,
            "interpolation": interpolation,
            "mean": list(IMAGENET[0]),
            "std": list(IMAGENET[1]),
            "squash": squash,
            "crop_pct": share,
            "crop_mode": "squash" if squash else "center",
        }
    )


@pytest.mark.parametrize("kind", ["own", "torchvision", "timm", "timm-squash"])
@given(
    width=sides,
    height=sides,
    side=st.tuples(st.integers(1, 40), st.integers(-3, 9)),
    interpolation=st.sampled_from(["bilinear", "bicubic"]),
)
@settings(max_examples=60, deadline=None)
def test_follow__ends_in_the_models_own_tensor(kind, width, height, side, interpolation):
    kind, _, squash = kind.partition("-")
    own = preprocess(kind, max(1, sum(side)), side[0], interpolation, bool(squash))
    image = noise(width, height)
    way = follow(image, read_settings(own.settings, MAX_ASPECT))
    assert np.array_equal(way.tensor, own(image).numpy())
    assert np.array_equal(np.asarray(way.crop), np.asarray(own.crop(image)))


@pytest.mark.parametrize("size", [(7 * MAX_ASPECT, 7), (5, 6 * MAX_ASPECT), (1, 40), (1, 1)])
@pytest.mark.parametrize("kind", ["own", "torchvision"])
def test_follow__panoramas_are_cut_as_the_model_cuts_them(kind, size):
    own = preprocess(kind, 36, 32)
    image = noise(*size)
    way = follow(image, read_settings(own.settings, MAX_ASPECT))
    assert np.array_equal(way.tensor, own(image).numpy())
    width, height = way.frame.right - way.frame.left, way.frame.bottom - way.frame.top
    assert width == pytest.approx(height, rel=0.03)


@given(width=sides, height=sides, size=st.integers(2, 40), more=st.integers(0, 9))
def test_follow__frame_is_what_the_model_sees(width, height, size, more):
    own = preprocess("torchvision", size + more, size)
    frame = follow(noise(width, height), read_settings(own.settings, MAX_ASPECT)).frame
    whole = own.place((0, 0, width - 1, height - 1), width, height)
    assert whole == pytest.approx((0, 0, size, size), abs=1e-6)
    box = (frame.left, frame.top, frame.right - 1, frame.bottom - 1)
    assert own.place(box, width, height) == pytest.approx((0, 0, size, size), abs=1e-6)


def test_follow__by_hand():
    image = Image.new("RGB", (4, 2), (255, 0, 51))
    way = follow(image, Settings(2, 2, "bilinear", (0.5, 0.5, 0.1), (0.5, 0.25, 0.1)))
    assert [step.name for step in way.steps] == [
        "picture",
        "resized",
        "cropped",
        "scaled",
        "normalised",
    ]
    assert way.tensor[:, 0, 0] == pytest.approx([1, -2, 1], abs=1e-6)
    assert (way.frame.left, way.frame.right) == (1, 3)
    assert way.frame.part(1, 0, 2).left == 2


@given(width=sides, height=sides)
def test_statistics__are_numpys(width, height):
    way = follow(noise(width, height), Settings(8, 9, "bilinear", *IMAGENET))
    for step in way.steps:
        found = step.statistics()
        pixels = np.asarray(step.values, np.float64)
        pixels = pixels if step.name in ("scaled", "normalised") else pixels.transpose(2, 0, 1)
        assert found.shape == np.asarray(step.values).shape
        assert found.dtype == str(np.asarray(step.values).dtype)
        assert found.minimum == pytest.approx(pixels.min((1, 2)))
        assert found.maximum == pytest.approx(pixels.max((1, 2)))
        assert found.mean == pytest.approx(pixels.mean((1, 2)), rel=1e-6, abs=1e-6)
        assert found.std == pytest.approx(pixels.std((1, 2)), rel=1e-6, abs=1e-6)


@given(size=st.tuples(sides, sides), side=st.integers(1, 90))
def test_middle__is_torchvisions_center_crop(size, side):
    mend_torchvision()
    from torchvision.transforms import functional

    image = noise(*size)
    assert image.crop(middle(size, side)) == functional.center_crop(image, [side, side])


def test_scale_and_normalise__are_torchvisions():
    mend_torchvision()
    from torchvision.transforms import functional

    image = noise(9, 7)
    tensor = functional.to_tensor(image)
    assert np.array_equal(scale(image), tensor.numpy())
    expected = functional.normalize(tensor, *IMAGENET).numpy()
    assert np.array_equal(normalise(scale(image), *IMAGENET), expected)


@pytest.mark.parametrize(("interpolation", "kernel"), [("bilinear", 2), ("bicubic", 4)])
def test_reach__pixels_beyond_it_do_not_matter(interpolation, kernel):
    way = follow(noise(160, 160), Settings(16, 16, interpolation, *IMAGENET))
    assert reach(way) == (10 * kernel, 10 * kernel)
    dark, dotted = Image.new("RGB", (160, 160)), Image.new("RGB", (160, 160))
    centre, half = 85, 5 * kernel  # of pixel (8, 8)
    for offset in (-half - 2, half + 1):
        dotted.paste("white", (centre + offset, 0, centre + offset + 1, 160))
    pixels = [np.asarray(follow(image, way.settings).crop)[8, 8] for image in (dark, dotted)]
    assert np.array_equal(*pixels)


def test_shown__gives_the_crop_back():
    way = follow(noise(60, 40), Settings(16, 16, "bilinear", *IMAGENET))
    assert np.array_equal(np.asarray(shown(way.tensor, *IMAGENET)), np.asarray(way.crop))


def test_mistaken__is_what_the_wrong_code_gives():
    image = noise(61, 40)
    way = follow(image, Settings(16, 20, "bilinear", *IMAGENET))
    wrong = mistaken(image, way)
    crop = np.asarray(way.crop)
    as_bgr = Image.fromarray(crop[..., ::-1])
    assert np.array_equal(wrong["bgr"], normalise(scale(as_bgr), *IMAGENET))
    assert np.array_equal(wrong["unnormalised"], crop.transpose(2, 0, 1) / np.float32(255))
    assert wrong["unscaled"] == pytest.approx(
        normalise(crop.transpose(2, 0, 1).astype(np.float32), *IMAGENET), rel=1e-5
    )
    assert wrong["statistics"] == pytest.approx(2 * wrong["unnormalised"] - 1, abs=1e-6)
    tensor = torch.from_numpy(way.tensor)
    assert np.array_equal(wrong["upside-down"], tensor.flip(1).numpy())
    assert np.array_equal(wrong["transposed"], tensor.permute(0, 2, 1).numpy())
    planes = torch.from_numpy(crop.copy()).reshape(3, 16, 16)
    assert np.array_equal(wrong["reshaped"], normalise((planes / 255).numpy(), *IMAGENET))
    corner = image.resize((30, 20), Image.Resampling.BILINEAR).crop((0, 0, 16, 16))
    assert np.array_equal(wrong["corner"], normalise(scale(corner), *IMAGENET))
    unresized = image.crop((22, 12, 38, 28))
    assert np.array_equal(wrong["unresized"], normalise(scale(unresized), *IMAGENET))
    squashed = image.resize((16, 16), Image.Resampling.BILINEAR)
    assert np.array_equal(wrong["shape"], normalise(scale(squashed), *IMAGENET))
    assert {tensor.shape for tensor in wrong.values()} == {(3, 16, 16)}


def test_mistaken__squashes_for_a_model_that_takes_a_square_first():
    image = noise(61, 40)
    wrong = mistaken(
        image, follow(image, Settings(16, 16, "bilinear", *IMAGENET, square_first=True))
    )
    squashed = image.resize((16, 16), Image.Resampling.BILINEAR)
    assert np.array_equal(wrong["shape"], normalise(scale(squashed), *IMAGENET))


def test_mistaken__a_squashing_models_mistake_is_to_crop():
    image = noise(61, 40)
    wrong = mistaken(image, follow(image, Settings(16, 16, "bilinear", *IMAGENET, squash=True)))
    cropped = follow(image, Settings(16, 16, "bilinear", *IMAGENET))
    assert np.array_equal(wrong["shape"], cropped.tensor)


def test_other_statistics__are_never_the_models_own():
    assert other_statistics(Settings(8, 8, "bilinear", *IMAGENET)) == HALVES
    assert other_statistics(Settings(8, 8, "bilinear", *HALVES)) == IMAGENET
