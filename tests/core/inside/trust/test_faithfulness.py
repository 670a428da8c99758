"""Deletion and insertion against closed forms, and whether random is fair."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core import models
from core.errors import CancelledError, ModelError
from core.inside import Target, heatmap
from core.inside.capture import pixels
from core.inside.evidence.integrated import integrated_gradients
from core.inside.evidence.occlusion import occlusion
from core.inside.trust.faithfulness import Curve, faithfulness
from tests.core.inside.evidence.test_occlusion import linear
from tests.core.inside.nets import cat, gap_net, wrap
from tests.core.inside.untouched import Stop, untouched


def with_raw(model, raw, target=None):
    """A map with these values."""
    found = occlusion(model, cat(), target or Target("t", (0,)), patch=2)
    return dataclasses.replace(found, raw=np.asarray(raw, np.float32))


def softmax(logits):
    exponents = np.exp(logits - logits.max())
    return exponents / exponents.sum()


def test_faithfulness__closed_form_on_a_linear_softmax():
    """Cells of 2 x 3 pixels, erased one by one in the order 3, 0, 2, 1."""
    net = linear(4, 6)
    model = wrap(net, (4, 6))
    target = Target("t", (1,))
    found = faithfulness(model, cat(), with_raw(model, [[2, -1], [0, 7]], target), steps=4)
    weight = net[1].weight.detach().reshape(3, 3, 2, 2, 2, 3)  # (class, colour, row, y, column, x)
    x = pixels(model, cat())[0].reshape(3, 2, 2, 2, 3)
    cells = (weight * x).sum((1, 3, 5)).reshape(3, 4).numpy()  # (class, cell)
    bias = net[1].bias.detach().numpy()

    def probability(shown):
        return softmax(cells[:, shown].sum(1) + bias)[1]

    order = [3, 0, 2, 1]
    deletion = [probability(order[k:]) for k in range(5)]
    insertion = [probability(order[:k]) for k in range(5)]
    np.testing.assert_allclose(found.deletion.probability, deletion, atol=1e-6)
    np.testing.assert_allclose(found.insertion.probability, insertion, atol=1e-6)
    np.testing.assert_allclose(found.deletion.share, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(found.insertion.share, [0, 0.25, 0.5, 0.75, 1])
    by_hand = (deletion[0] / 2 + sum(deletion[1:4]) + deletion[4] / 2) / 4
    assert found.deletion.area == pytest.approx(by_hand, abs=1e-6)
    assert found.cells == (2, 2)


def test_faithfulness__best_order_beats_every_random_one_at_every_point():
    """For two classes the probability follows the sum of the cells' evidence, which occlusion
    finds exactly on a linear network."""
    model = wrap(linear(8, 12, classes=2), (8, 12))
    target = Target("t", (1,))
    difference = Target("d", (1,), (0,))
    found = occlusion(model, cat(), difference, patch=2, stride=2)
    found = faithfulness(model, cat(), dataclasses.replace(found, target=target), orders=8)
    for curve in found.random:
        assert (found.deletion.probability <= curve.probability + 1e-6).all()
        assert (found.insertion.probability >= curve.reversed().probability - 1e-6).all()
    assert found.deletion.area < found.random_area < found.insertion.area
    assert 0 <= found.deletion.area <= found.insertion.area <= 1


def test_random__is_fair_where_every_cell_counts_alike():
    """Then all orders give one curve, the map's own too."""
    net = linear(8, 8)
    net[1].weight.data.zero_()
    model = wrap(net, 8)
    evidence = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0))
    x = pixels(model, cat())[0]
    # weights that make each cell's sum 0.3, -0.2 and 0.1 for the three classes
    per_cell = torch.tensor([0.3, -0.2, 0.1])[:, None, None].expand(3, 4, 4)
    spread = (x.sign() / (x.abs() * 12))[None] * per_cell.repeat_interleave(2, 1).repeat_interleave(
        2, 2
    )[:, None]
    net[1].weight.data.copy_(spread.flatten(1))
    found = faithfulness(model, cat(), with_raw(model, evidence[0]), steps=16, orders=6)
    for curve in found.random:
        np.testing.assert_allclose(curve.probability, found.deletion.probability, atol=1e-5)
    assert found.random_area == pytest.approx(found.deletion.area, abs=1e-6)
    assert found.random_area_spread < 1e-6
    np.testing.assert_allclose(found.random_spread, 0, atol=1e-6)
    np.testing.assert_allclose(
        found.insertion.probability, found.random_mean.reversed().probability, atol=1e-5
    )


def test_random__a_map_of_noise_is_no_better_than_random():
    """Over many maps of noise the areas have the random orders' mean: no order is favoured."""
    model = wrap(linear(8, 8), 8)
    rng = np.random.default_rng(0)
    noise, random = [], []
    for seed in range(30):
        raw = rng.standard_normal((4, 4))
        found = faithfulness(model, cat(), with_raw(model, raw), steps=8, orders=3, seed=seed)
        noise += [found.deletion.area, found.insertion.area]
        random += [curve.area for curve in found.random]
    error = np.hypot(np.std(noise) / 30**0.5, np.std(random) / 90**0.5)
    assert abs(np.mean(noise) - np.mean(random)) < 3 * error


def test_faithfulness__of_a_network_that_does_not_look_has_constant_curves():
    net = linear(8, 8, classes=4)
    net[1].weight.data.zero_()
    net[1].bias.data.zero_()
    model = wrap(net, 8)
    found = faithfulness(model, cat(), with_raw(model, np.eye(4)))
    for curve in (found.deletion, found.insertion, *found.random, found.random_mean):
        np.testing.assert_allclose(curve.probability, 0.25)
        assert curve.area == pytest.approx(0.25)
    assert found.random_area_spread == 0


