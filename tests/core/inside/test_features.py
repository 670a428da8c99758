"""Feature maps, kernels, receptive fields and the sum by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core import inside
from core.errors import LayerError
from core.inside import Box, MeasuredField, Span
from core.inside.capture import pixels
from tests.core.inside.nets import cat, clean_output, flat_net, gap_net, torchvision_model, wrap


def test_feature_maps__are_what_the_layer_gave_before_anyone_overwrote_it():
    net = flat_net()
    model = wrap(net, (8, 12))
    found = inside.feature_maps(model, cat(), ["norm", "relu", "tanh"])
    tensor = pixels(model, cat())
    for layer, maps in found.items():
        np.testing.assert_array_equal(maps.maps, clean_output(net, layer, tensor)[0].numpy())
    assert found["norm"].minimum.min() < 0 <= found["relu"].minimum.min()


def test_feature_maps__statistics():
    net = gap_net()
    net.conv2.bias.data[2] = -100
    found = inside.feature_maps(wrap(net, 16), cat(), ["relu2"])["relu2"]
    assert found.maps.shape == (6, 8, 8)
    np.testing.assert_allclose(found.mean, found.maps.reshape(6, -1).mean(1), rtol=1e-6)
    np.testing.assert_array_equal(found.maximum, found.maps.reshape(6, -1).max(1))
    np.testing.assert_allclose(found.zeros, (found.maps == 0).reshape(6, -1).mean(1))
    assert found.dead[2]
    assert found.zeros[2] == 1
    assert found.crop.size == (16, 16)


def test_feature_maps__of_tokens_and_channels_last():
    vit = torchvision_model("vit_b_16", image_size=64)
    model = wrap(vit, 64)
    layer = "encoder.layers.encoder_layer_2"
    found = inside.feature_maps(model, cat(), [layer])[layer].maps
    tokens = clean_output(vit, layer, pixels(model, cat()))[0, 1:].numpy()
    np.testing.assert_array_equal(found, tokens.T.reshape(768, 4, 4))

    swin = torchvision_model("swin_t")
    model = wrap(swin, 64)
    found = inside.feature_maps(model, cat(), ["features.3"])["features.3"].maps
    cells = clean_output(swin, "features.3", pixels(model, cat()))[0].numpy()
    np.testing.assert_array_equal(found, cells.transpose(2, 0, 1))


def test_feature_maps__several_calls_of_one_module():
    net = torchvision_model("resnet50")
    model = wrap(net, 64)
    names = ["layer1.0.relu#1", "layer1.0.relu#2", "layer1.0.relu#3"]
    found = inside.feature_maps(model, cat(), names)
    assert found[names[0]].maps.shape == (64, 16, 16)
    assert found[names[2]].maps.shape == (256, 16, 16)
    np.testing.assert_array_equal(
        found[names[2]].maps, clean_output(net, "layer1.0", pixels(model, cat()))[0].numpy()
    )


def test_vector__of_a_layer_without_a_grid():
    net = gap_net()
    model = wrap(net, 16)
    with torch.no_grad():
        expected = net(pixels(model, cat()))[0].numpy()
    np.testing.assert_allclose(inside.vector(model, cat(), "fc"), expected, rtol=1e-6)
    with pytest.raises(LayerError, match="fc of test/net has no maps"):
        inside.feature_maps(model, cat(), ["fc"])


def test_kernels__as_colours_where_the_picture_comes_in():
    model = wrap(gap_net(), 16)
    first = inside.kernels(model, "conv1")
    assert first.weight.shape == (5, 3, 3, 3)
    assert first.rgb.shape == (5, 3, 3, 3)
    at = np.unravel_index(np.abs(first.weight[0]).argmax(), first.weight[0].shape)
    channel, row, column = at
    assert first.rgb[0, row, column, channel] in (0, 255)
    assert inside.kernels(model, "conv2").rgb is None
    assert inside.kernels(model, "relu1") is None


def test_relevance__sums_to_the_map_of_evidence_and_has_a_closed_form():
    net = gap_net()
    model = wrap(net, 16)
    target = inside.Target("t", (2,))
    found = inside.relevance(model, cat(), "relu2", target)
    maps = inside.feature_maps(model, cat(), ["relu2"])["relu2"].maps
    np.testing.assert_allclose(found, net.fc.weight[2].numpy() * maps.mean((1, 2)), atol=1e-6)
    raw = inside.heatmap(model, cat(), target, "relu2").raw
    assert found.sum() == pytest.approx(raw.sum(), abs=1e-5)


def test_decompose__running_sum_ends_at_the_logit_without_the_bias():
    net = torchvision_model("resnet18")
    model = wrap(net, 64)
    target = inside.difference_target(inside.Target("a", (3,)), inside.Target("b", (7,)))
    found = inside.decompose(model, cat(), target)
    assert found.layer == "layer4"
    assert found.bias == pytest.approx(float(net.fc.bias[3] - net.fc.bias[7]), abs=1e-6)
    running = np.cumsum(found.shares[found.order])
    assert running[-1] == pytest.approx(found.score - found.bias, abs=1e-4)
    assert (np.diff(np.abs(found.shares[found.order])) <= 0).all()
    raw = inside.heatmap(model, cat(), target).raw
    by_hand = np.einsum("c,chw->hw", found.weights, found.maps)
    np.testing.assert_allclose(by_hand, raw, atol=1e-6)


class Positive(nn.Module):
    """Every weight is positive, so no influence cancels: the measured reach is the theory's."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 2, 3, padding=1)
        self.two = nn.Conv2d(2, 2, 5, stride=2, padding=2, dilation=1)
        self.three = nn.Conv2d(2, 2, 3, padding=2, dilation=2)
        for parameter in self.parameters():
            parameter.data = parameter.data.abs() + 0.1

    def forward(self, x):
        return self.three(self.two(self.one(x))).mean((2, 3))


