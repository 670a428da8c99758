"""A window that walks over its input by itself, and what the convolutions of a network cost."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.lab.number_grid import Frame, box, met, number_grid, short
from core.lab.convolution import Cost
from core.lab.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

_HEIGHT = 340
_STEP_SECONDS = 0.25
_MANY = 24  # layers whose names have no room below the bars
_BLUE, _ORANGE = "#4E9FCB", "#d55d08"


def walking(padded: np.ndarray, outputs: np.ndarray, window: Window) -> "go.Figure":
    """The padded input in grey levels beside the output, which fills as the window walks.

    `padded` and `outputs` are (rows, columns). The browser plays it, without the server.
    """
    import plotly.graph_objects as go

    left, right = number_grid(padded, levels=True), number_grid(outputs)
    cells = list(np.ndindex(outputs.shape))
    before, after = left.data[0].to_plotly_json(), right.data[0].to_plotly_json()
    for trace in (before, after):
        trace.update(text=None, texttemplate=None)
    after.update(xaxis="x2", yaxis="y2", z=_filled(outputs, 0))
    frames = [
        {
            "name": str(number),
            "data": [{"type": "heatmap", "z": _filled(outputs, number + 1)}],
            "traces": [1],
            "layout": _lit(window, cell, float(outputs[cell])),
        }
        for number, cell in enumerate(cells)
    ]
    axis = {"visible": False, "constrain": "domain", "fixedrange": True}
    figure = go.Figure([before, after], frames=frames)
    figure.update_layout(
        **_lit(window, cells[0], float(outputs[cells[0]])),
        height=_HEIGHT,
        margin={"l": 2, "r": 2, "t": 30, "b": 50},
        dragmode=False,
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={**axis, "domain": [0, 0.48], "range": [-0.5, padded.shape[1] - 0.5]},
        yaxis={**axis, "range": [padded.shape[0] - 0.5, -0.5], "scaleanchor": "x"},
        xaxis2={
            **axis,
            "domain": [0.52, 1],
            "range": [-0.5, outputs.shape[1] - 0.5],
            "anchor": "y2",
        },
        yaxis2={
            **axis,
            "range": [outputs.shape[0] - 0.5, -0.5],
            "scaleanchor": "x2",
            "anchor": "x2",
        },
        updatemenus=[_buttons()],
    )
    return figure


def cost_bars(costs: "Mapping[str, Cost]") -> "go.Figure":
    """Each layer's share of all parameters, and of all multiply-adds."""
    import plotly.graph_objects as go

    names = list(costs)
    figure = go.Figure()
    for title, colour, counts in (
        ("parameters", _BLUE, np.array([cost.parameters for cost in costs.values()])),
        ("multiply-adds", _ORANGE, np.array([cost.multiply_adds for cost in costs.values()])),
    ):
        figure.add_bar(
            x=names,
            y=counts / counts.sum(),
            customdata=counts,
            name=title,
            marker_color=colour,
            hovertemplate=f"%{{x}}: %{{customdata:,}} {title}, %{{y:.1%}}<extra></extra>",
        )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"showticklabels": len(names) <= _MANY, "type": "category"},
        yaxis={"tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _filled(outputs: np.ndarray, count: int) -> np.ndarray:
    """The output as far as it is known after so many steps; the rest is no number."""
    known = np.full(outputs.size, np.nan)
    known[:count] = outputs.ravel()[:count]
    return known.reshape(outputs.shape)


def _lit(window: Window, cell: tuple[int, int], value: float) -> dict[str, Any]:
    """The window's place, the cell that it gives, and the number."""
    place = [shape for frame in met(window, cell) for shape in box(frame)]
    target = [{**shape, "xref": "x2", "yref": "y2"} for shape in box(Frame.cell(*cell))]
    said = {
        "text": f"row {cell[0]}, column {cell[1]}: {short(value)}",
        "xref": "paper",
        "yref": "paper",
        "x": 0.52,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }
    return {"shapes": [*place, *target], "annotations": [said]}


def _buttons() -> dict[str, Any]:
    """Play and pause."""
    milliseconds = int(_STEP_SECONDS * 1000)
    play = {
        "frame": {"duration": milliseconds, "redraw": True},
        "transition": {"duration": 0},
        "fromcurrent": True,
    }
    pause = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate"}
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 10},
        "buttons": [
            {"label": "Play", "method": "animate", "args": [None, play]},
            {"label": "Pause", "method": "animate", "args": [[None], pause]},
        ],
    }
