"""Pictures made for a class: they raise its logit, and nothing else is touched."""

import numpy as np
import pytest
import torch
from torch import nn

from core import models
from core.errors import CancelledError, TargetError
from core.inside.maximise import maximise

from .nets import wrap
from .untouched import untouched


def colour_judge():
    """Three logits: how much redder than blue a picture is, how much bluer than red, and 0."""
    net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
    with torch.no_grad():
        net[2].weight.copy_(torch.tensor([[9.0, 0, -9], [-9, 0, 9], [0, 0, 0]]))
        net[2].bias.zero_()
    return wrap(net, 24)


def test_maximise__colours_of_a_judge_of_colours():
    warm, cold, grey = maximise(colour_judge(), [0, 1, 2], steps=40)
    assert [made.index for made in (warm, cold, grey)] == [0, 1, 2]
    lean = [made.pixels[..., 0].mean() - made.pixels[..., 2].mean() for made in (warm, cold, grey)]
    assert lean[0] > 10
    assert lean[1] < -10
    assert abs(lean[2]) < 2
    for made, sign in ((warm, 1), (cold, -1)):  # what the judge says is what it was asked for
        assert made.logit == pytest.approx(9 * sign * lean[made.index] / 255, abs=0.01)
    assert warm.probability > 0.4


class LeftAndRight(nn.Module):
    """Two logits for upright stripes, whichever way the picture is mirrored, and for lying ones."""

    def forward(self, x):
        grey = x.mean(1)
        across = (grey[:, :, 1:] - grey[:, :, :-1]).square().mean((1, 2))
        down = (grey[:, 1:] - grey[:, :-1]).square().mean((1, 2))
        return 100 * torch.stack([across - down, down - across], 1)


def test_maximise__stripes_of_a_judge_of_stripes():
    upright, lying = maximise(wrap(LeftAndRight(), 24), [0, 1], steps=60)
    for made, axis in ((upright, 1), (lying, 0)):
        grey = made.pixels.astype(float).mean(2)
        along, across = (np.square(np.diff(grey, axis=a)).mean() for a in (axis, 1 - axis))
        assert along > 2 * across


def test_maximise__networks_that_take_one_size_alone():
    model = wrap(nn.Sequential(nn.Flatten(), nn.Linear(3 * 24 * 24, 4)), 24)
    made = maximise(model, [3, 1], steps=30)
    (noise,) = maximise(model, [3], steps=0)
    assert made[0].logit > noise.logit
    assert maximise(models.load("plain/lenet-5", device="cpu"), [0], steps=2)[0].index == 0


def test_maximise__numbers_of_numpy_and_where_no_gradients_are_wanted():
    model = colour_judge()
    (wanted,) = maximise(model, [1], steps=3)
    with torch.inference_mode():
        (made,) = maximise(model, np.array([1]), steps=3)
    assert np.array_equal(made.pixels, wanted.pixels)
    assert isinstance(made.index, int)


def test_maximise__half_precision_goes_the_same_way():
    model = colour_judge()
    (whole,) = maximise(model, [0], steps=20)
    (half,) = maximise(wrap(model.module.half(), 24), [0], steps=20)
    assert half.logit == pytest.approx(whole.logit, abs=0.05)


def test_maximise__bundled_sees_its_class_and_noise_is_none():
    model = models.load(device="cpu")
    with untouched(model):
        made = maximise(model, [0, 150], steps=64)
    (noise,) = maximise(model, [0], steps=0)
    for one in made:
        assert one.pixels.shape == (round(1.2 * model.preprocess.input_size),) * 2 + (3,)
        assert one.pixels.dtype == np.uint8
        assert one.probability > 0.5
    assert noise.probability < 0.2
    assert made[0].logit > noise.logit + 3


def test_maximise__same_seed_same_pictures_and_others_by_another():
    model = colour_judge()
    first, again = (maximise(model, [2, 0], steps=3, seed=5) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
    assert not np.array_equal(first[0].pixels, maximise(model, [2], steps=3, seed=6)[0].pixels)


def test_maximise__leaves_the_shared_random_numbers_alone():
    model = colour_judge()
    before = torch.get_rng_state()
    maximise(model, [0], steps=2)
    assert torch.equal(torch.get_rng_state(), before)


def test_maximise__alone_is_as_in_company():
    model = colour_judge()
    (alone,) = maximise(model, [1], steps=5)
    company = maximise(model, [0, 1, 2], steps=5)[1]
    assert np.abs(alone.pixels.astype(int) - company.pixels).max() <= 1  # rounding of sums


@pytest.mark.parametrize("index", [-1, 3])
def test_maximise__a_class_that_there_is_not(index):
    with pytest.raises(TargetError, match="classes 0 to 2"):
        maximise(colour_judge(), [0, index])


def test_maximise__is_stopped_and_tells_its_progress():
    told = []
    maximise(colour_judge(), range(3), steps=1, progress=lambda *done: told.append(done))
    assert told[-1] == (3, 3)
    asked = iter([False, False, True])
    with pytest.raises(CancelledError, match="after 0 of 1 classes"):
        maximise(colour_judge(), [0], steps=9, should_stop=lambda: next(asked))
    assert next(asked, None) is None  # it asked before each step


def test_maximise__none_of_none():
    assert maximise(colour_judge(), []) == ()
