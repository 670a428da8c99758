"""Parts of a picture erased, and what the network says then."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.errors import ModelError
from core.images import Box, Picture
from core.inside.capture import pixels, run
from core.inside.evidence.heatmap import Heatmap
from core.inside.trust.cells import coarse, hottest_first, stretched
from core.models import ImageModel
from core.models.preprocess import CropBox

if TYPE_CHECKING:
    from torch import Tensor

BASELINES = {"mean": "the mean colour", "blur": "a blurred picture"}
"""What stands where something was erased."""
PARTS = ("hottest", "coldest", "random")
_BLUR = 1 / 16  # standard deviation of the blur, as a part of the shorter side


@dataclass(frozen=True, eq=False)
class Erased:
    """A picture of which a part was erased, in the eyes of a model."""

    probabilities: np.ndarray
    """(classes,) float32, sums to 1."""
    crop: Image.Image
    """What the model saw."""
    share: float
    """Of its pixels that were erased, from 0 to 1."""


def erase(
    model: ImageModel, picture: Picture, where: np.ndarray | Box | CropBox, baseline: str = "mean"
) -> Erased:
    """Erase a part of what the model sees of a picture, and ask it again.

    `where`: (rows, columns) bool, for cells that tile the picture (see `part`), or a rectangle in
    pixels of the crop, of which those are erased whose middle lies inside.
    Raises ModelError for an unknown baseline, DeviceError.
    """
    whole = pixels(model, picture)[0]
    mask = _mask(where, whole.shape[-2], whole.shape[-1])
    variant = replaced(whole, mask, baseline_of(whole, baseline))
    logits = run(model, variant[None])[0].astype(float)
    exponents = np.exp(logits - logits.max())
    probabilities = (exponents / exponents.sum()).astype(np.float32)
    return Erased(probabilities, image_of(model, variant), float(mask.mean()))


def part(heatmap: Heatmap, share: float, which: str = "hottest", seed: int = 0) -> np.ndarray:
    """A share of a map's cells, from 0 to 1, as a mask for `erase`: (rows, columns) bool.

    `which`: the hottest ones by their signed values, the coldest ones, or random ones. A map with
    more than 8 cells down or across is averaged over blocks first, so that random and hottest parts
    differ in their place alone. Ties are broken by `seed`. Raises ModelError.
    """
    if not 0 <= share <= 1:
        raise ModelError(f"{share:g} of the picture cannot be erased: choose a share from 0 to 1.")
    if which not in PARTS:
        raise ModelError(f"There is no part {which!r}: choose {', '.join(PARTS)}.")
    values = coarse(heatmap.raw)
    rng = np.random.default_rng(seed)
    order = rng.permutation(values.size) if which == "random" else hottest_first(values, rng)
    order = order[::-1] if which == "coldest" else order
    mask = np.zeros(values.size, bool)
    mask[order[: round(share * values.size)]] = True
    return mask.reshape(values.shape)


def baseline_of(whole: "Tensor", name: str) -> "Tensor":
    """What stands in the place of (3, H, W). Raises ModelError for a name that there is not."""
    if name not in BASELINES:
        raise ModelError(f"There is no baseline {name!r}: choose {' or '.join(BASELINES)}.")
    if name == "mean":
        return whole.new_zeros(whole.shape)  # normalised values: the mean colour is zero
    return _blurred(whole)


def replaced(whole: "Tensor", mask: np.ndarray, baseline: "Tensor") -> "Tensor":
    """(3, H, W) with the baseline where the mask, (H, W) bool, says so."""
    import torch

    return torch.where(torch.from_numpy(mask).to(whole.device), baseline, whole)


def image_of(model: ImageModel, variant: "Tensor") -> Image.Image:
    """What the model sees in normalised values (3, H, W), as a picture."""
    values = variant.float().cpu().permute(1, 2, 0).numpy()
    levels = values * np.float32(model.preprocess.std) + np.float32(model.preprocess.mean)
    return Image.fromarray((levels.clip(0, 1) * 255).round().astype(np.uint8))


def _blurred(whole: "Tensor") -> "Tensor":
    """By a Gaussian as wide as a sixteenth of the side; the edge is continued beyond itself."""
    import torch
    from torch.nn import functional

    sigma = min(whole.shape[-2:]) * _BLUR
    radius = max(1, round(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=whole.device, dtype=torch.float32)
    bell = torch.exp(-0.5 * (offsets / sigma) ** 2)
    bell = bell / bell.sum()
    blurred = whole.float()[:, None]
    blurred = functional.pad(blurred, (radius, radius, radius, radius), mode="replicate")
    blurred = functional.conv2d(blurred, bell[None, None, :, None])
    blurred = functional.conv2d(blurred, bell[None, None, None, :])
    return blurred[:, 0].to(whole.dtype)


def _mask(where: np.ndarray | Box | CropBox, height: int, width: int) -> np.ndarray:
    if isinstance(where, np.ndarray):
        return np.ascontiguousarray(stretched(where.astype(bool), height, width))
    y, x = np.arange(height) + 0.5, np.arange(width) + 0.5
    rows = (where.top <= y) & (y < where.bottom)
    return rows[:, None] & (where.left <= x) & (x < where.right)
