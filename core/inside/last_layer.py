"""Where a network makes its logits: the last fully connected layer, and what it is given."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import LayerError, ModelError
from core.images import Picture
from core.inside.capture import Captured, capture, pixels
from core.inside.layers.examine import network
from core.inside.layers.layer import Layer
from core.inside.layers.network import Network
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor, nn

_NEAR = 1e-4  # of the largest value: rounding of float32, not of half precision
_NEAR_HALF = 1e-2


@dataclass(frozen=True, eq=False)
class LastLayer:
    """logits = weights · features + bias, for one picture."""

    name: str
    features: np.ndarray
    """(features,) float32: what the layer is given."""
    weights: np.ndarray
    """(classes, features) float32."""
    bias: np.ndarray
    """(classes,) float32; zeros where the layer has none."""
    logits: np.ndarray
    """(classes,) float32, as the network gave them."""
    pooled: str | None
    """The layer of whose maps, or of their positive parts, the features are the means."""
    maps: np.ndarray | None
    """(features, rows, columns) float32: those maps; None where the features are no such means."""


def last_layer(model: ImageModel, picture: Picture) -> LastLayer:
    """From one forward pass over the picture.

    Raises LayerError where no single fully connected layer makes the logits, DeviceError.
    """
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    name, module = _linear(model)
    before = _before(known, module.in_features)
    given, captured = _run(model, tensor, module, [layer.name for layer in before])
    near = _NEAR_HALF if model.half else _NEAR
    weights = _array(module.weight)
    bias = np.zeros(len(weights), np.float32) if module.bias is None else _array(module.bias)
    logits = _array(captured.logits)[0]
    if given is None or given.shape != (1, module.in_features):
        raise _no_single_layer(model)
    features = _array(given)[0]
    if not _close(weights @ features + bias, logits, near):
        raise _no_single_layer(model)
    pooled, maps = None, None
    for layer in before:
        assert layer.layout is not None
        found = _array(layer.layout.maps(captured.outputs[layer.name])[0])
        for candidate in (found, np.maximum(found, 0)):  # a ReLU there may be no layer
            if maps is None and _close(candidate.mean((1, 2)), features, near):
                pooled, maps = layer.name, candidate
    return LastLayer(name, features, weights, bias, logits, pooled, maps)


def _linear(model: ImageModel) -> "tuple[str, nn.Linear]":
    import torch

    from core.models.heads import find_head

    try:
        name = find_head(model.module).layer
    except ModelError as error:
        raise _no_single_layer(model) from error
    module = model.module.get_submodule(name)
    if not isinstance(module, torch.nn.Linear):
        raise _no_single_layer(model)
    return name, module


def _before(known: Network, features: int) -> list[Layer]:
    """The last layer with as many maps as the last one takes features, if there is one."""
    return [layer for layer in known.with_maps if layer.channels == features][-1:]


def _run(
    model: ImageModel, tensor: "Tensor", module: "nn.Linear", layers: list[str]
) -> "tuple[Tensor | None, Captured]":
    """What the module was given, and the outputs of the layers."""
    given: list[Tensor] = []
    owner = threading.get_ident()

    def keep(_: "nn.Module", inputs: "tuple[Tensor, ...]") -> None:
        if threading.get_ident() == owner:
            given.append(inputs[0].detach().clone())

    with model.lock, guard(model.device):
        handle = module.register_forward_pre_hook(keep)
        try:
            captured = capture(model, tensor, layers)
        finally:
            handle.remove()
    return given[-1] if given else None, captured


def _array(tensor: "Tensor") -> np.ndarray:
    return tensor.detach().float().cpu().numpy()


def _close(found: np.ndarray, wanted: np.ndarray, near: float) -> bool:
    if found.shape != wanted.shape:
        return False
    return bool(np.abs(found - wanted).max() <= near * max(1.0, float(np.abs(wanted).max())))


def _no_single_layer(model: ImageModel) -> LayerError:
    return LayerError(
        f"The logits of {model.name} are not made by one fully connected layer: choose another "
        "model."
    )
