"""Erased pictures: what is shown is what the network was asked."""

import dataclasses

import numpy as np
import pytest
import torch

from core import models
from core.errors import ModelError
from core.inside import Box, Target, heatmap
from core.inside.capture import pixels, run
from core.inside.trust.erasing import baseline_of, erase, part
from core.models.preprocess import CropBox
from core.predict import classify
from tests.core.inside.nets import cat, gap_net, wrap
from tests.core.inside.untouched import untouched


def any_map(raw):
    found = heatmap(wrap(gap_net(), 16), cat(), layer="relu2")
    return dataclasses.replace(found, raw=np.asarray(raw, float))


@pytest.fixture(scope="module")
def bundled():
    return models.load()


def test_erase__nothing_is_the_plain_answer(bundled):
    found = erase(bundled, cat(), np.zeros((4, 4), bool))
    np.testing.assert_allclose(
        found.probabilities, classify(bundled, cat()).probabilities, atol=1e-6
    )
    assert found.share == 0
    assert np.array_equal(found.crop, bundled.preprocess.crop(cat().image))


def test_erase__everything_is_the_mean_colour(bundled):
    found = erase(bundled, cat(), np.ones((4, 4), bool))
    mean = [round(255 * level) for level in bundled.preprocess.mean]
    assert found.crop.getextrema() == tuple((level, level) for level in mean)
    assert found.share == 1
    with torch.no_grad():
        size = bundled.preprocess.input_size
        expected = bundled.module(torch.zeros(1, 3, size, size)).softmax(1)[0]
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    assert found.probabilities.dtype == np.float32


@pytest.mark.parametrize(
    "box",
    [CropBox(10.4, 5.6, 20.2, 30), Box(top=6, left=10, bottom=30, right=20)],
)
@pytest.mark.parametrize("baseline", ["mean", "blur"])
def test_erase__a_box_changes_its_pixels_alone(bundled, box, baseline):
    with untouched(bundled):
        found = erase(bundled, cat(), box, baseline)
    before = np.asarray(bundled.preprocess.crop(cat().image)).astype(int)
    after = np.asarray(found.crop).astype(int)
    inside = np.zeros(before.shape[:2], bool)
    inside[6:30, 10:20] = True
    assert np.array_equal(after[~inside], before[~inside])
    assert (np.abs(after - before).sum(-1)[inside] > 0).mean() > 0.9
    assert found.share == inside.mean()
    if baseline == "mean":
        assert (after[inside] == after[inside][0]).all()


def test_erase__cells_on_a_picture_that_is_not_square():
    model = wrap(gap_net(), (16, 24))
    mask = np.zeros((2, 3), bool)
    mask[1, 2] = True
    found = erase(model, cat(), mask)
    tensor = pixels(model, cat())
    tensor[:, :, 8:, 16:] = 0
    logits = run(model, tensor)[0]
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    assert found.crop.size == (24, 16)


def test_erase__a_box_outside_erases_nothing(bundled):
    size = bundled.preprocess.input_size
    assert erase(bundled, cat(), CropBox(size + 6, 0, size + 26, 10)).share == 0


def test_blur__keeps_what_is_smooth_and_the_mean():
    flat = torch.full((3, 32, 48), 0.7)
    assert torch.allclose(baseline_of(flat, "blur"), flat, atol=1e-6)
    spot = torch.zeros(3, 65, 65)
    spot[:, 32, 32] = 1
    blurred = baseline_of(spot, "blur")
    assert blurred.sum() == pytest.approx(3, rel=1e-5)
    assert torch.allclose(blurred, blurred.flip(-1))
    assert torch.allclose(blurred, blurred.transpose(-1, -2), atol=1e-9)
    sigma = 65 / 16
    assert blurred[0, 32, 32] == pytest.approx(1 / (2 * np.pi * sigma**2), rel=0.02)
    half = baseline_of(spot.half(), "blur")
    assert half.dtype == torch.float16


def test_part__hottest_coldest_and_random():
    raw = np.arange(16).reshape(4, 4) - 8
    assert part(any_map(raw), 0.25).ravel().nonzero()[0].tolist() == [12, 13, 14, 15]
    assert part(any_map(raw), 0.25, "coldest").ravel().nonzero()[0].tolist() == [0, 1, 2, 3]
    random = part(any_map(raw), 0.25, "random", seed=3)
    assert random.sum() == 4
    assert np.array_equal(random, part(any_map(raw), 0.25, "random", seed=3))
    assert any(not np.array_equal(random, part(any_map(raw), 0.25, "random", s)) for s in range(5))


def test_part__hottest_and_the_remaining_coldest_share_out_even_a_map_of_ties():
    constant = any_map(np.zeros((4, 4)))
    for share in (0, 0.25, 0.5, 1):
        hot, cold = part(constant, share), part(constant, 1 - share, "coldest")
        assert np.array_equal(hot, ~cold)


def test_part__of_a_fine_map_takes_blocks():
    raw = np.zeros((64, 64))
    raw[20, 41] = 1  # one hot pixel heats its block
    mask = part(any_map(raw), 1 / 64)
    assert mask.shape == (8, 8)
    assert mask.nonzero() == (np.array([2]), np.array([5]))


def test_refusals(bundled):
    found = any_map(np.zeros((2, 2)))
    with pytest.raises(ModelError, match=r"1\.2 of the picture"):
        part(found, 1.2)
    with pytest.raises(ModelError, match="no part 'warm': choose hottest, coldest, random"):
        part(found, 0.5, "warm")
    with pytest.raises(ModelError, match="no baseline 'black': choose mean or blur"):
        erase(bundled, cat(), np.ones((2, 2), bool), "black")


def test_target__works_on_erased_probabilities(bundled):
    found = erase(bundled, cat(), np.ones((2, 2), bool))
    target = Target("t", (1, 2), (3,))
    p = found.probabilities
    assert float(target(p)) == pytest.approx(float(p[1] + p[2] - p[3]))
