"""Activation functions and their derivatives against torch's and autograd's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from core.lab.activation import ACTIVATIONS, SATURATED, chain, is_off, shares

TORCHS = {
    "relu": torch.relu,
    "leaky": functional.leaky_relu,
    "relu6": functional.relu6,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": functional.gelu,
    "silu": functional.silu,
}
inputs = st.lists(st.floats(-800, 800), min_size=1, max_size=20)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(numbers=inputs)
def test_activation__is_torchs_with_its_derivative(name, numbers):
    numbers = [*numbers, 0.0, 6.0, -1e-3, 1e-3]  # the corners too
    leaf = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    value = TORCHS[name](leaf)
    (slope,) = torch.autograd.grad(value.sum(), leaf)
    own = ACTIVATIONS[name]
    assert own.value(np.array(numbers)) == pytest.approx(value.detach().numpy(), abs=1e-9)
    assert own.slope(np.array(numbers)) == pytest.approx(slope.numpy(), abs=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(
    start=st.floats(-5, 5), weight=st.floats(-2, 2).filter(lambda w: w), depth=st.integers(0, 12)
)
def test_chain__is_autograds(name, start, weight, depth):
    leaf = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    value = leaf
    for _ in range(depth):
        value = TORCHS[name](weight * value)
    found = chain(ACTIVATIONS[name], start, weight, depth)
    (gradient,) = torch.autograd.grad(value, leaf)
    assert found.values[-1] == pytest.approx(value.item(), rel=1e-9, abs=1e-12)
    assert found.gradients[-1] == pytest.approx(gradient.item(), rel=1e-6, abs=1e-12)
    assert len(found.values) == len(found.gradients) == len(found.slopes) + 1 == depth + 1


def test_chain__sigmoids_lose_at_least_three_quarters_a_layer():
    found = chain(ACTIVATIONS["sigmoid"], 0.3, 1.0, 20)
    assert (np.abs(found.slopes) <= 0.25).all()
    assert found.gradients[-1] < 0.25**20


def test_shares__off_saturated_and_passing():
    slopes = np.array([[0.0, SATURATED / 2], [-SATURATED / 2, SATURATED]])
    found = shares(ACTIVATIONS["relu"], slopes)
    assert (found.off, found.saturated, found.passing) == (0.25, 0.5, 0.25)
    found = shares(ACTIVATIONS["sigmoid"], slopes)
    assert (found.off, found.saturated, found.passing) == (0, 0.75, 0.25)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_is_off__only_where_a_function_is_constant(name):
    own, x = ACTIVATIONS[name], np.array([-900.0, -40.0, 0.5, 40.0, 900.0])
    constant = own.value(x - 0.25) == own.value(x + 0.25)
    constant &= name in ("relu", "relu6")  # all others are so in doubles alone
    assert (is_off(own, own.slope(x)) == constant).all()


@pytest.mark.parametrize("name", ["sigmoid", "silu"])
def test_activation__is_exact_where_it_is_tiny(name):
    numbers = torch.tensor([-700.0, -40.0, -37.0, -20.0], dtype=torch.float64, requires_grad=True)
    expected = TORCHS[name](numbers)
    (slopes,) = torch.autograd.grad(expected.sum(), numbers)
    own = ACTIVATIONS[name]
    at = numbers.detach().numpy()
    assert own.value(at) == pytest.approx(expected.detach().numpy(), rel=1e-9, abs=0)
    assert own.slope(at) == pytest.approx(slopes.numpy(), rel=1e-9, abs=0)


def test_gelu__is_the_exact_one():
    own = ACTIVATIONS["gelu"].value(np.array([1.0]))[0]
    assert own == pytest.approx(0.5 * (1 + math.erf(1 / math.sqrt(2))), abs=1e-15)
    approximate = functional.gelu(torch.tensor(1.0, dtype=torch.float64), approximate="tanh")
    assert abs(own - approximate.item()) > 1e-5
