"""The steps of preprocessing as pictures, and what mistakes do to a prediction as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.figures.heatmap import colours, enlarged, png, with_box
from core.lab.preprocessing import Frame

if TYPE_CHECKING:
    import plotly.graph_objects as go

_RIGHT, _WRONG, _OTHER = "#4E9FCB", "#d55d08", "rgba(138,148,163,0.7)"
_SIDE = 320  # pixels at most of a picture that comes in any size
_SHARP = 192  # and at least of a small one, with its pixels as squares
_GAP = 6  # pixels between planes
_LEAST_MARK = 0.025  # of a side: a smaller mark would not be seen


def framed(image: Image.Image, frames: Sequence[Frame]) -> bytes:
    """A PNG of a picture, made smaller or larger, with rectangles; small ones are widened."""
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    small = enlarged(small, _SHARP) if max(small.size) < _SHARP else small
    for frame in frames:
        top, bottom = _wide_enough(frame.top / image.height, frame.bottom / image.height)
        left, right = _wide_enough(frame.left / image.width, frame.right / image.width)
        small = with_box(small, (top, left, bottom, right), thickness=2)
    return png(small)


def planes(tensor: np.ndarray) -> bytes:
    """A PNG of the channels of (3, height, width) side by side: blue below zero, yellow above."""
    values = tensor / (np.abs(tensor).max() or 1.0)
    tiles = [
        enlarged(Image.fromarray(colours(plane).round().astype(np.uint8)), _SHARP)
        for plane in values
    ]
    side = tiles[0].width
    strip = Image.new("RGBA", (len(tiles) * (side + _GAP) - _GAP, side))  # transparent between
    for number, tile in enumerate(tiles):
        strip.paste(tile, (number * (side + _GAP), 0))
    return png(strip)


def mistake_bars(titles: Sequence[str], probabilities: Sequence[float], chosen: int) -> "go.Figure":
    """The probability of one class after each of several ways; the first one is the right way."""
    import plotly.graph_objects as go

    lit = [_RIGHT] + [_OTHER] * (len(titles) - 1)
    lit[chosen] = _WRONG if chosen else _RIGHT
    figure = go.Figure(
        go.Bar(
            x=list(probabilities),
            y=list(titles),
            orientation="h",
            marker={"color": lit},
            text=[f"{p:.1%}" for p in probabilities],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=30 + 28 * len(titles),
        margin={"l": 0, "r": 44, "t": 4, "b": 0},
        dragmode=False,
        xaxis={"showticklabels": False, "rangemode": "tozero", "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True},
    )
    return figure


def _wide_enough(start: float, end: float) -> tuple[float, float]:
    """A part of a side, within it, and no smaller than what can be seen."""
    start, end = max(start, 0.0), min(end, 1.0)
    lack = max(0.0, _LEAST_MARK - (end - start)) / 2
    return start - lack, end + lack
