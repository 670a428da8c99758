"""Does a map stay on the object when the picture is mirrored or moved a little?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.errors import PictureError
from core.images import Picture
from core.inside.capture import pixels
from core.inside.evidence.heatmap import Heatmap, enlarge, maps_of
from core.inside.evidence.target import Target, predicted_target
from core.inside.layers.examine import network
from core.inside.trust.agreement import Agreement, agreement
from core.inside.trust.erasing import image_of
from core.models import ImageModel

if TYPE_CHECKING:
    from torch import Tensor

MOVES = {
    "flip": (0, 0),
    "left": (0, -1),
    "right": (0, 1),
    "up": (-1, 0),
    "down": (1, 0),
}
"""Directions, down and across; the first one mirrors left and right."""


@dataclass(frozen=True, eq=False)
class Moved:
    """A map of the picture after a move."""

    move: str
    """One of `MOVES`."""
    heatmap: Heatmap
    """As the moved picture has it; its crop is the moved picture."""
    agreement: Agreement
    """With the map of the picture as it is, after moving back, where both saw the same."""


def stability(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    layer: str | None = None,
    method: str = "gradcam",
    *,
    shift: int = 4,
) -> tuple[Moved, ...]:
    """The same map of the mirrored picture, and of the picture moved by `shift` pixels four ways.

    What the model sees is moved, and its edge pixels fill what becomes free. Maps are compared cell
    by cell where the shift is a multiple of the cells' size, and else at the picture's resolution,
    interpolated; only where both saw the same part. The target is the class that the model predicts
    for the picture as it is where none is given.

    Raises PictureError for a shift that leaves less than half of the picture, ModelError for an
    unknown method, LayerError, DeviceError.
    """
    tensor = pixels(model, picture)
    height, width = (int(side) for side in tensor.shape[-2:])
    if not 1 <= shift <= min(height, width) // 2:
        raise PictureError(
            f"The {width} × {height} pixels that the model sees cannot be moved by {shift:,}: "
            f"choose 1 to {min(height, width) // 2}."
        )
    layer = network(model, (height, width)).for_attribution.name if layer is None else layer
    maps, logits = maps_of(model, tensor, [target], [layer], [method])
    before = maps[layer, method, 0][0]
    target = predicted_target(model.classes, logits[0]) if target is None else target
    found = []
    for move, (rows, columns) in MOVES.items():
        down, across = rows * shift, columns * shift
        moved = tensor.flip(-1) if move == "flip" else _shifted(tensor, down, across)
        maps, logits = maps_of(model, moved, [target], [layer], [method])
        raw = maps[layer, method, 0][0]
        crop = image_of(model, moved[0])
        heatmap = Heatmap(model.name, layer, method, target, raw, float(target(logits[0])), crop)
        if move == "flip":
            pair = before, raw[:, ::-1]
        else:
            pair = _overlapping(before, raw, crop, down, across)
        found.append(Moved(move, heatmap, agreement(*pair)))
    return tuple(found)


def _shifted(tensor: "Tensor", down: int, across: int) -> "Tensor":
    """(N, 3, H, W) moved by whole pixels; the edge is continued."""
    import torch

    height, width = tensor.shape[-2:]
    rows = (torch.arange(height, device=tensor.device) - down).clamp(0, height - 1)
    columns = (torch.arange(width, device=tensor.device) - across).clamp(0, width - 1)
    return tensor[:, :, rows][..., columns]


def _overlapping(
    before: np.ndarray, after: np.ndarray, crop: Image.Image, down: int, across: int
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of two maps that show the same part of the picture, cell on cell."""
    rows, columns = before.shape
    if (down * rows) % crop.height or (across * columns) % crop.width:
        size = (crop.height, crop.width)
        before, after = enlarge(before, size), enlarge(after, size)
    else:
        down, across = down * rows // crop.height, across * columns // crop.width
    rows, columns = before.shape
    stays = before[max(-down, 0) : rows - max(down, 0), max(-across, 0) : columns - max(across, 0)]
    came = after[max(down, 0) : rows - max(-down, 0), max(across, 0) : columns - max(-across, 0)]
    return stays, came
