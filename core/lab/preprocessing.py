"""From a picture to the tensor that a network was trained to see, one step after the other.

`core.models.Preprocess` does all of it in one call; the last step here equals what that gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageStat

from core.errors import ModelError


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model wants its pictures."""

    input_size: int
    """Side of the square that the model sees, in pixels."""
    resize: int
    """The side to which pictures are brought before the middle is cut out, in pixels."""
    interpolation: str
    """As Pillow and torchvision name it: "bilinear", "bicubic"."""
    mean: tuple[float, ...]
    """Of red, green and blue, which lie between 0 and 1."""
    std: tuple[float, ...]
    squash: bool = False
    """Both sides are brought to `resize`, not the shorter one alone."""
    square_first: bool = False
    """The largest square in the middle is cut out first; it is resized to `input_size`."""
    longest: int | None = None
    """Pictures longer than that many times their width are cut to it first; squashed ones not."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of a picture by its edges, in pixels: the first one reaches from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom

    def part(self, column: int, row: int, size: int) -> "Frame":
        """One cell of it, when it is divided into `size` x `size`."""
        across, down = (self.right - self.left) / size, (self.bottom - self.top) / size
        left, top = self.left + column * across, self.top + row * down
        return Frame(left, top, left + across, top + down)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the values of a step, for red, green and blue."""

    shape: tuple[int, int, int]
    dtype: str
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Step:
    """What a picture is at one point of the way."""

    name: str
    """picture, resized, cropped, scaled or normalised."""
    values: Image.Image | np.ndarray
    """A picture, or (3, height, width) float32."""

    def statistics(self) -> Statistics:
        """Of its values: whole numbers from 0 to 255, or floats."""
        if isinstance(self.values, Image.Image):
            of = ImageStat.Stat(self.values)
            low, high = zip(*of.extrema, strict=True)
            shape = (self.values.height, self.values.width, 3)
            return Statistics(shape, "uint8", low, high, tuple(of.mean), tuple(of.stddev))
        planes = self.values.reshape(3, -1)
        found = (planes.min(1), planes.max(1), planes.mean(1, float), planes.std(1, float))
        return Statistics(self.values.shape, str(planes.dtype), *(tuple(f.tolist()) for f in found))


@dataclass(frozen=True, eq=False)
class Way:
    """All steps from a picture to a model's input."""

    settings: Settings
    frame: Frame
    """What the model sees of the picture, which may reach beyond its edges."""
    crop: Image.Image
    """What the model sees of it, input_size pixels square, before its values are scaled."""
    scaled: np.ndarray
    """(3, input_size, input_size) float32: its values from 0 to 1."""
    tensor: np.ndarray
    """Those minus the mean, divided by the standard deviation: the model's input."""
    before: tuple[Step, ...]
    """The picture, and it cropped and resized in the model's order; the second ends in `crop`."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, in their order."""
        ends = (Step("scaled", self.scaled), Step("normalised", self.tensor))
        return (*self.before, *ends)


def read_settings(settings: Mapping[str, Any], longest: int) -> Settings:
    """Of a model's `Preprocess.settings`; `longest` as in `Settings`.

    Raises ModelError for a model that wants a picture framed as a whole, as few of timm's do.
    """
    if settings.get("crop_mode") == "border":
        raise ModelError(
            "This model has pictures framed, not cropped, which is not shown here: choose another."
        )
    return Settings(
        settings["input_size"],
        settings["resize"],
        settings["interpolation"],
        tuple(settings["mean"]),
        tuple(settings["std"]),
        squash=settings["squash"],
        square_first=settings["kind"] == "own",
        longest=longest,
    )


def follow(image: Image.Image, settings: Settings) -> Way:
    """Take an RGB picture through all steps."""
    whole = _within_aspect(image.size, settings)
    if settings.square_first:
        square = _middle_square(whole)
        crop = _resized(image, (settings.input_size, settings.input_size), settings, square)
        between = (Step("cropped", image.crop(square)), Step("resized", crop))
        frame = Frame(*square)
    else:
        resized = resize(image.crop(whole), settings)
        edges = middle(resized.size, settings.input_size)
        crop = resized.crop(edges)
        between = (Step("resized", resized), Step("cropped", crop))
        frame = _carried_back(edges, resized.size, whole)
    scaled = scale(crop)
    tensor = normalise(scaled, settings.mean, settings.std)
    return Way(settings, frame, crop, scaled, tensor, (Step("picture", image), *between))


