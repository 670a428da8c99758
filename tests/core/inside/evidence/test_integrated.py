"""Integrated gradients against closed forms and finite differences."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core import models
from core.errors import CancelledError, ModelError
from core.inside import Target
from core.inside.capture import pixels
from core.inside.evidence.integrated import integrated_gradients
from tests.core.inside.evidence.test_occlusion import linear
from tests.core.inside.nets import cat, flat_net, gap_net, wrap
from tests.core.inside.untouched import Stop, untouched


class Power(nn.Module):
    """Logits: the sum over all values of x to the n, for n of 0 to 3."""

    def forward(self, x):
        return torch.stack([(x**n).flatten(1).sum(1) for n in range(4)], 1)


@pytest.mark.parametrize("steps", [1, 3, 32])
def test_integrated__is_exact_on_a_linear_network(steps):
    net = linear(8, 12)
    model = wrap(net, (8, 12))
    found = integrated_gradients(model, cat(), Target("t", (2,), (0,)), steps)
    weight = (net[1].weight[2] - net[1].weight[0]).detach().reshape(3, 8, 12)
    expected = (weight * pixels(model, cat())[0]).sum(0)
    np.testing.assert_allclose(found.raw, expected.numpy(), atol=1e-6)
    assert "difference of" in found.notes[0]
    assert len(found.notes) == 1


@pytest.mark.parametrize("steps", [1, 2, 5, 40])
def test_integrated__is_the_midpoint_rule(steps):
    """Of the squares' 2 a x the mean over the midpoints is exact; of 3 a² x² it is too small."""
    model = wrap(Power(), (6, 5))
    x = pixels(model, cat())[0].double().numpy()
    squares = integrated_gradients(model, cat(), Target("t", (2,)), steps)
    np.testing.assert_allclose(squares.raw, (x**2).sum(0), atol=1e-5)
    cubes = integrated_gradients(model, cat(), Target("t", (3,)), steps)
    expected = (x**3).sum(0) * (1 - 1 / (4 * steps**2))
    np.testing.assert_allclose(cubes.raw, expected, atol=1e-5)


def test_integrated__equals_finite_differences_without_autograd():
    net = flat_net().double()
    model = wrap(net, (8, 12))
    found = integrated_gradients(model, cat(), Target("t", (1,)), steps=3)
    assert found.raw.dtype == np.float64
    x = pixels(model, cat())
    step = 1e-6
    bumps = torch.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape[1:]) * step
    total = torch.zeros(x.numel(), dtype=x.dtype)
    with torch.no_grad():
        for share in (1 / 6, 3 / 6, 5 / 6):
            total += (net(share * x + bumps)[:, 1] - net(share * x - bumps)[:, 1]) / (2 * step)
    expected = (total.reshape(x.shape) * x / 3).sum(1)[0]
    # a ReLU may bend between the two points of a difference
    np.testing.assert_allclose(found.raw, expected.numpy(), atol=1e-7)


def test_integrated__adds_up_better_with_more_steps():
    class Smooth(nn.Module):
        def __init__(self):
            super().__init__()
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                self.inner, self.outer = nn.Linear(300, 20), nn.Linear(20, 2)

        def forward(self, x):
            return self.outer(torch.tanh(3 * self.inner(x.flatten(1))))

    model = wrap(Smooth().double(), 10)
    rise = model.module(torch.cat([pixels(model, cat()), torch.zeros(1, 3, 10, 10).double()]))
    rise = float((rise[0, 0] - rise[1, 0]).detach())
    gaps = []
    for steps in (8, 16, 32):
        found = integrated_gradients(model, cat(), Target("t", (0,)), steps)
        gaps.append(abs(found.raw.sum() - rise))
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]  # the error falls with the square of the steps


