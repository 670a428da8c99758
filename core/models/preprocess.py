"""From a picture to the tensor that a model was trained to see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from core.models.transforms import MiddleSquare, make_transform

if TYPE_CHECKING:
    from torch import Tensor, nn

# beyond this ratio of the sides a picture is cut to it, around its centre, before anything else:
# resizing 20,000 x 1 pixels by the shorter side would make billions, of which the crop shows a few
MAX_ASPECT = 32


class CropBox(NamedTuple):
    """A rectangle in what the model sees, by its edges, in pixels.

    The first pixel reaches from 0 to 1, so `right` minus `left` is the width.
    """

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Preprocess:
    """A model's own transform, which can also show and say what it does."""

    transform: Callable[[Image.Image], "Tensor"]
    input_size: int
    """Side of the square that the model sees, in pixels."""
    resize: int
    """The side to which pictures are brought before the middle is cut out, in pixels."""
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    squash: bool = False
    """Both sides are brought to `resize`, not the shorter one alone."""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """All of it as JSON can hold it; `from_settings` makes the same transform of it."""

    def __call__(self, image: Image.Image) -> "Tensor":
        """RGB picture -> (3, input_size, input_size) float32 on the CPU, normalised."""
        return self.transform(image if self.squash else _cut_to_aspect(image))

    def crop(self, image: Image.Image) -> Image.Image:
        """What the model sees of a picture, input_size pixels square."""
        tensor = self(image).permute(1, 2, 0).numpy()
        levels = tensor * np.asarray(self.std, np.float32) + np.asarray(self.mean, np.float32)
        return Image.fromarray((levels.clip(0, 1) * 255).round().astype(np.uint8))

    def place(self, box: Sequence[float], width: int, height: int) -> CropBox | None:
        """Where a rectangle of a picture lies in what the model sees of it, cut to that.

        `box` is xmin, ymin, xmax, ymax in pixels of the upright picture of `width` x `height`, both
        ends inclusive, as data sets give it. None where the model sees nothing of it, and for a box
        of NaN, which is none.
        """
        x, y = self._seen(width, height)
        left, right = (x.carry(edge, self.input_size) for edge in (box[0], box[2] + 1))
        top, bottom = (y.carry(edge, self.input_size) for edge in (box[1], box[3] + 1))
        return CropBox(left, top, right, bottom) if left < right and top < bottom else None

    def seen_share(self, width: int, height: int) -> float:
        """The share of a picture's area that is in what the model sees, above 0 and at most 1."""
        whole = 1.0
        for side, stretch in zip((width, height), self._seen(width, height), strict=True):
            whole *= (min(stretch.start + stretch.length, side) - max(stretch.start, 0)) / side
        return whole

    def describe(self) -> str:
        """The transform in words."""
        size, resize = self.input_size, self.resize
        sides = f"Both sides to {resize}" if self.squash else f"Shorter side to {resize}"
        crop = "" if self.squash and size == resize else f", then the middle {size} × {size}"
        return (
            f"{sides} pixels ({self.interpolation}){crop}; values from 0 to 1, minus "
            f"{_numbers(self.mean)}, divided by {_numbers(self.std)} (red, green, blue)."
        )

    def _seen(self, width: int, height: int) -> "tuple[_Stretch, _Stretch]":
        """Which part of a picture's columns, and of its rows, the model sees."""
        if self.squash:
            return self._middle(width, self.resize), self._middle(height, self.resize)
        limit = MAX_ASPECT * min(width, height)
        cut = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
        width, height = width - 2 * cut[0], height - 2 * cut[1]
        short = min(width, height)
        if isinstance(self.transform, MiddleSquare):
            x, y = (_Stretch((side - short) // 2, short) for side in (width, height))
        else:
            # the longer side is rounded down, as torchvision and timm do
            x, y = (self._middle(side, int(self.resize * side / short)) for side in (width, height))
        return _Stretch(x.start + cut[0], x.length), _Stretch(y.start + cut[1], y.length)

    def _middle(self, side: int, resized: int) -> "_Stretch":
        """Of a side that is resized before `input_size` pixels are cut out of its middle."""
        first = round((resized - self.input_size) / 2)
        if first < 0:  # it is framed in black, with the odd pixel at the end
            first = -((self.input_size - resized) // 2)
        return _Stretch(first * side / resized, self.input_size * side / resized)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a picture's width or height, in its pixels."""

    start: float
    length: float

    def carry(self, edge: float, size: int) -> float:
        """To a side of `size` pixels that shows this part alone; kept within it."""
        return min(max((edge - self.start) / self.length * size, 0.0), float(size))


def torchvision_preprocess(transforms: Any) -> Preprocess:  # noqa: ANN401
    """Of the ``transforms()`` that come with torchvision's weights."""
    return from_settings(
        {
            "kind": "torchvision",
            "input_size": transforms.crop_size[0],
            "resize": transforms.resize_size[0],
            "interpolation": transforms.interpolation.value,
            "mean": list(transforms.mean),
            "std": list(transforms.std),
            "squash": False,
        }
    )


def timm_preprocess(module: "nn.Module") -> Preprocess:
    """Of a timm model: the evaluation transform for the size at which it was trained."""
    return from_settings(timm_settings(module.pretrained_cfg))  # type: ignore[arg-type]


def timm_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Of the configuration that comes with a timm model's weights."""
    from timm.data import resolve_data_config

    config = resolve_data_config(pretrained_cfg=config)
    size = config["input_size"][-1]
    return {
        "kind": "timm",
        "input_size": size,
        "resize": int(size / config["crop_pct"]),
        "interpolation": config["interpolation"],
        "mean": list(config["mean"]),
        "std": list(config["std"]),
        "squash": config["crop_mode"] == "squash",
        "crop_pct": config["crop_pct"],
        "crop_mode": config["crop_mode"],
    }


def own_preprocess(metadata: Mapping[str, Any]) -> Preprocess:
    """Of a model of ours: the largest square in the middle, resized. Needs no torchvision."""
    return from_settings(
        {
            "kind": "own",
            "input_size": metadata["input_size"],
            "resize": metadata["input_size"],
            "interpolation": metadata["resize"],
            "mean": list(metadata["mean"]),
            "std": list(metadata["std"]),
            "squash": False,
        }
    )


def saved_preprocess(metadata: Mapping[str, Any]) -> Preprocess:
    """Of what a model file of ours says of itself, in either format."""
    settings = metadata.get("preprocess")
    return own_preprocess(metadata) if settings is None else from_settings(settings)


def from_settings(settings: Mapping[str, Any]) -> Preprocess:
    """The transform that these settings describe, `Preprocess.settings` of one that was."""
    return Preprocess(
        transform=make_transform(settings),
        input_size=settings["input_size"],
        resize=settings["resize"],
        interpolation=settings["interpolation"],
        mean=tuple(settings["mean"]),
        std=tuple(settings["std"]),
        squash=settings["squash"],
        settings=settings,
    )


def resized(settings: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The same transform to another size: it cuts away the same share of a picture."""
    if settings["kind"] == "timm":
        resize = int(size / settings["crop_pct"])
    else:
        resize = round(size * settings["resize"] / settings["input_size"])
    return {**settings, "input_size": size, "resize": resize}


def _cut_to_aspect(image: Image.Image) -> Image.Image:
    """At most MAX_ASPECT times as long as wide; the centre stays where it is."""
    width, height = image.size
    limit = MAX_ASPECT * min(width, height)
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    if left == top == 0:
        return image
    return image.crop((left, top, width - left, height - top))


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
