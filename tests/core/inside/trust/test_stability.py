"""Maps of moved pictures."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core import models
from core.errors import LayerError, PictureError
from core.inside import Target, heatmap
from core.inside.capture import pixels
from core.inside.trust.stability import MOVES, _overlapping, stability
from tests.core.inside.nets import cat, flat_net, gap_net, wrap
from tests.core.inside.untouched import untouched


class Pointwise(nn.Module):
    """Sees single pixels, or blocks of `block`; then everything is pooled."""

    def __init__(self, block=1):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.pool, self.conv = nn.AvgPool2d(block), nn.Conv2d(3, 6, 1)
            self.relu, self.fc = nn.ReLU(), nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(self.relu(self.conv(self.pool(x))).mean((2, 3)))


def agreements(*args, **options):
    return {
        m.move: (m.agreement.pearson, m.agreement.spearman) for m in stability(*args, **options)
    }


@pytest.mark.parametrize("block, shift", [(1, 3), (2, 4), (4, 4)])
def test_stability__of_a_pointwise_network_is_one(block, shift):
    """Which pixels stand where does not matter to it, so every map moves with the picture."""
    found = agreements(wrap(Pointwise(block), (24, 32)), cat(), layer="relu", shift=shift)
    assert set(found) == set(MOVES)
    for pair in found.values():
        assert pair == pytest.approx((1, 1), abs=1e-5)


def test_stability__between_cells_is_interpolated():
    found = agreements(wrap(Pointwise(4), (24, 32)), cat(), layer="relu", shift=3)
    assert found["flip"] == pytest.approx((1, 1), abs=1e-5)
    for move in ("left", "right", "up", "down"):
        assert 0.5 < found[move][0] < 0.9999


@pytest.mark.parametrize("down, across", [(0, 3), (0, -3), (3, 0), (-3, 0), (6, 0), (0, -6)])
@pytest.mark.parametrize("cells", [(12, 18), (4, 6)])
def test_overlapping__puts_the_same_parts_on_each_other(down, across, cells):
    """A world of numbers seen through a window that moves: cells of 1 and of 3 pixels."""
    from PIL import Image

    factor = 12 // cells[0]
    world = np.random.default_rng(0).standard_normal((30, 40)).astype(np.float32)
    before = world[10 : 10 + cells[0], 10 : 10 + cells[1]]
    top, left = 10 - down // factor, 10 - across // factor
    after = world[top : top + cells[0], left : left + cells[1]]
    stays, came = _overlapping(before, after, Image.new("RGB", (18, 12)), down, across)
    np.testing.assert_array_equal(stays, came)
    lost = abs(down) // factor * cells[1] + abs(across) // factor * cells[0]
    assert stays.size == before.size - lost


def test_overlapping__between_cells_has_the_pictures_resolution():
    from PIL import Image

    ramp = np.arange(6, dtype=np.float32)[None].repeat(4, 0)
    # a slope moved by 1 of 3 pixels is lower by a third of a step, but for the flat ends
    stays, came = _overlapping(ramp, ramp - 1 / 3, Image.new("RGB", (18, 12)), 0, 1)
    assert stays.shape == came.shape == (12, 17)
    np.testing.assert_allclose(stays[:, 2:-2], came[:, 2:-2], atol=1e-5)


def test_stability__crops_show_what_the_model_saw():
    model = models.load()
    found = {moved.move: moved for moved in stability(model, cat(), shift=8)}
    seen = np.asarray(model.preprocess.crop(cat().image))
    crops = {move: np.asarray(moved.heatmap.crop) for move, moved in found.items()}
    assert np.array_equal(crops["flip"], seen[:, ::-1])
    assert np.array_equal(crops["right"][:, 8:], seen[:, :-8])
    assert np.array_equal(crops["left"][:, :-8], seen[:, 8:])
    assert np.array_equal(crops["down"][8:], seen[:-8])
    assert np.array_equal(crops["up"][:-8], seen[8:])
    assert (crops["up"][-8:] == seen[-1]).all()
    assert (crops["right"][:, :8] == seen[:, :1]).all()


def test_stability__real_model_is_stable_and_left_as_it_was():
    model = models.load()
    with untouched(model):
        found = stability(model, cat())
    whole = heatmap(model, cat())
    for moved in found:
        assert moved.heatmap.target == whole.target
        assert moved.heatmap.raw.shape == whole.raw.shape
        assert moved.agreement.pearson > 0.7
    flipped = pixels(model, cat()).flip(-1)
    with torch.no_grad():
        score = float(model.module(flipped)[0, whole.target.plus[0]])
    assert found[0].heatmap.score == pytest.approx(score, abs=1e-4)
    expected = np.corrcoef(whole.raw.ravel(), found[0].heatmap.raw[:, ::-1].ravel())[0, 1]
    assert found[0].agreement.pearson == pytest.approx(expected, abs=1e-6)


def test_stability__transformer_and_half_precision():
    import timm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = timm.create_model("test_vit.r160_in1k", num_classes=5)
    assert all(np.isfinite(pair).all() for pair in agreements(wrap(net, 160), cat()).values())
    half = agreements(wrap(Pointwise().half(), 16), cat(), Target("t", (0,)), layer="relu")
    assert min(pair[0] for pair in half.values()) > 0.99


def test_stability__says_where_there_is_no_pattern():
    net = gap_net()
    net.fc.weight.data.zero_()
    for moved in stability(wrap(net, 16), cat(), layer="relu2"):
        assert np.isnan(moved.agreement.pearson)
        assert "same everywhere" in moved.agreement.note


@pytest.mark.parametrize("shift", [0, -1, 9, 16])
def test_stability__refuses_shifts_that_leave_too_little(shift):
    with pytest.raises(PictureError, match=rf"24 × 16 pixels .* moved by {shift}: choose 1 to 8"):
        stability(wrap(gap_net(), (16, 24)), cat(), shift=shift)


def test_stability__unknown_layer():
    with pytest.raises(LayerError, match="relu2"):
        stability(wrap(gap_net(), 16), cat(), layer="relu3")


def test_stability__threads_on_one_model_equal_one_after_another():
    model = wrap(flat_net(), (8, 12))

    def job(number):
        return agreements(model, cat(), Target("t", (number % 3,)), shift=1 + number % 4)

    expected = [job(number) for number in range(24)]
    with untouched(model), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, range(24))) == expected
