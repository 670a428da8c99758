"""The learning-rate finder on losses that are known."""

import math

import pytest

from core.training.learning.rates import HIGHEST, LOWEST, STEPS, choose, sweep


def test_sweep__raises_the_rate_by_one_factor():
    found = sweep(lambda rate: 1.0)
    assert len(found.rates) == STEPS
    assert found.rates[0] == pytest.approx(LOWEST)
    assert found.rates[-1] == pytest.approx(HIGHEST)
    ratios = [b / a for a, b in zip(found.rates, found.rates[1:], strict=False)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))
    assert found.losses == pytest.approx([1.0] * STEPS)  # the running mean of ones is one


@pytest.mark.parametrize("end", [float("nan"), float("inf")])
def test_sweep__ends_where_the_loss_is_no_number(end):
    found = sweep(lambda rate: 1.0 if rate < 1e-3 else end)
    assert max(found.rates) < 1e-3
    assert all(map(math.isfinite, found.losses))


def test_sweep__ends_where_the_loss_explodes():
    found = sweep(lambda rate: 1.0 if rate < 1e-2 else 1000.0)
    assert len(found.rates) < STEPS


def test_choose__takes_the_rate_half_way_down():
    rates = [10.0**-k for k in range(7, 0, -1)]
    assert choose(rates, [5, 5, 4, 3, 2, 1, 9]) == rates[3]
    assert choose(rates, [5, 5, 5, 5, 4.99, 5, 5]) == 1e-3
    assert choose(rates, [1, 2, 3, 4, 5, 6, 7]) == 1e-3
    assert choose([], []) == 1e-3


def test_sweep__finds_the_valley_of_gradient_descent_on_a_parabola():
    """Of w -> (1 - 10 rate) w: rates above 0.2 diverge, and tiny ones do nothing."""
    weight = 1.0

    def step(rate):
        nonlocal weight
        weight -= 10 * rate * weight
        return weight**2

    assert 1e-3 < sweep(step).chosen < 0.2
