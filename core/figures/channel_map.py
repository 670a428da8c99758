"""A feature map in colours: as a small picture, and large over what the model saw.

Maps without negative values are drawn in "viridis" (van der Walt, Smith 2015), the others in the
colours of the heat maps, blue below zero and yellow above: both have even steps of lightness and
can be told apart by colour-blind eyes, and in both yellow is much and dark is nothing.
"""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.figures import heatmap
from core.images import enlarge

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_TARGETS = 28
"""Cells on a side that can be clicked one by one; of finer grids every second one or fewer can."""

_VIRIDIS = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725"
_ANCHORS = np.array([tuple(bytes.fromhex(colour)) for colour in _VIRIDIS.split()], float)
_SHARP = 256  # pixels: pictures with fewer on a side are enlarged, or browsers would smear them
_SIDE = 300  # of a figure, in pixels
_STEPS = 51  # of Plotly's colour scale
_CLEAREST, _DENSEST = 0.25, 0.9  # opacities over the picture


@dataclass(frozen=True, slots=True)
class ColourRange:
    """The values at the two ends of the colours; around zero where there are negative ones."""

    low: float
    high: float
    signed: bool

    def table(self) -> np.ndarray:
        """(256, 3) uint8, from low to high."""
        if self.signed:
            return heatmap.colours(np.linspace(-1, 1, 256)).round().astype(np.uint8)
        at = np.linspace(0, 1, 256)
        steps = np.linspace(0, 1, len(_ANCHORS))
        bands = [np.interp(at, steps, _ANCHORS[:, band]) for band in range(3)]
        return np.stack(bands, axis=-1).round().astype(np.uint8)

    def levels(self, values: np.ndarray) -> np.ndarray:
        """Positions in the table, uint8; all 0 where low and high are the same."""
        span = self.high - self.low
        if not span > 0:
            return np.zeros(values.shape, np.uint8)
        return np.rint((values - self.low).clip(0, span) * (255 / span)).astype(np.uint8)


def colour_range(values: np.ndarray, signed: bool) -> ColourRange:
    """The range on which all the values fit; `signed` puts zero in its middle."""
    low, high = float(values.min()), float(values.max())
    if not signed:
        return ColourRange(low, high, False)
    most = max(abs(low), abs(high))
    # of an empty map zero still lies in the middle
    return ColourRange(-most or -1.0, most or 1.0, True)


def tile(values: np.ndarray, colours: ColourRange) -> bytes:
    """A PNG with one pixel for each cell of (rows, columns)."""
    picture = Image.fromarray(colours.levels(values))
    picture.putpalette(colours.table().tobytes())
    return _png(picture)


def large_tile(values: np.ndarray, colours: ColourRange, least: int) -> bytes:
    """The same with whole multiples of the cells, at least `least` pixels on a side."""
    return enlarge(Image.fromarray(colours.table()[colours.levels(values)]), least)


def channel_map(
    values: np.ndarray,
    colours: ColourRange,
    crop: Image.Image,
    cell: tuple[int, int],
    over: bool,
) -> "go.Figure":
    """One map (rows, columns) with its bar, over the picture if `over`; `cell` is framed.

    Invisible markers deliver clicks; their `customdata` is row, column and value.
    """
    import plotly.graph_objects as go

    rows, columns = values.shape
    down, across = crop.height / rows, crop.width / columns
    low, high = colours.low, colours.high
    figure = go.Figure(
        [
            go.Heatmap(
                z=values,
                x0=across / 2,
                dx=across,
                y0=down / 2,
                dy=down,
                zmin=low,
                zmax=high if high > low else low + 1,
                colorscale=_colour_scale(colours, over),
                colorbar={
                    "orientation": "h",
                    "thickness": 12,
                    "len": 1.0,
                    "lenmode": "fraction",
                    "y": 0,
                    "yanchor": "top",
                    "ypad": 6,
                    "xpad": 0,
                    "outlinewidth": 0,
                },
                hoverinfo="skip",
            ),
            _targets(values, down, across),
        ]
    )
    if over:
        figure.add_layout_image(picture_below(crop))
    row, column = cell
    frame = (column * across, row * down, (column + 1) * across, (row + 1) * down)
    add_box(figure, frame, dash="solid")
    lay_out(figure, crop)
    figure.update_layout(height=_SIDE + 40)
    return figure


def _colour_scale(colours: ColourRange, clear: bool) -> list[tuple[float, str]]:
    """As Plotly wants it; `clear` lets the picture through where there is little."""
    table = colours.table()[:: 255 // _STEPS].tolist()
    scale = []
    for at, (red, green, blue) in zip(np.linspace(0, 1, _STEPS + 1), table, strict=True):
        share = abs(2 * at - 1) if colours.signed else at
        opacity = _CLEAREST + (_DENSEST - _CLEAREST) * share if clear else 1.0
        scale.append((float(at), f"rgba({red},{green},{blue},{opacity:.3f})"))
    return scale


def _targets(values: np.ndarray, down: float, across: float) -> "go.Scatter":
    """Markers in the middle of the cells, or of blocks of cells where there are too many."""
    import plotly.graph_objects as go

    rows, columns = values.shape
    step = -(-max(rows, columns) // MOST_TARGETS)
    at = [
        (row, column)
        for row in range(min(step // 2, rows - 1), rows, step)
        for column in range(min(step // 2, columns - 1), columns, step)
    ]
    return go.Scatter(
        x=[(column + 0.5) * across for _, column in at],
        y=[(row + 0.5) * down for row, _ in at],
        customdata=[[row, column, float(values[row, column])] for row, column in at],
        mode="markers",
        marker={"symbol": "square", "size": _SIDE * step / max(rows, columns), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="row %{customdata[0]}, column %{customdata[1]}: "
        "%{customdata[2]:.4g}<extra></extra>",
        showlegend=False,
    )


def picture_below(crop: Image.Image) -> dict[str, object]:
    """The crop as a layout image that fills the axes."""
    return {
        "source": picture_url(crop),
        "xref": "x",
        "yref": "y",
        "x": 0,
        "y": 0,
        "sizex": crop.width,
        "sizey": crop.height,
        "sizing": "stretch",
        "layer": "below",
    }


def picture_url(picture: Image.Image) -> str:
    """The picture as an address that holds it."""
    sharp = enlarge(picture, _SHARP) if min(picture.size) < _SHARP else _png(picture)
    return "data:image/png;base64," + base64.b64encode(sharp).decode()


def add_box(
    figure: "go.Figure",
    frame: tuple[float, float, float, float],
    dash: str,
    colour: str = "#FFFFFF",
) -> None:
    """A rectangle (left, top, right, bottom) in a colour within black, seen on any picture."""
    left, top, right, bottom = frame
    for line in ({"color": "#000000", "width": 4}, {"color": colour, "width": 2, "dash": dash}):
        figure.add_shape(type="rect", x0=left, y0=top, x1=right, y1=bottom, line=line)


def lay_out(figure: "go.Figure", crop: Image.Image) -> None:
    """Axes in pixels of the crop, rows downwards, and nothing around them."""
    figure.update_layout(
        height=_SIDE,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        dragmode=False,
        xaxis={
            "visible": False,
            "range": [0, crop.width],
            "constrain": "domain",
            "fixedrange": True,
        },
        yaxis={
            "visible": False,
            "range": [crop.height, 0],
            "scaleanchor": "x",
            "constrain": "domain",
            "fixedrange": True,
        },
    )


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
