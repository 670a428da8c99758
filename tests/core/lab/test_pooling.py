"""Pooling against torch's, with its gradients and its winners."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from core.errors import LayerError
from core.lab.pooling import average_gradient, average_pool, max_gradient, max_pool, winners
from core.lab.window import Window

few = st.integers(1, 4)


@st.composite
def poolings(draw):
    """Inputs of which many are equal, and a window that fits."""
    size = draw(st.tuples(few, few))
    padding = tuple(draw(st.integers(0, k // 2)) for k in size)
    window = Window(size, draw(st.tuples(few, few)), padding)
    grid = [max(1, k - 2 * p) + draw(st.integers(0, 6)) for k, p in zip(size, padding, strict=True)]
    noise = np.random.default_rng(draw(st.integers(0, 2**32)))
    inputs = noise.integers(-3, 3, (draw(few), *grid)).astype(float)
    if draw(st.booleans()):
        inputs[inputs < 0] = -np.inf  # as many as fill whole windows
    return inputs, window


def torchs(operator, inputs, window, **options):
    leaf = torch.from_numpy(inputs).requires_grad_()
    pooled = operator(leaf[None], window.size, window.stride, window.padding, **options)
    return leaf, pooled


@settings(max_examples=200, deadline=None)
@given(pooling=poolings())
def test_max_pool__is_torchs_with_winners_and_gradient(pooling):
    inputs, window = pooling
    leaf, (pooled, indices) = torchs(functional.max_pool2d, inputs, window, return_indices=True)
    assert (max_pool(inputs, window) == pooled[0].detach().numpy()).all()
    assert (winners(inputs, window) == indices[0].numpy()).all()
    upstream = np.random.default_rng(0).normal(size=pooled.shape[1:])
    (expected,) = torch.autograd.grad(pooled, leaf, torch.from_numpy(upstream)[None])
    assert max_gradient(inputs, window, upstream) == pytest.approx(expected.numpy(), abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(pooling=poolings())
def test_average_pool__is_torchs_with_its_gradient(pooling):
    inputs, window = pooling
    inputs = np.maximum(inputs, -3)
    leaf, pooled = torchs(functional.avg_pool2d, inputs, window)
    assert average_pool(inputs, window) == pytest.approx(pooled[0].detach().numpy(), abs=1e-12)
    upstream = np.random.default_rng(0).normal(size=pooled.shape[1:])
    (expected,) = torch.autograd.grad(pooled, leaf, torch.from_numpy(upstream)[None])
    passed = average_gradient(inputs.shape[1:], window, upstream)
    assert passed == pytest.approx(expected.numpy(), abs=1e-12)


@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_pool__refuses_more_padding_than_half_a_window_as_torch_does(pool):
    window = Window((2, 3), padding=(2, 1))
    with pytest.raises(LayerError, match="at most half"):
        pool(np.zeros((1, 4, 4)), window)
    with pytest.raises(RuntimeError):
        functional.max_pool2d(torch.zeros(1, 1, 4, 4), window.size, padding=window.padding)
