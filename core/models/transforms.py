"""Settings as JSON can hold them -> the transform of a picture, by the library that it is from.

All kinds have ``kind``, ``input_size``, ``resize``, ``interpolation`` ("bilinear" or "bicubic"),
``mean``, ``std`` and ``squash``, as `core.models.preprocess.Preprocess` has them; timm's have
``crop_pct`` and ``crop_mode`` too, which its own function takes instead of the last of these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from core.compat import mend_torchvision

if TYPE_CHECKING:
    from torch import Tensor

_RESIZES = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def make_transform(settings: Mapping[str, Any]) -> "Callable[[Image.Image], Tensor]":
    """RGB picture -> (3, input_size, input_size) float32, normalised."""
    make = {"own": _own, "torchvision": _torchvision, "timm": _timm}[settings["kind"]]
    return make(settings, tuple(settings["mean"]), tuple(settings["std"]))


@dataclass(frozen=True, slots=True)
class MiddleSquare:
    """Resizes and crops in one step; a picture that has the size already is left as it is."""

    size: int
    interpolation: str
    mean: Sequence[float]
    std: Sequence[float]

    def __call__(self, image: Image.Image) -> "Tensor":
        import torch

        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.resize(
            (self.size, self.size),
            _RESIZES[self.interpolation],
            box=(left, top, left + side, top + side),
        )
        levels = np.asarray(square, np.float32) / 255
        levels -= np.asarray(self.mean, np.float32)
        levels /= np.asarray(self.std, np.float32)
        return torch.from_numpy(np.ascontiguousarray(levels.transpose(2, 0, 1)))


def _own(
    settings: Mapping[str, Any], mean: tuple[float, ...], std: tuple[float, ...]
) -> MiddleSquare:
    return MiddleSquare(settings["input_size"], settings["interpolation"], mean, std)


def _torchvision(
    settings: Mapping[str, Any], mean: tuple[float, ...], std: tuple[float, ...]
) -> "Callable[[Image.Image], Tensor]":
    mend_torchvision()
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms._presets import ImageClassification

    return ImageClassification(
        crop_size=settings["input_size"],
        resize_size=settings["resize"],
        mean=mean,
        std=std,
        interpolation=InterpolationMode(settings["interpolation"]),
    )


def _timm(
    settings: Mapping[str, Any], mean: tuple[float, ...], std: tuple[float, ...]
) -> "Callable[[Image.Image], Tensor]":
    mend_torchvision()
    from timm.data import create_transform

    return create_transform(
        input_size=(3, settings["input_size"], settings["input_size"]),
        interpolation=settings["interpolation"],
        mean=mean,
        std=std,
        crop_pct=settings["crop_pct"],
        crop_mode=settings["crop_mode"],
        is_training=False,
    )
