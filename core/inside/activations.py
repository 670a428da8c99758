"""The activation functions of a network, and the layers that feed them."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.inside.capture import split_call
from core.inside.layers.examine import network
from core.inside.layers.layer import Layer
from core.models import ImageModel

if TYPE_CHECKING:
    from torch import nn


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

    Where a sum with a shortcut comes between, nobody gives what goes in. Raises ModelError,
    DeviceError.
    """
    leaves = [layer for layer in network(model).layers if layer.leaf]
    found = []
    for before, after in itertools.pairwise(leaves):
        module = model.module.get_submodule(split_call(after.name)[0])
        function = _function(module)
        same = before.grid is not None and before.shape == after.shape
        # a function that writes over its input shares its memory with whoever gave that
        if function and same and (not _in_place(module) or before.storage == after.storage):
            found.append(ActivationLayer(before, after, function))
    return tuple(found)


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


def _in_place(module: "nn.Module") -> bool:
    return bool(getattr(module, "inplace", False))
