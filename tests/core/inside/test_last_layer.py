"""The last layer's input and its maps, on networks whose heads differ."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from core import models
from core.errors import LayerError
from core.inside.capture import pixels, run
from core.inside.last_layer import last_layer

from .nets import cat, randomised, wrap
from .untouched import untouched


class Tail(nn.Module):
    """One convolution, and what follows it."""

    def __init__(self, tail, head):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, 2)
        self.tail, self.fc = tail, head

    def forward(self, x):
        return self.fc(self.tail(self.conv(x)))


class Pool(nn.Module):
    def __init__(self, reduce):
        super().__init__()
        self.reduce = reduce

    def forward(self, x):
        return self.reduce(x)


def net(reduce, head=None):
    return wrap(randomised(Tail(Pool(reduce), head or nn.Linear(6, 4))), 16)


def check(model):
    found = last_layer(model, cat())
    assert found.weights @ found.features + found.bias == pytest.approx(found.logits, abs=1e-3)
    assert found.logits == pytest.approx(run(model, pixels(model, cat()))[0], abs=1e-4)
    return found


def test_last_layer__bundled_pools_its_last_maps():
    model = models.load(device="cpu")
    with untouched(model):
        found = check(model)
    assert (found.name, found.pooled) == ("fc", "layer4")
    cells = model.preprocess.input_size // 8
    assert found.maps.shape == (320, cells, cells)
    assert found.maps.mean((1, 2)) == pytest.approx(found.features, abs=1e-5)


@pytest.mark.shared_data
def test_last_layer__mobilenet(shared_data, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(shared_data.parent / "torch_home"))
    found = check(models.load("torchvision/mobilenet_v2", device="cpu"))
    assert found.name == "classifier.1"
    assert found.maps.shape == (1280, 7, 7)


def test_last_layer__a_relu_that_is_no_layer_is_found():
    found = check(net(lambda x: functional.relu(x).mean((2, 3))))
    assert found.pooled == "conv"
    assert (found.maps >= 0).all()
    assert (found.maps == 0).any()


@pytest.mark.parametrize(
    "reduce", [lambda x: x.amax((2, 3)), lambda x: functional.layer_norm(x.mean((2, 3)), (6,))]
)
def test_last_layer__without_plain_pooling_has_features_and_no_maps(reduce):
    found = check(net(reduce))
    assert found.pooled is None
    assert found.maps is None
    assert found.features.shape == (6,)


def test_last_layer__without_a_bias():
    found = check(net(lambda x: x.mean((2, 3)), nn.Linear(6, 4, bias=False)))
    assert not found.bias.any()


def test_last_layer__of_half_precision_is_given_in_floats():
    model = wrap(Tail(Pool(lambda x: x.mean((2, 3))), nn.Linear(6, 4)).to(torch.float16), 16)
    found = last_layer(model, cat())
    assert found.features.dtype == np.float32
    assert found.maps is not None


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        Tail(Pool(lambda x: x.mean((2, 3))), nn.Sequential(nn.Linear(6, 4), nn.Softmax(1))),
        Tail(
            Pool(lambda x: x.flatten(2).mT), nn.Sequential(nn.Linear(6, 4), Pool(lambda x: x[:, 0]))
        ),
    ],
    ids=["convolution", "softmax behind it", "tokens"],
)
def test_last_layer__refuses_other_heads_in_a_sentence(module):
    model = wrap(randomised(module), 16)
    with untouched(model), pytest.raises(LayerError, match="one fully connected layer"):
        last_layer(model, cat())
