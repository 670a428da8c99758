"""The activation functions of networks, and what feeds them."""

import numpy as np
import pytest
from torch import nn

from core import inside
from core.inside.activations import activation_layers
from core.lab.activation import ACTIVATIONS
from tests.core.inside.nets import cat, flat_net, torchvision_model, wrap


@pytest.mark.parametrize(
    ("name", "function"),
    [("resnet18", "relu"), ("mobilenet_v2", "relu6"), ("efficientnet_b0", "silu")],
)
def test_activation_layers__before_and_after_are_the_networks_own(name, function):
    model = wrap(torchvision_model(name), 64)
    found = activation_layers(model)
    assert {layer.function for layer in found} >= {function}
    for layer in found[:3]:
        maps = inside.feature_maps(model, cat(), [layer.before.name, layer.after.name])
        before, after = (maps[one.name].maps for one in (layer.before, layer.after))
        assert before.min() < 0
        made = ACTIVATIONS[layer.function].value(before.astype(np.float64))
        np.testing.assert_allclose(made, after, atol=1e-5)


def test_activation_layers__leave_out_sums_with_a_shortcut():
    names = [
        layer.before.name for layer in activation_layers(wrap(torchvision_model("resnet18"), 64))
    ]
    assert "layer1.0.bn1" in names
    assert "layer1.0.bn2" not in names


@pytest.mark.parametrize("inplace", [False, True])
def test_activation_layers__in_place_or_not(inplace):
    model = wrap(flat_net(height=12, inplace=inplace), 12)
    found = [(one.before.name, one.after.name, one.function) for one in activation_layers(model)]
    assert found == [("norm", "relu", "relu"), ("mix", "tanh", "tanh")]


def test_activation_layers__know_no_variants_by_a_familiar_name():
    net = nn.Sequential(
        nn.Conv2d(3, 2, 3),
        nn.GELU(approximate="tanh"),
        nn.LeakyReLU(0.3),
        nn.Softplus(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    assert activation_layers(wrap(net, 8)) == ()
