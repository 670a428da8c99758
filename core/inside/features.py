"""What the channels of a layer answer: feature maps, their statistics, and kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import LayerError
from core.images import Picture
from core.inside.capture import capture, pixels, split_call
from core.inside.evidence.heatmap import gradients_of
from core.inside.evidence.target import Target
from core.inside.layers.examine import network
from core.inside.layers.layer import Layer
from core.inside.layers.network import Network
from core.inside.layers.receptive_field import MeasuredField, influence
from core.models import ImageModel, guard


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The output of a layer for one picture, as maps."""

    layer: Layer
    maps: np.ndarray
    """(channels, rows, columns) float32."""
    crop: Image.Image
    """What the model saw of the picture."""

    @property
    def mean(self) -> np.ndarray:
        """(channels,): over the cells."""
        return self.maps.mean((1, 2))

    @property
    def minimum(self) -> np.ndarray:
        """(channels,): over the cells."""
        return self.maps.min((1, 2))

    @property
    def maximum(self) -> np.ndarray:
        """(channels,): over the cells."""
        return self.maps.max((1, 2))

    @property
    def zeros(self) -> np.ndarray:
        """(channels,): the share of cells that are exactly zero, in [0, 1]."""
        return (self.maps == 0).mean((1, 2))

    @property
    def dead(self) -> np.ndarray:
        """(channels,) bool: zero in every cell for this picture."""
        return ~self.maps.any((1, 2))


@dataclass(frozen=True, eq=False)
class Kernels:
    """The weights of a convolution."""

    weight: np.ndarray
    """(channels, inputs of a channel, height, width) float32."""

    @property
    def rgb(self) -> np.ndarray | None:
        """(channels, height, width, 3) uint8 where the convolution sees the picture's colours.

        Zero is mid-grey; each kernel has its own scale.
        """
        if self.weight.shape[1] != 3:
            return None
        scale = np.abs(self.weight).max((1, 2, 3), keepdims=True)
        shades = 0.5 + 0.5 * self.weight / np.maximum(scale, np.finfo(np.float32).tiny)
        return (shades.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)


def feature_maps(
    model: ImageModel, picture: Picture, layers: Sequence[str]
) -> dict[str, FeatureMaps]:
    """The maps of several layers from one forward pass. Raises LayerError, DeviceError."""
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    chosen = [known.spatial(layer) for layer in layers]
    outputs = _outputs(model, tensor, chosen)
    crop = model.preprocess.crop(picture.image)
    found = {}
    for layer, output in zip(chosen, outputs, strict=True):
        assert layer.layout is not None
        maps = layer.layout.maps(output)[0].float().cpu().numpy()
        found[layer.name] = FeatureMaps(layer, maps, crop)
    return found


def vector(model: ImageModel, picture: Picture, layer: str) -> np.ndarray:
    """All numbers of any layer's output, (length,) float32: for those without a grid.

    Raises LayerError, DeviceError.
    """
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1])).get(layer)
    (output,) = _outputs(model, tensor, [known])
    return output.float().flatten().cpu().numpy()


def relevance(
    model: ImageModel, picture: Picture, layer: str, target: Target | None = None
) -> np.ndarray:
    """(channels,) float32: activation x gradient, summed over the cells, in logits.

    To first order, what the target would lose without the channel. None is the predicted class.
    """
    activations, (gradients,), _ = gradients_of(model, pixels(model, picture), [target], layer)
    return (activations * gradients).sum((2, 3))[0]


def kernels(model: ImageModel, layer: str) -> Kernels | None:
    """The kernels of a 2-D convolution; None for any other layer. Raises LayerError."""
    import torch

    known = network(model).get(layer)
    module = model.module.get_submodule(split_call(known.name)[0])
    if not isinstance(module, torch.nn.Conv2d):
        return None
    return Kernels(module.weight.detach().float().cpu().numpy())


def measure_field(
    model: ImageModel, picture: Picture, layer: str, cell: tuple[int, int]
) -> MeasuredField:
    """What one cell (row, column) of a layer answers to on this picture, by gradient.

    Raises LayerError for a layer without maps or a cell outside of them, DeviceError.
    """
    return measure_fields(model, picture, {layer: cell})[layer]


def measure_fields(
    model: ImageModel, picture: Picture, cells: dict[str, tuple[int, int]]
) -> dict[str, MeasuredField]:
    """The same for one cell of each of several layers, from one forward pass."""
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    for layer, (row, column) in cells.items():
        rows, columns = known.spatial(layer).grid or (0, 0)
        if not (0 <= row < rows and 0 <= column < columns):
            raise LayerError(
                f"{layer} has {rows} × {columns} cells, counted from 0: there is no cell "
                f"({row}, {column})."
            )
    with model.lock, guard(model.device):
        measured = _influences(model, tensor, known, cells)
    return {layer: MeasuredField(values) for layer, values in measured.items()}


def _outputs(model: ImageModel, tensor: "torch.Tensor", layers: list[Layer]) -> list:  # noqa: F821
    with model.lock, guard(model.device):
        captured = capture(model, tensor, [layer.name for layer in layers])
    return [captured.outputs[layer.name] for layer in layers]


def _influences(
    model: ImageModel,
    tensor: "torch.Tensor",  # noqa: F821
    known: Network,
    cells: dict[str, tuple[int, int]],
) -> dict[str, np.ndarray]:
    """Differentiated down to the picture. A frame of its own, for `guard`."""
    import torch

    found = {}
    with torch.inference_mode(False), torch.enable_grad():
        tensor = tensor.clone().requires_grad_()
        captured = capture(model, tensor, list(cells), gradients=True)
        for layer, (row, column) in cells.items():
            layout = known.spatial(layer).layout
            assert layout is not None
            values = layout.maps(captured.outputs[layer])[0, :, row, column]
            found[layer] = influence(values, tensor)
    return found
