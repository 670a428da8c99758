"""A network's first convolution counted again by hand, and the costs of all of them."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.errors import LayerError
from core.inside.capture import pixels
from core.inside.convolutions import convolution_costs, first_convolution
from core.lab.convolution import step
from core.lab.window import Window, pad
from tests.core.inside.nets import cat, flat_net, torchvision_model, wrap


class Painted(nn.Module):
    """The pixels are changed before the convolution sees them."""

    def __init__(self, **options):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, **options)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.conv(x * 2).mean((2, 3)))


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("alexnet", Window((11, 11), (4, 4), (2, 2))),
        ("resnet18", Window((7, 7), (2, 2), (3, 3))),
        ("convnext_tiny", Window((4, 4), (4, 4), (0, 0))),
    ],
)
def test_first_convolution__one_cell_by_hand_is_the_networks_own(name, window):
    model = wrap(torchvision_model(name), 64)
    found = first_convolution(model, cat())
    assert found.window == window
    channel, cell = 3, (2, 5)
    bias = 0.0 if found.bias is None else found.bias[channel]
    padded = pad(found.inputs, window.padding)
    made = step(padded, found.weight[channel], window, cell, bias)
    assert made.value == pytest.approx(found.outputs[channel][cell], abs=1e-4)


def test_first_convolution__refuses_what_it_cannot_count_again():
    with pytest.raises(LayerError, match="does more than a plain convolution"):
        first_convolution(wrap(Painted(), 16), cat())
    with pytest.raises(LayerError, match="does more than a plain convolution"):
        first_convolution(wrap(Painted(padding="same"), 16), cat())
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 2))
    with pytest.raises(LayerError, match="no convolution that reads the picture's colours"):
        first_convolution(wrap(flat, 16), cat())


@pytest.mark.parametrize("grouped", [False, True])
def test_convolution_costs__are_those_that_torch_counts(grouped):
    net = torchvision_model("mobilenet_v2") if grouped else flat_net(height=12)
    model = wrap(net, 64 if grouped else 12)
    costs = convolution_costs(model)
    for name, found in costs.items():
        module = net.get_submodule(name)
        assert found.parameters == sum(p.numel() for p in module.parameters())
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(pixels(model, cat()))
    flops = counter.get_flop_counts()["Global"][torch.ops.aten.convolution]
    assert flops == 2 * sum(found.multiply_adds for found in costs.values())
