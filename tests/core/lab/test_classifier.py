"""From maps to probabilities, against torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from core.lab.classifier import (
    as_one,
    class_activation,
    contributions,
    entropy,
    global_average,
    powers,
    softmax,
)

logits = st.lists(st.floats(-300, 300), min_size=2, max_size=9)
shapes = st.tuples(*[st.integers(1, 7)] * 3)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@given(shape=shapes)
def test_global_average__is_torchs_adaptive_pooling(shape):
    maps = normal(*shape)
    expected = functional.adaptive_avg_pool2d(torch.from_numpy(maps), 1).flatten()
    assert global_average(maps) == pytest.approx(expected.numpy(), abs=1e-12)


@given(shape=shapes, seed=st.integers(0, 99))
def test_contributions__and_activation_map_both_end_in_the_logit(shape, seed):
    maps, weight, bias = normal(*shape, seed=seed), normal(4, shape[0], seed=seed + 1), normal(4)
    features = global_average(maps)
    expected = functional.linear(*(torch.from_numpy(of) for of in (features, weight, bias)))
    for k in range(4):
        assert contributions(features, weight[k]).sum() + bias[k] == pytest.approx(
            expected[k].item(), abs=1e-9
        )
        cam = class_activation(maps, weight[k])
        assert cam.shape == shape[1:]
        assert cam.mean() + bias[k] == pytest.approx(expected[k].item(), abs=1e-9)


@given(logits=logits, temperature=st.floats(0.05, 50))
def test_softmax__is_torchs_and_sums_to_one(logits, temperature):
    expected = torch.softmax(torch.tensor(logits, dtype=torch.float64) / temperature, 0)
    assert softmax(logits, temperature) == pytest.approx(expected.numpy(), rel=1e-9, abs=1e-12)


@given(logits=logits, temperature=st.floats(0.5, 50))
def test_powers__divided_by_their_sum_are_softmax(logits, temperature):
    raised = powers(logits, temperature)
    assert raised / raised.sum() == pytest.approx(softmax(logits, temperature), abs=1e-12)


def test_powers__too_large_are_infinite_without_a_warning():
    assert powers([100.0], 0.1)[0] == math.inf


@given(logits=logits, temperature=st.floats(0.05, 50))
def test_as_one__has_the_probability_of_all(logits, temperature):
    together = softmax([logits[0], as_one(logits[1:], temperature)], temperature)
    assert together[0] == pytest.approx(softmax(logits, temperature)[0], abs=1e-9)


@given(logits=logits, temperature=st.floats(0.05, 50))
def test_entropy__is_torchs(logits, temperature):
    p = softmax(logits, temperature)
    expected = torch.distributions.Categorical(probs=torch.from_numpy(p)).entropy()
    assert entropy(p) == pytest.approx(expected.item(), abs=1e-9)


def test_entropy__from_sure_to_undecided():
    assert entropy(np.array([1.0, 0.0])) == 0
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(math.log(8))