def test_notes__tell_the_gap_in_words():
    model = wrap(Power(), 6)
    few = integrated_gradients(model, cat(), Target("cubes", (3,)), steps=1)
    rise = (pixels(model, cat()).double() ** 3).sum().item()
    assert few.notes[0].startswith(f"The values add up to {0.75 * rise:.4g} logits.")
    assert f"cubes rises by {rise:.4g}" in few.notes[0]
    assert f"difference of {-0.25 * rise:.2g} is the error of 1 step." in few.notes[0]
    assert "take more steps" in few.notes[1]


def test_integrated__real_model_adds_up():
    model = models.load()
    with untouched(model):
        found = integrated_gradients(model, cat(), steps=16)
    size = model.preprocess.input_size
    assert found.raw.shape == (size, size)
    assert (found.layer, found.method, found.raw.dtype) == ("", "integrated", np.float32)
    with torch.no_grad():
        ends = model.module(torch.cat([pixels(model, cat()), torch.zeros(1, 3, size, size)]))
    rise = float(found.target(ends[0]) - found.target(ends[1]))
    assert found.raw.sum() == pytest.approx(rise, rel=0.1)
    assert found.score == pytest.approx(float(found.target(ends[0])), abs=1e-4)


@pytest.mark.parametrize("frozen", [True, False])
def test_integrated__leaves_the_model_as_it_was_frozen_or_not(frozen):
    model = wrap(flat_net(frozen=frozen), (8, 12))
    with untouched(model):
        found = integrated_gradients(model, cat(), steps=4)
    np.testing.assert_array_equal(
        found.raw, integrated_gradients(wrap(flat_net(), (8, 12)), cat(), steps=4).raw
    )


def test_integrated__a_first_layer_in_place_does_no_harm():
    nets = [nn.Sequential(nn.ReLU(inplace), nn.Flatten(), nn.Linear(48, 2)) for inplace in (1, 0)]
    nets[1].load_state_dict(nets[0].state_dict())
    found, expected = (integrated_gradients(wrap(net, 4), cat(), steps=3).raw for net in nets)
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_integrated__whatever_the_callers_mode(mode):
    model = wrap(gap_net(), 16)
    expected = integrated_gradients(model, cat(), steps=4).raw
    with mode():
        np.testing.assert_array_equal(integrated_gradients(model, cat(), steps=4).raw, expected)


def test_integrated__half_precision():
    found = integrated_gradients(wrap(gap_net().half(), 16), cat(), Target("t", (0,)), steps=8)
    expected = integrated_gradients(wrap(gap_net(), 16), cat(), Target("t", (0,)), steps=8)
    assert found.raw.dtype == np.float32
    np.testing.assert_allclose(found.raw, expected.raw, atol=1e-3)


def test_integrated__transformer():
    import timm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = timm.create_model("test_vit.r160_in1k", num_classes=5)
    found = integrated_gradients(wrap(net, 160), cat(), steps=4)
    assert found.raw.shape == (160, 160)
    assert found.raw.any()


def test_integrated__progress_and_stop():
    model = wrap(gap_net(), 16)
    stop = Stop(2)
    with (
        untouched(model),
        pytest.raises(CancelledError, match=r"^Integrated gradients were stopped after 32 of 40"),
    ):
        integrated_gradients(model, cat(), steps=40, progress=stop.progress, should_stop=stop)
    assert stop.told == [(16, 40), (32, 40)]


def test_integrated__refuses_no_steps_and_networks_without_gradients():
    with pytest.raises(ModelError, match="1 step or more, not 0"):
        integrated_gradients(wrap(gap_net(), 16), cat(), steps=0)

    class Cut(nn.Module):
        def forward(self, x):
            return x.detach().mean((2, 3))

    with pytest.raises(ModelError, match=r"No gradient comes back.*occlusion"):
        integrated_gradients(wrap(Cut(), 8), cat())


def test_integrated__threads_on_one_model_equal_one_after_another():
    model = wrap(flat_net(frozen=False), (8, 12))
    targets = [Target("t", (i % 3,)) for i in range(32)]
    expected = [integrated_gradients(model, cat(), t, 4).raw for t in targets]
    with untouched(model), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda t: integrated_gradients(model, cat(), t, 4).raw, targets))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
