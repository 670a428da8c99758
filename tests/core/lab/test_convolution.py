"""Convolution against torch's, over all that can be set; its costs against torch's modules."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from core.errors import LayerError
from core.lab.convolution import convolve, cost, separable_cost, step
from core.lab.window import Window, pad

few = st.integers(1, 3)
pairs = st.tuples(few, few)


@st.composite
def layers(draw):
    """Inputs, weight, bias or None, and the settings of a convolution that fits."""
    groups, of_a_group, by_group = draw(few), draw(few), draw(few)
    size = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    padding, dilation = draw(st.tuples(st.integers(0, 3), st.integers(0, 3))), draw(pairs)
    least = [
        max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, size, padding, strict=True)
    ]
    grid = [low + draw(st.integers(0, 7)) for low in least]
    noise = np.random.default_rng(draw(st.integers(0, 2**32)))
    inputs = noise.normal(size=(groups * of_a_group, *grid))
    weight = noise.normal(size=(groups * by_group, of_a_group, *size))
    bias = noise.normal(size=groups * by_group) if draw(st.booleans()) else None
    options = {"stride": draw(pairs), "padding": padding, "dilation": dilation, "groups": groups}
    return inputs, weight, bias, options


def tensor(array):
    return None if array is None else torch.from_numpy(array)


@settings(max_examples=200, deadline=None)
@given(layer=layers())
def test_convolve__is_torchs(layer):
    inputs, weight, bias, options = layer
    expected = functional.conv2d(tensor(inputs)[None], tensor(weight), tensor(bias), **options)[0]
    assert convolve(inputs, weight, bias, **options) == pytest.approx(expected.numpy(), abs=1e-9)


@settings(deadline=None)
@given(layer=layers())
def test_convolve__with_reflection_is_torchs(layer):
    inputs, weight, bias, options = layer
    if any(p >= n for p, n in zip(options["padding"], inputs.shape[1:], strict=True)):
        return
    module = torch.nn.Conv2d(
        len(inputs),
        len(weight),
        weight.shape[2:],
        bias=bias is not None,
        padding_mode="reflect",
        dtype=torch.float64,
        **options,
    )
    with torch.no_grad():
        module.weight.copy_(tensor(weight))
        if bias is not None:
            module.bias.copy_(tensor(bias))
        expected = module(tensor(inputs)[None])[0]
    counted = convolve(inputs, weight, bias, mode="reflect", **options)
    assert counted == pytest.approx(expected.numpy(), abs=1e-9)


@settings(deadline=None)
@given(layer=layers())
def test_step__is_one_cell_of_the_whole(layer):
    inputs, weight, _, options = layer
    kernel = weight[:1, : len(inputs)]
    if kernel.shape[1] != len(inputs):
        return
    options = {key: options[key] for key in ("stride", "padding", "dilation")}
    whole = convolve(inputs, kernel, **options)[0]
    window = Window(kernel.shape[2:], **options)
    padded = pad(inputs, window.padding)
    last = whole.shape[0] - 1, whole.shape[1] - 1
    for cell in ((0, 0), last):
        found = step(padded, kernel[0], window, cell)
        assert found.value == pytest.approx(whole[cell], abs=1e-9)
        assert found.products.sum((1, 2)) == pytest.approx(found.sums)


@settings(deadline=None)
@given(numbers=st.tuples(few, few, few), size=pairs, cells=pairs, bias=st.booleans())
def test_cost__is_what_the_module_holds_and_multiplies(numbers, size, cells, bias):
    groups, of_a_group, by_group = numbers
    channels, outputs = groups * of_a_group, groups * by_group
    module = torch.nn.Conv2d(channels, outputs, size, groups=groups, bias=bias)
    found = cost(channels, outputs, size, cells, groups=groups, bias=bias)
    assert found.parameters == sum(p.numel() for p in module.parameters())
    grid = cells[0] + size[0] - 1, cells[1] + size[1] - 1
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, channels, *grid))
    assert counter.get_total_flops() == 2 * found.multiply_adds


def test_separable_cost__is_that_of_two_modules():
    depthwise = torch.nn.Conv2d(6, 6, (3, 5), groups=6)
    pointwise = torch.nn.Conv2d(6, 10, 1)
    found = separable_cost(6, 10, (3, 5), (7, 9), bias=True)
    together = [*depthwise.parameters(), *pointwise.parameters()]
    assert found.parameters == sum(p.numel() for p in together)
    assert found.multiply_adds == 7 * 9 * (6 * 3 * 5 + 6 * 10)


def test_separable_cost__costs_the_share_of_the_mobilenet_paper():
    whole = cost(64, 128, (3, 3), (14, 14)).multiply_adds
    share = separable_cost(64, 128, (3, 3), (14, 14)).multiply_adds / whole
    assert share == pytest.approx(1 / 128 + 1 / 9)


def test_convolve__does_not_turn_its_kernel():
    dot = np.zeros((1, 3, 3))
    dot[0, 1, 1] = 1
    kernel = np.arange(9.0).reshape(1, 1, 3, 3)
    assert (convolve(dot, kernel, padding=(1, 1))[0] == kernel[0, 0, ::-1, ::-1]).all()


@pytest.mark.parametrize(
    ("channels", "weight", "said"),
    [
        ((1, 2, 2), (1, 1, 3, 3), "3 × 3 cells"),
        ((4, 5, 5), (2, 3, 1, 1), "does not fit 4 channels"),
    ],
)
def test_convolve__says_what_does_not_fit(channels, weight, said):
    with pytest.raises(LayerError, match=said):
        convolve(np.zeros(channels), np.zeros(weight))
