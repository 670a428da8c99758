"""Parameters and multiply-adds of a layer, against torch's own counts."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.lab.layer import Layer

few = st.integers(1, 3)
pairs = st.tuples(few, few)


def of_torch(module, *inputs):
    """Parameters, multiply-adds and the output's shape; torch counts two for a multiply-add."""
    with FlopCounterMode(display=False) as counter, torch.enable_grad():
        output = module(*inputs)
    output = output[0] if isinstance(output, tuple) else output
    count = sum(parameter.numel() for parameter in module.parameters())
    return count, counter.get_total_flops() / 2, tuple(output.shape[1:])


geometries = st.tuples(pairs, pairs, st.tuples(st.integers(0, 2), st.integers(0, 2)))
sizes = st.tuples(st.integers(3, 9), st.integers(3, 9))


@settings(deadline=None)
@given(st.tuples(few, few, few), geometries, sizes, st.booleans())
def test_conv__is_torchs(channels, geometry, size, bias):
    (groups, *times), (kernel, stride, padding) = channels, geometry
    before, after = (groups * one for one in times)
    module = nn.Conv2d(before, after, kernel, stride, padding, groups=groups, bias=bias)
    parameters, work, shape = of_torch(module, torch.zeros(1, before, *size))
    layer = Layer("x", "conv", (before, *size), shape, kernel, stride, padding, groups, bias)
    assert (layer.parameters, layer.multiply_adds) == (parameters, work)
    assert layer.places * layer.window * after == work


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), max_size=2), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_linear__is_torchs(places, before, after, bias):
    module = nn.Linear(before, after, bias=bias)
    parameters, work, shape = of_torch(module, torch.zeros(1, *places, before))
    layer = Layer("x", "linear", (*places, before), shape, bias=bias)
    assert (layer.parameters, layer.multiply_adds) == (parameters, work)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4))
def test_attention__is_torchs(tokens, heads, width):
    module = nn.MultiheadAttention(heads * width, heads, batch_first=True)
    tensor = torch.zeros(1, tokens, heads * width, requires_grad=True)
    parameters, work, shape = of_torch(module, tensor, tensor, tensor)
    layer = Layer("x", "attention", shape, shape, heads=heads)
    assert (layer.parameters, layer.multiply_adds) == (parameters, work)


@pytest.mark.parametrize(("groups", "depthwise"), [(1, False), (2, False), (4, True)])
def test_is_depthwise__one_group_a_channel(groups, depthwise):
    layer = Layer("x", "conv", (4, 5, 5), (4, 5, 5), (3, 3), padding=(1, 1), groups=groups)
    assert layer.is_depthwise is depthwise
