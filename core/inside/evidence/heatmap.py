"""Maps of evidence: which cells of a layer speak for a class, and how much, in logits.

One forward pass serves any number of layers, methods and targets. Source of the idea: Selvaraju et
al. 2017 (Grad-CAM); the methods are in `methods`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.images import Picture
from core.inside.capture import capture, pixels
from core.inside.evidence.methods import METHODS, method
from core.inside.evidence.target import Target, predicted_target
from core.inside.layers.examine import network
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.inside.layers.layer import Layer

NEEDS_NO_CLASS = frozenset({"eigencam"})
_UNITS = {
    "gradcam++": "units of its own",
    "eigengradcam": "units of its own",
    "eigencam": "activation",
}
_SAME = 1e-4  # of the largest value: the precision of float32 sums over some thousand channels


@dataclass(frozen=True, eq=False)
class Heatmap:
    """A map of evidence on the cells of a layer, or of the picture itself."""

    model: str
    layer: str
    """Empty for methods that work on the picture."""
    method: str
    target: Target
    raw: np.ndarray
    """(rows, columns), signed, before any ReLU; float32, float64 if the model computes in it."""
    score: float
    """The target's value for the whole picture, in logits."""
    crop: Image.Image
    """What the model saw of the picture."""
    notes: tuple[str, ...] = ()

    @property
    def native(self) -> np.ndarray:
        """(rows, columns): what speaks for the target, ``max(raw, 0)``; not normalised."""
        return np.maximum(self.raw, 0)

    @property
    def unit(self) -> str:
        """Of the values. Where weights are rescaled, or a component is taken, it is no logit."""
        return _UNITS.get(self.method, "logits")

    def full(self) -> np.ndarray:
        """`native` at the size of the crop, (H, W) float32, bilinear between the cells' centres."""
        return enlarge(self.native, (self.crop.height, self.crop.width))


def heatmap(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    layer: str | None = None,
    method: str = "gradcam",
) -> Heatmap:
    """One map; of the predicted class where no target is given, at `Network.for_attribution`.

    Raises LayerError, ModelError for an unknown method, DeviceError.
    """
    return heatmaps(model, picture, [target], [layer], [method])[0]


def heatmaps(
    model: ImageModel,
    picture: Picture,
    targets: Sequence[Target | None],
    layers: Sequence[str | None],
    methods: Sequence[str] = ("gradcam",),
) -> tuple[Heatmap, ...]:
    """All maps from one forward pass.

    None as a target is the predicted class, as a layer `Network.for_attribution`.

    They come layer by layer, method by method, target by target. Raises LayerError, ModelError for
    an unknown method, DeviceError.
    """
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    names = [known.for_attribution.name if layer is None else layer for layer in layers]
    maps, logits = maps_of(model, tensor, targets, names, methods)
    named = [predicted_target(model.classes, logits[0]) if t is None else t for t in targets]
    crop = model.preprocess.crop(picture.image)
    return tuple(
        Heatmap(
            model.name,
            layer,
            name,
            target,
            maps[layer, name, i][0],
            float(target(logits[0])),
            crop,
            _notes(maps[layer, name, i][0], known.get(layer), name, target),
        )
        for layer in names
        for name in methods
        for i, target in enumerate(named)
    )


def maps_of(
    model: ImageModel,
    tensor: "Tensor",
    targets: Sequence[Target | None],
    layers: Sequence[str],
    methods: Sequence[str] = ("gradcam",),
    *,
    module: "nn.Module | None" = None,
) -> tuple[dict[tuple[str, str, int], np.ndarray], np.ndarray]:
    """Maps of a batch (N, 3, H, W), and its logits (N, classes).

    The maps (N, rows, columns) go by layer, method and the target's position; None is each
    picture's own predicted class. `module`, such as a copy with other weights, runs in the model's
    place. Raises LayerError, ModelError for an unknown method, DeviceError.
    """
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    chosen = {layer: known.spatial(layer) for layer in dict.fromkeys(layers)}
    functions = {name: method(name) for name in dict.fromkeys(methods)}
    with model.lock, guard(model.device):
        pairs, logits = _captured(
            model,
            tensor,
            targets,
            chosen,
            wants_gradient=bool(set(functions) - NEEDS_NO_CLASS),
            module=module,
        )
    maps = {
        (layer, name, i): function(activations, gradients)
        for (layer, i), (activations, gradients) in pairs.items()
        for name, function in functions.items()
    }
    return maps, logits