@settings(max_examples=25, deadline=None)
@given(row=st.integers(0, 9), column=st.integers(0, 12))
def test_measured_field__reaches_exactly_as_far_as_the_theoretical(row, column):
    model = wrap(Positive(), (20, 26))
    known = inside.network(model, (20, 26)).get("three")
    # 3 by the first convolution, 5 by the second, 3 cells four pixels apart by the third
    assert known.field.rows == Span(start=-7, size=15, stride=2, end=20)
    found = inside.measure_field(model, cat(), "three", (row, column))
    assert found.influence.shape == (20, 26)
    assert found.reach == known.field.window(row, column, 20, 26)
    core, reach = found.core, found.reach
    assert reach.top <= core.top < core.bottom <= reach.bottom
    inside_core = found.influence[core.top : core.bottom, core.left : core.right]
    assert (inside_core**2).sum() >= 0.95 * (found.influence**2).sum()


def test_measured_field__of_a_deep_network_is_much_smaller_than_in_theory():
    model = wrap(torchvision_model("resnet18"), 96)
    known = inside.network(model).get("layer3")
    found = inside.measure_field(model, cat(), "layer3", (3, 3))
    theory = known.field.window(3, 3, 96, 96)
    reach = found.reach
    assert theory.top <= reach.top and reach.bottom <= theory.bottom
    assert found.core.height <= theory.height


def test_measured_field__cell_that_is_not_there():
    model = wrap(gap_net(), 16)
    with pytest.raises(LayerError, match=r"8 × 8 cells.*no cell \(8, 0\)"):
        inside.measure_field(model, cat(), "relu2", (8, 0))


def test_measured_field__nothing_arrives():
    silent = MeasuredField(np.zeros((4, 5), np.float32))
    assert silent.reach is None
    assert silent.core is None


def test_measured_field__core_of_one_pixel():
    values = np.zeros((6, 7), np.float32)
    values[2, 3] = 1
    assert MeasuredField(values).core == Box(2, 3, 3, 4)
    assert Box(2, 3, 3, 4).height == 1
    assert Box(2, 3, 3, 5).width == 2


def test_picture_smaller_than_the_receptive_field__is_no_problem():
    model = wrap(torchvision_model("resnet18"), 32)
    layer = inside.network(model).get("layer3")
    assert layer.field.rows.size > 32
    assert layer.field.window(0, 0, 32, 32).bottom <= 32
    assert inside.measure_field(model, cat(), "layer3", (0, 1)).influence.shape == (32, 32)
