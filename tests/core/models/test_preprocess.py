"""Transforms, bit for bit those of the libraries."""

import tracemalloc

import numpy as np
import pytest
import torch
from PIL import Image

from core.compat import mend_torchvision
from core.models.preprocess import (
    MAX_ASPECT,
    own_preprocess,
    timm_preprocess,
    torchvision_preprocess,
)

from .conftest import SMALL

MEAN, STD = SMALL["mean"], SMALL["std"]


@pytest.fixture(scope="module")
def libraries():
    mend_torchvision()
    import timm
    import torchvision

    return torchvision, timm


def pictures(picture):
    yield picture
    yield picture.transpose(Image.Transpose.ROTATE_90)
    yield picture.resize((900, 61))
    yield picture.resize((224, 224))
    yield picture.resize((1, 1))
    yield picture.resize((7 * MAX_ASPECT, 7))


@pytest.mark.parametrize(
    "tag",
    [
        "ResNet50_Weights.IMAGENET1K_V1",
        "ResNet50_Weights.IMAGENET1K_V2",
        "EfficientNet_B1_Weights.IMAGENET1K_V1",  # bicubic
        "Inception_V3_Weights.IMAGENET1K_V1",  # 299
        "RegNet_Y_16GF_Weights.IMAGENET1K_SWAG_E2E_V1",  # 384, crop = resize
    ],
)
def test_torchvision__bit_for_bit(libraries, picture, tag):
    transforms = libraries[0].models.get_weight(tag).transforms()
    preprocess = torchvision_preprocess(transforms)
    for image in pictures(picture):
        assert torch.equal(preprocess(image), transforms(image))
        assert preprocess(image).shape == (3, preprocess.input_size, preprocess.input_size)


@pytest.mark.parametrize("name", ["test_vit.r160_in1k", "test_efficientnet.r160_in1k"])
@pytest.mark.parametrize("overlay", [{}, {"crop_mode": "squash"}, {"crop_pct": 1.0}])
def test_timm__bit_for_bit(libraries, picture, name, overlay):
    timm = libraries[1]
    module = timm.create_model(name, pretrained_cfg_overlay=overlay)
    config = timm.data.resolve_data_config({}, model=module)
    transform = timm.data.create_transform(**config, is_training=False)
    preprocess = timm_preprocess(module)
    assert preprocess.squash == (overlay.get("crop_mode") == "squash")
    for image in pictures(picture):
        assert torch.equal(preprocess(image), transform(image))


def reference_crop(libraries, image):
    """What torchvision cuts out, before it becomes a tensor."""
    functional = libraries[0].transforms.functional
    return functional.center_crop(functional.resize(image, [256]), [224])


def test_crop__is_the_picture_behind_the_tensor(libraries, picture):
    weights = libraries[0].models.ResNet50_Weights.IMAGENET1K_V1
    preprocess = torchvision_preprocess(weights.transforms())
    for image in pictures(picture):
        expected = np.asarray(reference_crop(libraries, image))
        assert np.array_equal(np.asarray(preprocess.crop(image)), expected)


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (100_000, 3)])
def test_thin__stays_small_and_shows_the_middle(libraries, size):
    ramp = np.linspace(0, 255, max(size)).astype(np.uint8)
    image = Image.fromarray(ramp[None] if size[0] > size[1] else ramp[:, None]).resize(size)
    weights = libraries[0].models.ResNet50_Weights.IMAGENET1K_V1
    preprocess = torchvision_preprocess(weights.transforms())
    tracemalloc.start()
    crop = np.asarray(preprocess.crop(image.convert("RGB")))
    tracemalloc.stop()
    assert crop.shape == (224, 224, 3)
    assert abs(int(crop.min()) - 127) <= 1
    assert abs(int(crop.max()) - 127) <= 1


def test_thin__cut_agrees_with_the_whole(libraries):
    """Just beyond the bound the library can still do it alone: the middle must be the same."""
    rng = np.random.default_rng(1)
    for width in (MAX_ASPECT * 20 + 1, MAX_ASPECT * 20 + 40):
        image = Image.fromarray(rng.integers(0, 256, (20, width, 3), dtype=np.uint8))
        transforms = libraries[0].models.ResNet50_Weights.IMAGENET1K_V1.transforms()
        difference = torchvision_preprocess(transforms)(image) - transforms(image)
        assert difference.abs().mean() < 0.02


def test_describe(libraries):
    weights = libraries[0].models.ResNet50_Weights.IMAGENET1K_V1
    assert torchvision_preprocess(weights.transforms()).describe() == (
        "Shorter side to 256 pixels (bilinear), then the middle 224 × 224; values from 0 to 1, "
        "minus 0.485, 0.456, 0.406, divided by 0.229, 0.224, 0.225 (red, green, blue)."
    )


def test_own__leaves_a_picture_of_the_right_size_as_it_is(picture):
    image = picture.resize((64, 64))
    preprocess = own_preprocess(SMALL)
    assert np.array_equal(np.asarray(preprocess.crop(image)), np.asarray(image))
    by_hand = (torch.from_numpy(np.array(image)).float() / 255 - torch.tensor(MEAN)) / torch.tensor(
        STD
    )
    tensor = preprocess(image)
    assert tensor.dtype == torch.float32
    assert tensor.is_contiguous()
    assert torch.allclose(tensor, by_hand.permute(2, 0, 1), atol=1e-6)


@pytest.mark.parametrize("resize", ["bilinear", "bicubic"])
def test_own__is_resizing_and_cropping(picture, resize):
    """In one step, and still the same pixels as in two."""
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    image = picture.resize((320, 160))
    two_steps = image.resize((128, 64), filters[resize]).crop((32, 0, 96, 64))
    crop = own_preprocess({**SMALL, "resize": resize}).crop(image)
    assert np.array_equal(np.asarray(crop), np.asarray(two_steps))


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000), (63, 65), (5000, 4000)])
def test_own__any_size(size):
    image = Image.new("RGB", size, (10, 200, 30))
    crop = own_preprocess(SMALL).crop(image)
    assert crop.size == (64, 64)
    assert crop.getextrema() == ((10, 10), (200, 200), (30, 30))


def test_own__in_words():
    assert own_preprocess(SMALL).describe().startswith(
        "Shorter side to 64 pixels (bilinear), then the middle 64 × 64; values"
    )  # fmt: skip
