"""The activation functions of a network, and the layers that feed them."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.inside.capture import capture, ready, split_call
from core.inside.layers.examine import network
from core.inside.layers.layer import Layer
from core.lab.activation import ACTIVATIONS
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor, nn

_NEAR = 1e-2  # half precision


@dataclass(frozen=True, slots=True)
class ActivationLayer:
    """One call of an activation function, on maps."""

    before: Layer
    """Its output goes into the function."""
    after: Layer
    """The function's own module."""
    function: str
    """By its name in `core.lab.activation.ACTIVATIONS`."""


def activation_layers(model: ImageModel) -> tuple[ActivationLayer, ...]:
    """Those whose input is the output of the layer that ends just before them.

    Where a sum with a shortcut comes between, no layer gives what goes in: what each of them does
    to noise tells. Raises ModelError, DeviceError.
    """
    import torch

    known = network(model)
    pairs = []
    for before, after in itertools.pairwise(layer for layer in known.layers if layer.leaf):
        function = _function(model.module.get_submodule(split_call(after.name)[0]))
        if function and before.grid is not None and before.shape == after.shape:
            pairs.append(ActivationLayer(before, after, function))
    if not pairs:
        return ()
    noise = torch.randn(1, 3, *known.input_size, generator=torch.Generator().manual_seed(0))
    names = {layer.name for pair in pairs for layer in (pair.before, pair.after)}
    with model.lock, guard(model.device):
        outputs = capture(model, ready(model, noise), list(names)).outputs
    return tuple(
        pair
        for pair in pairs
        if _feeds(pair.function, outputs[pair.before.name], outputs[pair.after.name])
    )


def _function(module: "nn.Module") -> str | None:
    from torch import nn

    if isinstance(module, nn.GELU):
        return "gelu" if module.approximate == "none" else None
    if isinstance(module, nn.LeakyReLU):
        return "leaky" if module.negative_slope == 0.01 else None
    names = {
        nn.ReLU: "relu",
        nn.ReLU6: "relu6",
        nn.Sigmoid: "sigmoid",
        nn.Tanh: "tanh",
        nn.SiLU: "silu",
    }
    return names.get(type(module))


def _feeds(function: str, before: "Tensor", after: "Tensor") -> bool:
    """Whether the function makes the one of the other."""
    given, made = (tensor.float().cpu().numpy() for tensor in (before, after))
    return bool(np.allclose(ACTIVATIONS[function].value(given), made, rtol=_NEAR, atol=_NEAR))
