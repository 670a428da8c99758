"""Changes to a picture that leave what it shows as it is: flips, crops, warps and colours.

With Pillow, by which torchvision's transforms make them too where they are given pictures.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

FLIPS = ("none", "horizontal", "vertical", "both")


@dataclass(frozen=True, slots=True)
class Change:
    """A change by an amount, of which one leaves the picture as it is."""

    title: str
    amount: str
    """What is set: a noun, with its unit."""
    low: float
    high: float
    step: float
    start: float
    """The amount that changes nothing."""
    points: tuple[float, ...]
    """Amounts that show its whole range, `start` among them."""
    make: Callable[[Image.Image, float], Image.Image]

    def __call__(self, image: Image.Image, amount: float) -> Image.Image:
        """An RGB picture of the same size, but for a crop."""
        return image if math.isclose(amount, self.start, abs_tol=1e-9) else self.make(image, amount)


def flip(image: Image.Image, which: float) -> Image.Image:
    """`which` is a position in FLIPS."""
    if FLIPS[int(which)] in ("horizontal", "both"):
        image = ImageOps.mirror(image)
    return ImageOps.flip(image) if FLIPS[int(which)] in ("vertical", "both") else image


def crop(image: Image.Image, area: float, across: float = 0.5, down: float = 0.5) -> Image.Image:
    """A square, as `crop_edges` places it."""
    return image.crop(crop_edges(image.size, area, across, down))


def crop_edges(
    size: tuple[int, int], area: float, across: float = 0.5, down: float = 0.5
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a square with a share of the area of the largest one.

    `across` and `down` say where it lies, from 0 to 1.
    """
    side = max(1, round(math.sqrt(area) * min(size)))
    left, top = round((size[0] - side) * across), round((size[1] - side) * down)
    return left, top, left + side, top + side


def rotate(image: Image.Image, degrees: float) -> Image.Image:
    """Around the middle, against the clock; what comes from outside is black."""
    return image.rotate(degrees, Image.Resampling.BILINEAR)


def zoom(image: Image.Image, factor: float) -> Image.Image:
    """Larger or smaller around the middle, in the same frame."""
    return _affine(image, (1 / factor, 0.0, 0.0, 1 / factor))


def shear(image: Image.Image, degrees: float) -> Image.Image:
    """Each row is moved aside by its distance from the middle times the tangent."""
    return _affine(image, (1.0, math.tan(math.radians(degrees)), 0.0, 1.0))


def brightness(image: Image.Image, factor: float) -> Image.Image:
    """Every value times the factor, cut off at 255."""
    return ImageEnhance.Brightness(image).enhance(factor)


def contrast(image: Image.Image, factor: float) -> Image.Image:
    """The distance from the mean grey times the factor."""
    return ImageEnhance.Contrast(image).enhance(factor)


def saturation(image: Image.Image, factor: float) -> Image.Image:
    """The distance from the grey of the same brightness times the factor; 0 is grey."""
    return ImageEnhance.Color(image).enhance(factor)


def hue(image: Image.Image, turns: float) -> Image.Image:
    """The colour circle turned by a share of a full turn."""
    circle, strength, value = image.convert("HSV").split()
    turned = np.asarray(circle, np.int32) + int(turns * 255)
    circle = Image.fromarray((turned % 256).astype(np.uint8))
    return Image.merge("HSV", (circle, strength, value)).convert("RGB")


def workable(image: Image.Image, least: int) -> Image.Image:
    """A picture of which the shorter side is `least` pixels at most, so that changes are fast."""
    if min(image.size) <= least:
        return image
    width, height = (max(1, round(side * least / min(image.size))) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)


def _affine(image: Image.Image, matrix: tuple[float, float, float, float]) -> Image.Image:
    """Each place takes its colour from matrix · its distance from the middle."""
    (a, b, c, d), (x, y) = matrix, (image.width / 2, image.height / 2)
    coefficients = (a, b, x - a * x - b * y, c, d, y - c * x - d * y)
    kernel = Image.Resampling.BILINEAR
    return image.transform(image.size, Image.Transform.AFFINE, coefficients, kernel)


_FACTORS = (0.0, 0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0)
_AREAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_SIZES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0)
_TO_ONE_SIDE = (15.0, 30.0, 45.0, 60.0, 90.0, 135.0, 180.0)
_ANGLES = (*(-angle for angle in reversed(_TO_ONE_SIDE)), 0.0, *_TO_ONE_SIDE)
_SLANTS = tuple(float(angle) for angle in range(-60, 61, 15))
_TURNS = tuple(number / 10 for number in range(-5, 6))

CHANGES: dict[str, Change] = {
    "flip": Change("Flips", "Flip", 0, 3, 1, 0, (0, 1, 2, 3), flip),
    "crop": Change("Crop", "Share of the area", 0.05, 1.0, 0.05, 1.0, _AREAS, crop),
    "rotation": Change("Rotation", "Degrees", -180.0, 180.0, 5.0, 0.0, _ANGLES, rotate),
    "scale": Change("Scale", "Factor", 0.2, 3.0, 0.1, 1.0, _SIZES, zoom),
    "shear": Change("Shear", "Degrees", -60.0, 60.0, 5.0, 0.0, _SLANTS, shear),
    "brightness": Change("Brightness", "Factor", 0.0, 3.0, 0.1, 1.0, _FACTORS, brightness),
    "contrast": Change("Contrast", "Factor", 0.0, 3.0, 0.1, 1.0, _FACTORS, contrast),
    "saturation": Change("Saturation", "Factor", 0.0, 3.0, 0.1, 1.0, _FACTORS, saturation),
    "hue": Change("Hue", "Turns of the colour circle", -0.5, 0.5, 0.05, 0.0, _TURNS, hue),
}
"""By the name that an address gives them."""
