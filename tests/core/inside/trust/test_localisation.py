"""Energy in boxes, hits, and the pointing game."""

import dataclasses
import io
import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from core import data, models
from core.data.dataset import DataClass, Dataset
from core.errors import CancelledError, DataError, LayerError, ModelError
from core.inside import Box, Heatmap, Target, heatmap
from core.inside.trust.localisation import energy_in_box, hit, pointing_game, wilson
from core.models import ModelClass
from core.models.preprocess import CropBox
from tests.core.inside.nets import cat, gap_net, wrap
from tests.core.inside.untouched import Stop, untouched


def a_map(raw, width=16, height=16):
    raw = np.asarray(raw, np.float32)
    return Heatmap(
        "m", "l", "gradcam", Target("t", (0,)), raw, 1.0, Image.new("RGB", (width, height))
    )


def test_energy__by_hand():
    found = a_map([[1, 3], [-5, 4]], 16, 8)
    assert energy_in_box(found, CropBox(0, 0, 16, 8)) == 1
    assert energy_in_box(found, CropBox(0, 0, 8, 4)) == 1 / 8
    assert energy_in_box(found, Box(top=0, left=8, bottom=8, right=16)) == 7 / 8
    # a quarter of the first cell, half of the second one's left half
    assert energy_in_box(found, CropBox(4, 2, 12, 4)) == pytest.approx((1 / 4 + 3 / 4) / 8)
    assert energy_in_box(found, CropBox(0, 4, 8, 8)) == 0
    assert energy_in_box(found, CropBox(-9, -9, 99, 99)) == 1
    assert energy_in_box(found, CropBox(20, 20, 30, 30)) == 0


@settings(max_examples=50)
@given(st.data())
def test_energy__equals_counting_tiny_pixels(data):
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    raw = np.random.default_rng(data.draw(st.integers(0, 999))).standard_normal((rows, columns))
    raw[0, 0] = 1
    height, width = 7 * rows, 5 * columns
    left, right = sorted(data.draw(st.tuples(*[st.integers(0, width)] * 2)))
    top, bottom = sorted(data.draw(st.tuples(*[st.integers(0, height)] * 2)))
    fine = np.kron(raw.clip(0), np.ones((7, 5)))
    expected = fine[top:bottom, left:right].sum() / fine.sum()
    found = energy_in_box(a_map(raw, width, height), CropBox(left, top, right, bottom))
    assert found == pytest.approx(expected, abs=1e-6)


def test_energy__of_the_same_everywhere_is_the_boxs_share():
    found = a_map(np.ones((5, 3)), 17, 11)
    assert energy_in_box(found, CropBox(2.5, 1, 9, 7.25)) == pytest.approx(6.5 * 6.25 / (17 * 11))


@pytest.mark.parametrize("raw", [np.zeros((3, 3)), -np.ones((3, 3)), np.full((3, 3), np.nan)])
def test_nothing_positive__has_no_energy_and_hits_nothing(raw):
    everything = CropBox(0, 0, 16, 16)
    assert math.isnan(energy_in_box(a_map(raw), everything))
    assert not hit(a_map(raw), everything)


def test_hit__the_hottest_pixel():
    raw = np.zeros((4, 4))
    raw[1, 2] = 1
    found = a_map(raw)  # the cell reaches from 8 to 12 across and from 4 to 8 down
    assert hit(found, CropBox(8, 4, 12, 8))
    assert not hit(found, CropBox(0, 0, 8, 16))
    assert not hit(found, CropBox(0, 8, 16, 16))
    assert hit(found, Box(top=0, left=0, bottom=16, right=16))


def test_hit__tolerance_is_in_pixels():
    raw = np.zeros((16, 16))
    raw[3, 10] = 1
    box = CropBox(0, 0, 8, 16)  # the pixel's middle is at 10.5
    assert not hit(a_map(raw), box)
    assert not hit(a_map(raw), box, tolerance=2.4)
    assert hit(a_map(raw), box, tolerance=2.5)


@pytest.mark.parametrize("corner", [(0, 0), (0, 3), (3, 0), (3, 3)])
def test_hit__of_a_plateau_its_middle_counts(corner):
    """The outer half of a corner's cell is equally hot."""
    raw = np.zeros((4, 4))
    raw[corner] = 1
    found = a_map(raw, 64, 64)
    assert (found.full() == found.full().max()).sum() == 64
    y, x = (4 if c == 0 else 60 for c in corner)
    assert hit(found, CropBox(x - 1, y - 1, x + 1, y + 1))
    assert not hit(found, CropBox(x + 1, y - 1, x + 9, y + 1))
    assert not hit(found, CropBox(x - 1, y - 9, x + 1, y - 1))


