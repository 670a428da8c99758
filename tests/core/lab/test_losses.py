"""Losses against torch's own, and the worked example."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from core.lab.losses import (
    WORKED_EXAMPLE,
    binary_cross_entropy,
    cross_entropy,
    mean_squared_error,
    smoothed,
)

shares = st.floats(0, 1)
examples = st.lists(st.tuples(shares, shares), min_size=1, max_size=9)
logits = st.lists(st.floats(-300, 300), min_size=2, max_size=9)


def of_torch(operator, inputs, target):
    """Value and gradient in doubles."""
    leaf = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    value = operator(leaf, torch.as_tensor(target, dtype=torch.float64))
    return float(value.detach()), torch.autograd.grad(value, leaf)[0].numpy()


@pytest.mark.parametrize(
    ("own", "torchs"),
    [
        (mean_squared_error, functional.mse_loss),
        (binary_cross_entropy, functional.binary_cross_entropy),
    ],
)
@given(pairs=examples)
def test_loss__is_torchs_with_its_gradient(own, torchs, pairs):
    predictions, labels = zip(*pairs, strict=True)
    value, gradient = of_torch(torchs, predictions, labels)
    loss = own(predictions, labels)
    assert loss.value == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert loss.gradient == pytest.approx(gradient, rel=1e-6, abs=1e-12)
    assert loss.terms.mean() == pytest.approx(loss.value)


@given(logits=logits, label=st.integers(0, 8), smoothing=st.floats(0, 1))
def test_cross_entropy__is_torchs_with_its_gradient(logits, label, smoothing):
    label %= len(logits)
    target = smoothed(label, len(logits), smoothing)
    leaf = torch.tensor([logits], dtype=torch.float64, requires_grad=True)
    value = functional.cross_entropy(leaf, torch.tensor([label]), label_smoothing=smoothing)
    loss = cross_entropy(logits, target)
    assert loss.value == pytest.approx(float(value.detach()), rel=1e-9, abs=1e-9)
    gradient = torch.autograd.grad(value, leaf)[0][0].numpy()
    assert loss.gradient == pytest.approx(gradient, rel=1e-6, abs=1e-9)


def test_worked_example__by_hand():
    labels, predictions = WORKED_EXAMPLE.labels, WORKED_EXAMPLE.predictions
    squares = mean_squared_error(predictions, labels)
    assert squares.terms == pytest.approx([0.04, 0.04, 0.01])
    assert squares.value == pytest.approx(0.03)
    assert squares.gradient == pytest.approx([-0.4 / 3, 0.4 / 3, -0.2 / 3])
    entropy = binary_cross_entropy(predictions, labels)
    assert entropy.value == pytest.approx(-(2 * math.log(0.8) + math.log(0.9)) / 3)
    assert round(entropy.value, 3) == 0.184


def test_binary_cross_entropy__a_sure_error_costs_a_hundred_not_infinity():
    loss = binary_cross_entropy([0.0], [1.0])
    assert loss.value == 100
    assert np.isfinite(loss.gradient).all()


def test_smoothed__sums_to_one_and_keeps_its_label_first():
    target = smoothed(2, 5, 0.1)
    assert target.sum() == pytest.approx(1)
    assert target[2] == pytest.approx(0.92)
