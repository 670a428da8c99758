"""Heat maps over a picture: one colour scale in the maps' own units, overlays, and the bar.

In the colours lightness grows in equal steps from zero (CIELAB L* 18) to either end (90): over red
and orange to yellow for what speaks for a target, over blue to cyan for what speaks against it.
Yellow and blue stay apart for colour-blind eyes. The opacity grows with the distance from zero, so
that cold places show the picture, which lies below in grey: its own colours would be taken for
heat.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from core.inside.evidence.heatmap import enlarge

if TYPE_CHECKING:
    import plotly.graph_objects as go

OPACITY = 0.85  # of the hottest place
_DIMMED = 0.75  # the picture below, so that the light end stands out
_MID_GREY = 128
_BLUE_TO_YELLOW = (
    "77f5fe 23dcf7 1ec0e4 1aa5d0 158abc 1070a7 2d5686 383f59 2c2c2c "
    "60332d 9e2a18 c23a05 d55d08 e77d0c f59d11 febf2f fee17f"
)
_ANCHORS = np.array([tuple(bytes.fromhex(colour)) for colour in _BLUE_TO_YELLOW.split()], float)
_STEPS = 128  # of the bar, on either side of zero


@dataclass(frozen=True, slots=True)
class Scale:
    """What the colours stand for: values from -high (0 if nothing is negative) to high.

    `high` is in the units of the maps; it is 0 where all of them are zero everywhere, and then
    nothing is drawn.
    """

    high: float
    signed: bool

    def shares(self, values: np.ndarray) -> np.ndarray:
        """The values as parts of `high`, from -1 to 1; beyond the scale they are cut.

        What is no number counts as zero.
        """
        if not self.high:
            return np.zeros(values.shape)
        return np.nan_to_num(values / self.high, nan=0.0).clip(-1, 1)


def shared_scale(maps: Iterable[np.ndarray]) -> Scale:
    """The one scale on which all the maps fit, but for values that are no numbers."""
    finite = [values[np.isfinite(values)] for values in maps]
    high = max((float(np.abs(values).max(initial=0)) for values in finite), default=0.0)
    return Scale(high, any(bool((values < 0).any()) for values in finite))


def stretch(values: np.ndarray, height: int, width: int, smooth: bool) -> np.ndarray:
    """A map on a finer grid: bilinear between the centres of the cells, or the cells as they are.

    (rows, columns) -> (height, width).
    """
    if smooth:
        return enlarge(values, (height, width))
    rows, columns = values.shape
    return values[_nearest(rows, height)][:, _nearest(columns, width)]


def colours(shares: np.ndarray) -> np.ndarray:
    """From -1 to 1 -> RGB, (..., 3) floats from 0 to 255."""
    at = np.linspace(-1, 1, len(_ANCHORS))
    return np.stack([np.interp(shares, at, _ANCHORS[:, c]) for c in range(3)], axis=-1)


def over_grey(shares: np.ndarray, grey: np.ndarray | float = _MID_GREY) -> np.ndarray:
    """What is seen where the picture's brightness is `grey`, 0 to 255: RGB, (..., 3) uint8."""
    opacity = OPACITY * np.abs(shares)[..., None]
    below = _DIMMED * np.broadcast_to(grey, shares.shape)[..., None]
    return (below * (1 - opacity) + colours(shares) * opacity).round().astype(np.uint8)


def overlay(
    picture: Image.Image, values: np.ndarray, scale: Scale, smooth: bool = False
) -> Image.Image:
    """The map over the picture in grey, at the picture's size."""
    shares = scale.shares(stretch(values, picture.height, picture.width, smooth))
    return Image.fromarray(over_grey(shares, np.asarray(picture.convert("L"), float)))


def enlarged(picture: Image.Image, least: int) -> Image.Image:
    """Whole multiples of the pixels, so that both sides have at least `least`."""
    times = max(1, -(-least // min(picture.size)))
    size = (picture.width * times, picture.height * times)
    return picture.resize(size, Image.Resampling.NEAREST)


def with_box(
    picture: Image.Image, box: tuple[float, float, float, float], thickness: int = 3
) -> Image.Image:
    """The picture with a rectangle: top, left, bottom, right, ends exclusive, as parts of 0 to 1.

    Drawn white within black, so that it shows on any picture.
    """
    drawn = picture.convert("RGB")
    draw = ImageDraw.Draw(drawn)
    top, left, bottom, right = box
    outer = (
        round(left * picture.width),
        round(top * picture.height),
        max(round(right * picture.width) - 1, round(left * picture.width)),
        max(round(bottom * picture.height) - 1, round(top * picture.height)),
    )
    draw.rectangle(outer, outline="black", width=thickness + 2)
    draw.rectangle(outer, outline="white", width=thickness)
    return drawn


def png(picture: Image.Image) -> bytes:
    """The picture's file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def colour_strip(scale: Scale, width: int = 512, height: int = 14) -> Image.Image:
    """The colours from the scale's lowest value to its highest, as they are over mid-grey."""
    shares = np.linspace(-1.0 if scale.signed else 0.0, 1, width)
    return Image.fromarray(np.tile(over_grey(shares), (height, 1, 1)))


def colour_bar(scale: Scale, unit: str) -> "go.Figure":
    """The scale as a flat bar with its values, in the colours that they have over mid-grey."""
    import plotly.graph_objects as go

    shares = np.linspace(-1 if scale.signed else 0, 1, _STEPS * (1 + scale.signed) + 1)
    figure = go.Figure(
        go.Heatmap(
            x=shares * (scale.high or 1.0),
            y=[0],
            z=[shares],
            zmin=shares[0],
            zmax=1,
            colorscale=[
                [at, f"rgb({r},{g},{b})"]
                for at, (r, g, b) in zip(
                    np.linspace(0, 1, len(shares)), over_grey(shares).tolist(), strict=True
                )
            ],
            showscale=False,
            hovertemplate=f"%{{x:.3g}} {unit}<extra></extra>",
        )
    )
    figure.update_layout(
        height=72,
        margin={"l": 8, "r": 8, "t": 4, "b": 52},
        xaxis={"title": {"text": unit, "standoff": 6}, "showgrid": False, "zeroline": False},
        yaxis={"visible": False},
        dragmode=False,
    )
    return figure


def _nearest(cells: int, pixels: int) -> np.ndarray:
    """The cell of each pixel."""
    return ((np.arange(pixels) + 0.5) * cells / pixels).astype(int)