def test_hit__the_same_everywhere_points_at_the_middle():
    assert hit(a_map(np.ones((3, 3))), CropBox(6, 6, 10, 10))


@pytest.mark.parametrize("hits, n", [(0, 10), (8, 10), (10, 10), (1, 1), (37, 200)])
def test_wilson__equals_scipys(hits, n):
    expected = scipy.stats.binomtest(hits, n).proportion_ci(0.95, "wilson")
    assert wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_wilson__of_nothing_is_everything():
    assert wilson(0, 0) == (0, 1)


class Pictures(Dataset):
    """Pictures in memory."""

    def __init__(self, images, labels, boxes, classes):
        super().__init__("toys", classes, np.asarray(labels))
        self.images, self._boxes = images, boxes

    @property
    def boxes(self):
        return None if self._boxes is None else np.array(self._boxes, np.float32)

    def _read(self, i):
        if isinstance(self.images[i], bytes):
            return self.images[i]
        buffer = io.BytesIO()
        self.images[i].save(buffer, "PNG")
        return buffer.getvalue()

    def _file(self, i):
        return f"{i}.png"


class Bright(nn.Module):
    """Class 0 is where it is bright, class 1 where it is dark."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)
        self.conv.weight.data[:] = torch.tensor([1.0, -1.0])[:, None, None, None]
        self.conv.bias.data.fill_(0)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(2, 2)
        self.fc.weight.data.copy_(torch.eye(2))

    def forward(self, x):
        return self.fc(self.relu(self.conv(x)).mean((2, 3)))


def bright_model():
    model = wrap(Bright(), 32)
    classes = (ModelClass(0, "n00000001", "bright"), ModelClass(1, None, "dark"))
    return dataclasses.replace(model, classes=classes)


KNOWN = (
    DataClass("anything", "n00000001"),
    DataClass("dark"),
    DataClass("bright"),  # a wnid is needed for this one
    DataClass("stranger", "n00000009"),
)
NAN = [math.nan] * 4


def with_square(box, ground=0, square=255, size=(64, 64)):
    pixels = np.full((size[1], size[0], 3), ground, np.uint8)
    xmin, ymin, xmax, ymax = box
    pixels[ymin : ymax + 1, xmin : xmax + 1] = square
    return Image.fromarray(pixels)


def test_pointing_game__finds_squares_and_counts_what_it_leaves_out():
    boxes = [[4, 40, 19, 55], [40, 4, 60, 30], [24, 24, 40, 40], [0, 0, 29, 29], NAN, [0, 0, 9, 9],
             [0, 0, 9, 9], [0, 0, 9, 9]]  # fmt: skip
    images = [
        with_square((4, 40, 19, 55)),
        with_square((40, 4, 60, 30), 255, 0),
        with_square((24, 24, 40, 40)),
        with_square((36, 36, 60, 60)),  # the box lies elsewhere
        with_square((0, 0, 9, 9)),
        b"no picture",
        with_square((0, 0, 9, 9)),
        with_square((0, 0, 9, 9)),
    ]
    toys = Pictures(images, [0, 1, 0, 0, 0, 0, 2, 3], boxes, KNOWN)
    model = bright_model()
    stop = Stop(99)
    with untouched(model):
        found = pointing_game(model, toys, range(8), progress=stop.progress)
    assert [p.item for p in found.pictures] == [0, 1, 2, 3]
    assert [p.hit for p in found.pictures] == [True, True, True, False]
    assert [p.centre_hit for p in found.pictures] == [False, False, True, False]
    assert (found.n, found.hits, found.rate, found.centre_hits) == (4, 3, 0.75, 1)
    assert found.interval == wilson(3, 4)
    assert found.pictures[0].box == CropBox(2, 20, 10, 28)
    assert found.pictures[0].energy == pytest.approx(1, abs=0.1)
    assert found.pictures[3].energy == pytest.approx(0, abs=1e-6)
    assert found.pictures[3].box_share == 225 / 1024
    assert found.energy == pytest.approx(np.mean([p.energy for p in found.pictures]))
    assert found.skipped == {
        "they have no box": 1,
        "they cannot be read": 1,
        "their class is none of the model's": 2,
    }
    assert (found.model, found.data, found.layer, found.method) == (
        "test/net", "toys", "relu", "gradcam",
    )  # fmt: skip
    assert stop.told == [(i + 1, 8) for i in range(8)]


def test_pointing_game__target_is_the_true_class_not_the_predicted_one():
    model = bright_model()
    toys = Pictures([with_square((4, 4, 19, 19))], [1], [[4, 4, 19, 19]], KNOWN)
    found = pointing_game(model, toys, [0])
    assert not found.pictures[0].hit  # the dark ground is evidence for dark
    assert found.pictures[0].energy < 0.1


def test_pointing_game__carries_boxes_into_the_crop_and_leaves_out_those_beyond():
    own = models.load().preprocess
    size = own.input_size
    model = dataclasses.replace(
        wrap(Bright(), size), preprocess=own, classes=bright_model().classes
    )
    wide = [with_square(box, size=(200, 100)) for box in [(60, 10, 89, 29), (0, 0, 20, 20)]]
    toys = Pictures(wide, [0, 0], [[60, 10, 89, 29], [0, 0, 20, 20]], KNOWN)
    found = pointing_game(model, toys, [0, 1])
    assert found.skipped == {"their box lies outside of what the model sees": 1}
    # the square in the middle is 100 pixels wide and begins at column 50
    assert found.pictures[0].box == pytest.approx(np.array([0.1, 0.1, 0.4, 0.3]) * size)
    assert found.hits == 1


@pytest.mark.parametrize("method", ["occlusion", "integrated", "eigencam"])
def test_pointing_game__by_any_method(method):
    toys = Pictures([with_square((4, 4, 19, 19))], [0], [[4, 4, 19, 19]], KNOWN)
    found = pointing_game(bright_model(), toys, [0], method=method)
    assert found.n == 1
    assert found.layer == ("relu" if method == "eigencam" else "")


def test_pointing_game__refusals():
    model = bright_model()
    image = with_square((4, 4, 19, 19))
    with pytest.raises(DataError, match="toys has no boxes"):
        pointing_game(model, Pictures([image], [0], None, KNOWN), [0])
    with pytest.raises(DataError, match=r"No picture of toys could .* \(1: they have no box\)"):
        pointing_game(model, Pictures([image], [0], [NAN], KNOWN), [0])
    with pytest.raises(DataError, match="none given"):
        pointing_game(model, Pictures([image], [0], [NAN], KNOWN), [])
    toys = Pictures([image], [0], [[4, 4, 19, 19]], KNOWN)
    with pytest.raises(DataError, match="pictures 0 to 0, not 1"):
        pointing_game(model, toys, [0, 1])
    with pytest.raises(LayerError, match="relu"):
        pointing_game(model, toys, [0], "rleu")
    with pytest.raises(ModelError, match="no method"):
        pointing_game(model, toys, [0], method="magic")


def test_pointing_game__is_stopped_in_the_middle():
    model = bright_model()
    toys = Pictures([with_square((4, 4, 19, 19))] * 5, [0] * 5, [[4, 4, 19, 19]] * 5, KNOWN)
    with untouched(model), pytest.raises(CancelledError, match=r"stopped after 2 of 5 pictures\."):
        pointing_game(model, toys, range(5), should_stop=Stop(2))


def test_energy_and_hit__of_a_real_map():
    found = heatmap(wrap(gap_net(), 16), cat())
    left, right = CropBox(0, 0, 7, 16), CropBox(7, 0, 16, 16)
    assert energy_in_box(found, left) + energy_in_box(found, right) == pytest.approx(1)
    assert hit(found, left) != hit(found, right)


@pytest.mark.shared_data
def test_pointing_game__on_tiny_imagenet(shared_data):
    """The bundled model has learned where things are: its maps beat a map that says nothing."""
    pictures = data.open(str(shared_data / "tiny-imagenet-200" / "val.parquet"))
    items = np.random.default_rng(0).permutation(len(pictures))[:60]
    found = pointing_game(models.load(), pictures, items)
    assert found.n + sum(found.skipped.values()) == 60
    assert found.n >= 55
    assert found.energy > found.box_share + 0.05
    assert found.rate > 0.5
    # pictures of 64 pixels are the crop, enlarged
    first = found.pictures[0]
    xmin, ymin, xmax, ymax = pictures.boxes[first.item]
    scale = models.load().preprocess.input_size / 64
    assert first.box == pytest.approx(scale * np.array([xmin, ymin, xmax + 1, ymax + 1]))
