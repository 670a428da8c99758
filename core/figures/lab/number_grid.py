"""Numbers in the cells of a grid, some of them lit, which can be clicked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures import heatmap
from core.figures.channel_map import ColourRange, colour_range
from core.lab.window import Window

if TYPE_CHECKING:
    import plotly.graph_objects as go

LIT = "#d55d08"
_MOST_NUMBERS = 14  # cells on a side whose numbers can still be read
_WIDTH = 300  # pixels that a grid is expected to have
_HIGHEST = 330
_STEPS = 51  # of Plotly's colour scale


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of cells, ends exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def cell(cls, row: int, column: int) -> "Frame":
        """Around one cell."""
        return cls(row, column, row + 1, column + 1)

    def moved(self, down: int, across: int) -> "Frame":
        """As seen in a part of the grid that begins so far down and across."""
        return Frame(self.top - down, self.left - across, self.bottom - down, self.right - across)


def number_grid(
    values: np.ndarray,
    *,
    levels: bool = False,
    lit: Iterable[Frame] = (),
    within: Frame | None = None,
    targets: bool = False,
    colours: ColourRange | None = None,
    width: int = _WIDTH,
) -> "go.Figure":
    """The values (rows, columns), each in its cell where there are few enough to be read.

    `levels` are shades of grey from 0 to 255; other values get the colours of the feature maps.
    `lit` is framed, and `within` dotted. `targets` deliver clicks, whose `customdata` is row and
    column. `width` is about what the place has, in pixels.
    """
    import plotly.graph_objects as go

    rows, columns = values.shape
    written = max(rows, columns) <= _MOST_NUMBERS
    scale = _colours(values, levels, colours)
    figure = go.Figure(
        {
            "type": "heatmap",
            "z": values,
            "text": _texts(values, scale) if written else None,
            "texttemplate": "%{text}" if written else None,
            "textfont": {"size": int(np.clip(width / columns / 2.9, 7, 15))},
            "hovertemplate": "row %{y}, column %{x}: %{z:.4g}<extra></extra>",
            "showscale": False,
            "xgap": 1 if written else 0,
            "ygap": 1 if written else 0,
            **scale,
        }
    )
    if targets:
        figure.add_trace(_targets(values, width))
    shapes = [shape for frame in lit for shape in _box(frame)]
    if within is not None:
        shapes.append(_shape(within, {"color": "rgba(138,148,163,0.9)", "width": 2, "dash": "dot"}))
    figure.update_layout(shapes=shapes, **_layout(rows, columns, width))
    return figure


def met(window: Window, cell: tuple[int, int]) -> list[Frame]:
    """The cells that a window meets for one cell (row, column) of its output, as few frames."""
    rows, columns = window.cells(*cell)
    if window.dilation == (1, 1):
        return [Frame(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)]
    return [Frame.cell(row, column) for row in rows for column in columns]


def short(value: float) -> str:
    """A number as short as a cell is: whole ones as they are, others with two digits."""
    if not np.isfinite(value):
        return ""
    if value == round(value):
        return str(int(value))
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2
    return f"{round(value, digits) + 0.0:.{digits}f}"  # plus zero: never -0.00


def _box(frame: Frame) -> list[dict[str, Any]]:
    """Two shapes: a frame in a colour within black, seen on any shade."""
    return [
        _shape(frame, {"color": "#000000", "width": 4}),
        _shape(frame, {"color": LIT, "width": 2}),
    ]


def _layout(rows: int, columns: int, width: int) -> dict[str, Any]:
    """Square cells, rows downwards, and nothing around them."""
    height = int(np.clip(width * rows / columns, 40, _HIGHEST))
    axis = {"visible": False, "constrain": "domain", "fixedrange": True}
    return {
        "height": height + 8,
        "margin": {"l": 2, "r": 2, "t": 4, "b": 4},
        "dragmode": False,
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, "range": [-0.5, columns - 0.5]},
        "yaxis": {**axis, "range": [rows - 0.5, -0.5], "scaleanchor": "x"},
    }


def _shape(frame: Frame, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": frame.left - 0.5,
        "x1": frame.right - 0.5,
        "y0": frame.top - 0.5,
        "y1": frame.bottom - 0.5,
        "line": line,
    }


def _texts(values: np.ndarray, scale: dict[str, Any]) -> list[list[str]]:
    """The numbers, black in bright cells and white in dark ones, as Plotly's markup.

    By the relative luminance of WCAG 2, of which black and white are equally far from 0.179.
    """
    places = np.array([at for at, _ in scale["colorscale"]])
    ends = np.array([colour[4:-1].split(",") for _, colour in scale["colorscale"]], float) / 255
    shares = (values - scale["zmin"]) / (scale["zmax"] - scale["zmin"])
    cells = np.stack([np.interp(shares, places, channel) for channel in ends.T], axis=-1)
    linear = np.where(cells <= 0.04045, cells / 12.92, ((cells + 0.055) / 1.055) ** 2.4)
    bright = linear @ (0.2126, 0.7152, 0.0722) > 0.179
    return [
        [
            f'<span style="color:{"black" if is_bright else "white"}">{short(value)}</span>'
            for value, is_bright in zip(*row, strict=True)
        ]
        for row in zip(values, bright, strict=True)
    ]


def _colours(values: np.ndarray, levels: bool, colours: ColourRange | None) -> dict[str, Any]:
    """The colour scale, with the values at its ends."""
    if levels:
        return {"colorscale": [(0, "rgb(0,0,0)"), (1, "rgb(255,255,255)")], "zmin": 0, "zmax": 255}
    scale = colours or colour_range(values, signed=bool((values < 0).any()))
    if scale.signed:
        table = heatmap.colours(np.linspace(-1, 1, _STEPS)).round().astype(int)
    else:
        table = scale.table()[:: 255 // (_STEPS - 1)][:_STEPS]
    steps = np.linspace(0, 1, len(table))
    return {
        "colorscale": [
            (float(at), f"rgb({r},{g},{b})") for at, (r, g, b) in zip(steps, table, strict=True)
        ],
        "zmin": scale.low,
        "zmax": scale.high if scale.high > scale.low else scale.low + 1,
    }


def _targets(values: np.ndarray, width: int) -> dict[str, Any]:
    """Invisible squares on the cells: heatmaps themselves deliver no clicks."""
    rows, columns = values.shape
    at = list(np.ndindex(rows, columns))
    return {
        "type": "scatter",
        "x": [column for _, column in at],
        "y": [row for row, _ in at],
        "customdata": at,
        "mode": "markers",
        "marker": {"symbol": "square", "size": width / max(rows, columns), "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "text": [f"{values[cell]:.4g}" for cell in at],
        "hovertemplate": "row %{y}, column %{x}: %{text}<extra></extra>",
        "showlegend": False,
    }