def test_faithfulness__a_map_of_ties_goes_by_the_seed():
    model = wrap(linear(8, 8), 8)
    one, same, other = (
        faithfulness(model, cat(), with_raw(model, np.zeros((4, 4))), seed=seed, orders=2)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.deletion.probability, same.deletion.probability)
    assert not np.array_equal(one.deletion.probability, other.deletion.probability)
    assert np.array_equal(one.random[1].probability, same.random[1].probability)
    assert not np.array_equal(one.random[0].probability, one.random[1].probability)


def test_faithfulness__a_difference_is_between_minus_one_and_one():
    model = wrap(linear(8, 8), 8)
    target = Target("d", (0,), (1,))
    found = faithfulness(model, cat(), with_raw(model, np.eye(4), target), orders=2)
    logits = model.module(pixels(model, cat()))[0].detach().double().numpy()
    p = softmax(logits)
    assert found.deletion.probability[0] == pytest.approx(p[0] - p[1], abs=1e-6)
    assert found.insertion.probability[-1] == pytest.approx(p[0] - p[1], abs=1e-6)
    assert -1 <= found.deletion.area <= 1


def test_faithfulness__fine_maps_are_erased_in_blocks():
    model = wrap(gap_net(), 64)
    fine = integrated_gradients(model, cat(), steps=2)
    stop = Stop(10**6)
    found = faithfulness(model, cat(), fine, steps=4, orders=2, progress=stop.progress)
    assert fine.raw.shape == (64, 64)
    assert found.cells == (8, 8)
    np.testing.assert_allclose(found.deletion.share, [0, 0.25, 0.5, 0.75, 1])
    # whole, empty, and three steps between for the map's two ends and two random orders
    assert stop.told[-1] == (14, 14)


@pytest.mark.parametrize("raw", [[[1.0]], [[1.0, 2.0]], [[1.0], [2.0], [3.0]]])
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_faithfulness__few_cells_and_many_steps(raw, steps):
    model = wrap(linear(6, 6), 6)
    found = faithfulness(model, cat(), with_raw(model, raw), steps=steps, orders=1)
    assert found.deletion.share[0] == 0
    assert found.deletion.share[-1] == 1
    assert len(found.deletion.share) == 1 + min(steps, np.size(raw))
    assert np.isnan(found.random_area_spread)
    assert np.isnan(found.random_spread).all()


def test_curve__areas():
    share = np.array([0, 0.2, 1])
    assert Curve(share, np.full(3, 0.7)).area == pytest.approx(0.7)
    assert Curve(share, 1 - share).area == pytest.approx(0.5)
    mirrored = Curve(share, np.array([1, 0.5, 0])).reversed()
    np.testing.assert_allclose(mirrored.share, [0, 0.8, 1])
    np.testing.assert_allclose(mirrored.probability, [0, 0.5, 1])


def test_blur__ends_at_the_blurred_picture():
    model = wrap(linear(8, 8), 8)
    blurred = faithfulness(model, cat(), with_raw(model, np.eye(4)), baseline="blur", orders=1)
    mean = faithfulness(model, cat(), with_raw(model, np.eye(4)), orders=1)
    assert blurred.baseline == "blur"
    assert blurred.deletion.probability[0] == mean.deletion.probability[0]
    assert blurred.deletion.probability[-1] != mean.deletion.probability[-1]
    with pytest.raises(ModelError, match="no baseline"):
        faithfulness(model, cat(), with_raw(model, np.eye(4)), baseline="noise")


def test_faithfulness__refuses_no_steps_and_no_orders():
    model = wrap(linear(8, 8), 8)
    for options in ({"steps": 0}, {"orders": 0}):
        with pytest.raises(ModelError, match="at least one"):
            faithfulness(model, cat(), with_raw(model, np.eye(4)), **options)


def test_faithfulness__is_stopped_in_the_middle():
    model = wrap(gap_net(), 16)
    found = heatmap(model, cat())
    stop = Stop(1)
    with untouched(model), pytest.raises(CancelledError, match=r"stopped after 16 of 107 pictures"):
        faithfulness(model, cat(), found, progress=stop.progress, should_stop=stop)
    assert stop.told == [(16, 107)]


def test_faithfulness__real_map_beats_random():
    model = models.load()
    found = heatmap(model, cat())
    with untouched(model):
        tested = faithfulness(model, cat(), found, steps=8, orders=3)
    assert tested.deletion.area < tested.random_area < tested.insertion.area


class Narrow(nn.Module):
    """Looks at nothing but the upper left quarter."""

    def forward(self, x):
        seen = x[:, :, : x.shape[2] // 2, : x.shape[3] // 2].mean((1, 2, 3))
        return torch.stack([8 * seen, -8 * seen], 1)


def test_faithfulness__only_the_hot_quarter_matters():
    model = wrap(Narrow(), 16)
    raw = np.zeros((4, 4))
    raw[:2, :2] = 1
    found = faithfulness(model, cat(), with_raw(model, raw), steps=16, orders=4)
    np.testing.assert_allclose(found.deletion.probability[4:], 0.5, atol=1e-6)
    np.testing.assert_allclose(
        found.insertion.probability[4:], found.deletion.probability[0], atol=1e-6
    )


def test_faithfulness__threads_on_one_model_equal_one_after_another():
    model = wrap(gap_net(), 16)
    found = heatmap(model, cat())

    def job(seed):
        return faithfulness(model, cat(), found, steps=4, orders=2, seed=seed)

    expected = [job(seed).random_area for seed in range(16)]
    with untouched(model), ThreadPoolExecutor(8) as pool:
        assert [f.random_area for f in pool.map(job, range(16))] == expected
