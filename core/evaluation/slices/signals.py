"""What can be measured of a picture at once: size, light, colour, sharpness, and what is cut off.

Cheap enough to be measured of every picture that is decoded anyway: under half a millisecond.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from core.models import Preprocess


@dataclass(frozen=True, slots=True)
class Signal:
    """One property; its values are float32, NaN where it is not known."""

    name: str
    """The key."""
    label: str
    unit: str
    """Empty for a number without one."""
    low: float
    high: float
    """The range of its values; infinite where there is no upper end."""
    meaning: str


SIGNALS = (
    Signal("width", "Width", "px", 1, np.inf, "Width of the upright picture."),
    Signal("height", "Height", "px", 1, np.inf, "Height of the upright picture."),
    Signal("aspect", "Aspect ratio", "", 0, np.inf, "Width divided by height."),
    Signal("brightness", "Brightness", "levels", 0, 255, "Mean luma, 0.299 R + 0.587 G + 0.114 B."),
    Signal("contrast", "Contrast", "levels", 0, 127.5, "Standard deviation of the luma."),
    Signal(
        "sharpness", "Sharpness", "levels²", 0, np.inf,
        "Variance of the Laplacian of the luma in the middle half, the picture's shorter side "
        "brought to 192 pixels; low for what is blurred, and for what is smooth.",
    ),
    Signal(
        "colourfulness", "Colourfulness", "", 0, 298,
        "After Hasler and Süsstrunk, 2003: 0 for grey, 15 slightly, 45 averagely, 82 highly "
        "colourful.",
    ),
    Signal("grey", "Grey", "", 0, 1, "1 for a picture without colour, else 0."),
    Signal("lost", "Cut off", "share", 0, 1, "Share of the area that the centre crop leaves out."),
)  # fmt: skip
"""What `signals` measures, in its order."""

BOX_SIGNALS = (
    Signal("box_size", "Size of the object", "share", 0, 1, "Share of the area in its box."),
    Signal(
        "box_distance", "Distance from the centre", "", 0, 1,
        "From the centre of the object's box to that of the picture: 0 there, 1 in a corner.",
    ),
)  # fmt: skip
"""What `box_signals` measures, in its order."""

ALL_SIGNALS = SIGNALS + BOX_SIGNALS
"""What can be known of a picture, the box last: not every data set has them."""

GREY = 2.0
"""Colourfulness below which a picture is grey; an old print's even tint is not grey."""
_GRID = 64  # pixels looked at across and down, for light and colour
_SIDE = 96  # the shorter side of the middle half, at which sharpness is measured
# luma (ITU-R BT.601), and the opponents red - green and yellow - blue of Hasler and Süsstrunk
_PLANES = np.array([[0.299, 0.587, 0.114], [1, -1, 0], [0.5, 0.5, -1]], np.float32)


def signals(image: Image.Image, preprocess: "Preprocess") -> np.ndarray:
    """An RGB picture and what a model makes of pictures -> the values of `SIGNALS`, float32.

    Light and colour are of 64 x 64 pixels on an even grid, which are not averaged, so that contrast
    and colour stay what they are.
    """
    width, height = image.size
    pixels = np.asarray(image.resize((_GRID, _GRID), Image.Resampling.NEAREST), np.float32)
    planes = _PLANES @ pixels.reshape(-1, 3).T
    means, spreads = planes.mean(1), planes.std(1)
    # M̂³ of "Measuring colourfulness in natural images", SPIE 2003
    colourfulness = float(np.hypot(*spreads[1:]) + 0.3 * np.hypot(*means[1:]))
    values = {
        "width": width,
        "height": height,
        "aspect": width / height,
        "brightness": means[0],
        "contrast": spreads[0],
        "sharpness": _sharpness(image),
        "colourfulness": colourfulness,
        "grey": colourfulness < GREY,
        "lost": 1 - preprocess.seen_share(width, height),
    }
    return np.array([values[signal.name] for signal in SIGNALS], np.float32)


def box_signals(boxes: np.ndarray, widths: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """(n, 4) boxes as in `Dataset.boxes`, (n,) sizes of the pictures -> (n, 2) `BOX_SIGNALS`.

    Float32; NaN where there is no box. What sticks out of the picture does not count.
    """
    sides = np.stack([widths, heights], 1).astype(np.float64)
    low = np.clip(boxes[:, :2], 0, sides)
    high = np.clip(boxes[:, 2:] + 1.0, 0, sides)
    size = ((high - low) / sides).clip(0).prod(1)
    distance = np.hypot(*((low + high - sides) / sides).T) / np.sqrt(2)
    return np.stack([size, distance], 1).astype(np.float32)


def _sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian at a fixed scale; the measure of Pech-Pacheco et al., ICPR 2000."""
    width, height = image.size
    # of a ribbon less, or enlarging it would have no end
    left, top = max(width // 4, width // 2 - 2 * height), max(height // 4, height // 2 - 2 * width)
    grey = image.crop((left, top, width - left, height - top)).convert("L")
    grey = grey.reduce(max(1, min(grey.size) // (2 * _SIDE)))  # of large ones; fast
    scale = _SIDE / min(grey.size)
    size = tuple(round(side * scale) for side in grey.size)
    levels = np.asarray(grey.resize(size, Image.Resampling.BILINEAR), np.float32)
    laplacian = 4 * levels[1:-1, 1:-1]
    for neighbour in (levels[:-2, 1:-1], levels[2:, 1:-1], levels[1:-1, :-2], levels[1:-1, 2:]):
        laplacian -= neighbour
    return float(laplacian.var())
