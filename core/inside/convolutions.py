"""The convolutions of a network: the first one with what goes through it, and what each costs."""

from dataclasses import dataclass

import numpy as np

from core.errors import LayerError
from core.images import Picture
from core.inside.capture import pixels, split_call
from core.inside.features import feature_maps
from core.inside.layers.examine import network
from core.lab.convolution import Cost, convolve, cost
from core.lab.window import Pair, Window
from core.models import ImageModel

_NEAR = 1e-2  # of the largest value: what half precision makes of some hundred products


@dataclass(frozen=True, eq=False)
class FirstConvolution:
    """The layer that reads the pixels, for one picture; all arrays are float32."""

    name: str
    inputs: np.ndarray
    """(3, rows, columns): the picture as the network gets it, normalised."""
    weight: np.ndarray
    """(channels, 3, height, width)."""
    bias: np.ndarray | None
    """(channels,)."""
    window: Window
    outputs: np.ndarray
    """(channels, rows, columns): the network's own."""


def first_convolution(model: ImageModel, picture: Picture) -> FirstConvolution:
    """The convolution that reads the picture's three channels, and what it gives.

    Raises LayerError where the network has none that can be counted again from the pixels,
    DeviceError.
    """
    import torch

    for layer in network(model).with_maps:
        module = model.module.get_submodule(split_call(layer.name)[0])
        if not isinstance(module, torch.nn.Conv2d) or module.in_channels != 3:
            continue
        outputs = feature_maps(model, picture, [layer.name])[layer.name].maps
        if not isinstance(module.padding, str):
            found = FirstConvolution(
                layer.name,
                pixels(model, picture)[0].float().cpu().numpy(),
                module.weight.detach().float().cpu().numpy(),
                None if module.bias is None else module.bias.detach().float().cpu().numpy(),
                Window(module.kernel_size, module.stride, module.padding, module.dilation),
                outputs,
            )
            if _agrees(found):
                return found
        raise LayerError(
            f"{layer.name} of {model.name} does more than a plain convolution of the pixels, so "
            "its kernels cannot be followed by hand: choose a kernel of your own."
        )
    raise LayerError(
        f"{model.name} has no convolution that reads the picture's colours: choose a kernel of "
        "your own."
    )


def convolution_costs(model: ImageModel) -> dict[str, Cost]:
    """What each convolution with maps costs, by its name, in the order in which they run."""
    import torch

    found = {}
    for layer in network(model).with_maps:
        module = model.module.get_submodule(split_call(layer.name)[0])
        if isinstance(module, torch.nn.Conv2d) and layer.grid is not None:
            size: Pair = module.kernel_size
            found[layer.name] = cost(
                module.in_channels,
                module.out_channels,
                size,
                layer.grid,
                groups=module.groups,
                bias=module.bias is not None,
            )
    return found


def _agrees(found: FirstConvolution) -> bool:
    """Whether counting again gives the network's own numbers, of the first channel."""
    window = found.window
    counted = convolve(
        found.inputs,
        found.weight[:1],
        None if found.bias is None else found.bias[:1],
        stride=window.stride,
        padding=window.padding,
        dilation=window.dilation,
    )
    own = found.outputs[:1]
    return counted.shape == own.shape and bool(
        np.abs(counted - own).max() <= _NEAR * max(np.abs(own).max(), 1.0)
    )