def resize(image: Image.Image, settings: Settings) -> Image.Image:
    """Its shorter side, or both, to `resize`; the longer is rounded down, as torchvision does."""
    if settings.squash:
        return _resized(image, (settings.resize, settings.resize), settings)
    width, height = (int(settings.resize * side / min(image.size)) for side in image.size)
    return _resized(image, (width, height), settings)


def middle(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    """The edges of the middle square in a picture of (width, height), as torchvision has them.

    They lie outside of a picture that is smaller; Pillow makes that black.
    """
    left, top = (
        round((length - side) / 2) if length >= side else -((side - length) // 2) for length in size
    )
    return left, top, left + side, top + side


def scale(image: Image.Image) -> np.ndarray:
    """(3, height, width) float32 from 0 to 1, as torchvision's ``to_tensor``."""
    return np.ascontiguousarray((np.asarray(image, np.float32) / 255).transpose(2, 0, 1))


def normalise(values: np.ndarray, mean: Sequence[float], std: Sequence[float]) -> np.ndarray:
    """(3, height, width): each channel minus its mean, divided by its standard deviation."""
    shift, divisor = (np.asarray(of, np.float32)[:, None, None] for of in (mean, std))
    return (values - shift) / divisor


def reach(way: Way) -> tuple[int, int]:
    """From how many columns and rows of the picture one pixel of the crop is averaged, about.

    Pillow's kernels, widened when a picture is made smaller, reach 1 (bilinear) or 2 (bicubic)
    pixels of the result to either side.
    """
    cell = way.frame.part(0, 0, way.settings.input_size)
    width = 4 if way.settings.interpolation == "bicubic" else 2
    sides = cell.right - cell.left, cell.bottom - cell.top
    across, down = (round(width * max(side, 1.0)) for side in sides)
    return across, down


def shown(tensor: np.ndarray, mean: Sequence[float], std: Sequence[float]) -> Image.Image:
    """The picture for which a normalised tensor stands; what lies outside of 0 to 1 is cut off."""
    shift, factor = (np.asarray(of, np.float32)[:, None, None] for of in (mean, std))
    levels = (tensor * factor + shift).clip(0, 1) * 255
    return Image.fromarray(levels.round().astype(np.uint8).transpose(1, 2, 0))


def _within_aspect(size: tuple[int, int], settings: Settings) -> tuple[int, int, int, int]:
    """The edges of the part of a picture that is used at all."""
    if settings.squash or settings.longest is None:
        return 0, 0, *size
    left, top = (max(0, (side - settings.longest * min(size)) // 2) for side in size)
    return left, top, size[0] - left, size[1] - top


def _middle_square(whole: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = whole
    side = min(right - left, bottom - top)
    left += (right - left - side) // 2
    top += (bottom - top - side) // 2
    return left, top, left + side, top + side


def _resized(
    image: Image.Image,
    size: tuple[int, int],
    settings: Settings,
    box: tuple[int, int, int, int] | None = None,
) -> Image.Image:
    """From a box of it or all of it; at the box's edges the kernel reads beyond them."""
    kernel = Image.Resampling[settings.interpolation.upper()]
    return image.resize(size, kernel, box=box)


def _carried_back(
    edges: tuple[int, int, int, int], size: tuple[int, int], whole: tuple[int, int, int, int]
) -> Frame:
    """A rectangle of the resized picture, in pixels of the picture of which `whole` was taken."""
    across, down = (whole[2] - whole[0]) / size[0], (whole[3] - whole[1]) / size[1]
    return Frame(
        whole[0] + edges[0] * across,
        whole[1] + edges[1] * down,
        whole[0] + edges[2] * across,
        whole[1] + edges[3] * down,
    )