def gradients_of(
    model: ImageModel, tensor: "Tensor", targets: Sequence[Target | None], layer: str
) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Activations of a layer, one gradient for each target, both (N, channels, rows, columns),
    and the logits (N, classes)."""
    known = network(model, (tensor.shape[-2], tensor.shape[-1])).spatial(layer)
    with model.lock, guard(model.device):
        pairs, logits = _captured(model, tensor, targets, {layer: known})
    gradients = [pairs[layer, i][1] for i in range(len(targets))]
    return pairs[layer, 0][0], gradients, logits


def same_maps(maps: Sequence[Heatmap]) -> tuple[tuple[Heatmap, ...], ...]:
    """Groups of two or more maps that are equal but for rounding."""
    groups: list[list[Heatmap]] = []
    for one in maps:
        for group in groups:
            if _equal(group[0].raw, one.raw):
                group.append(one)
                break
        else:
            groups.append([one])
    return tuple(tuple(group) for group in groups if len(group) > 1)


def enlarge(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(rows, columns) -> (height, width) float32, bilinear between the cells' centres.

    Never above the largest or below the smallest value, as bicubic would be.
    """
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR))


def _captured(
    model: ImageModel,
    tensor: "Tensor",
    targets: Sequence[Target | None],
    layers: "dict[str, Layer]",
    *,
    wants_gradient: bool = True,
    module: "nn.Module | None" = None,
) -> tuple[dict[tuple[str, int], tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """Activations and gradients by layer and target. A frame of its own, for `guard`."""
    import torch

    captured = capture(model, tensor, list(layers), gradients=wants_gradient, module=module)
    outputs = [captured.outputs[layer] for layer in layers]
    values = [_maps(layers[name], out) for name, out in zip(layers, outputs, strict=True)]
    pairs = {}
    for i, target in enumerate(targets):
        if wants_gradient:
            gradients = _gradients(captured.logits, target, outputs, last=i == len(targets) - 1)
        else:
            gradients = [torch.zeros_like(output) for output in outputs]
        for name, value, gradient in zip(layers, values, gradients, strict=True):
            pairs[name, i] = (value, _maps(layers[name], gradient))
    logits = captured.logits.detach()
    return pairs, _numbers(logits)


def _gradients(
    logits: "Tensor", target: Target | None, outputs: "list[Tensor]", last: bool
) -> "list[Tensor]":
    """Of the target's sum over the batch; each picture's own logits depend on it alone."""
    import torch

    with torch.inference_mode(False), torch.enable_grad():
        value = (logits.amax(1) if target is None else target(logits)).sum()
    if not value.requires_grad:  # nothing of the layers reaches the logits
        return [torch.zeros_like(output) for output in outputs]
    found = torch.autograd.grad(value, outputs, retain_graph=not last, allow_unused=True)
    return [
        torch.zeros_like(output) if gradient is None else gradient
        for gradient, output in zip(found, outputs, strict=True)
    ]


def _maps(layer: "Layer", output: "Tensor") -> np.ndarray:
    """The output of a layer as (N, channels, rows, columns)."""
    assert layer.layout is not None  # `spatial` has seen to it
    return _numbers(layer.layout.maps(output.detach()))


def _numbers(tensor: "Tensor") -> np.ndarray:
    """On the CPU; half precision becomes float32, in which sums are exact enough."""
    import torch

    wide = tensor.double() if tensor.dtype == torch.float64 else tensor.float()
    return wide.cpu().numpy()


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    scale = max(np.abs(one).max(), np.abs(other).max())
    return bool(np.abs(one - other).max() <= _SAME * scale)


def _notes(raw: np.ndarray, layer: "Layer", name: str, target: Target) -> tuple[str, ...]:
    """What has to be said about a map, in plain words."""
    notes = []
    if not np.isfinite(raw).all():
        notes.append(
            "Some values are no numbers: the weights hold such, or the precision did not suffice."
        )
    elif not raw.any():
        if not layer.evidence:
            notes.append(
                f"{layer.name} cannot carry evidence: the network reads its answer elsewhere "
                "afterwards, or computes it without gradients, so the map is empty for every class."
            )
        else:
            notes.append(f"The map is empty: nothing in {layer.name} moves {target.label} here.")
    elif (raw <= 0).all():
        notes.append(f"All evidence is negative here: no cell speaks for {target.label}.")
    if name == "eigencam":
        notes.append(
            f"{METHODS[name]} does not depend on the class, and the sign of its principal "
            "component is arbitrary: bright may mean background."
        )
    elif name == "eigengradcam":
        notes.append("The sign of a principal component is arbitrary: bright may mean against.")
    return tuple(notes)
