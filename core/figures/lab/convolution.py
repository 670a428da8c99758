"""A window that walks over its input by itself, and what the convolutions of a network cost."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.lab.number_grid import LIT, Frame, met, number_grid
from core.lab.convolution import Cost
from core.lab.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

MOST_STEPS = 100
"""Of a walk: each is a frame that the browser is sent."""
_HEIGHT = 340
_STEP_SECONDS = 0.25
_MANY = 24  # layers whose names have no room below the bars
_BLUE, _ORANGE = "#4E9FCB", "#d55d08"


def walking(padded: np.ndarray, outputs: np.ndarray, window: Window) -> "go.Figure":
    """The padded input in grey levels beside the output, which fills as the window walks.

    `padded` and `outputs` are (rows, columns), the latter of at most `MOST_STEPS` cells. The
    browser plays it, without the server.
    """
    import plotly.graph_objects as go

    before = number_grid(padded, levels=True).data[0].to_plotly_json()
    after = number_grid(outputs).data[0].to_plotly_json()
    before.update(text=None, texttemplate=None)
    after.update(text=None, texttemplate="%{z:.3~g}", xaxis="x2", yaxis="y2")
    cells = list(np.ndindex(outputs.shape))
    frames = [
        {"name": str(number), "data": _moving(outputs, window, number), "traces": [1, 2, 3]}
        for number in range(len(cells))
    ]
    line = {"type": "scatter", "mode": "lines", "line": {"color": LIT, "width": 3}}
    line.update(showlegend=False, hoverinfo="skip")
    filled, lit, target = _moving(outputs, window, 0)
    figure = go.Figure(
        [
            before,
            {**after, **filled},
            {**line, **lit},
            {**line, **target, "xaxis": "x2", "yaxis": "y2"},
        ],
        frames=frames,
    )
    axis = {"visible": False, "constrain": "domain", "fixedrange": True}
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 2, "r": 2, "t": 4, "b": 50},
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


def _moving(outputs: np.ndarray, window: Window, number: int) -> list[dict[str, Any]]:
    """What differs from step to step: the output so far, and the outlines of both places."""
    known = np.full(outputs.size, np.nan)
    known[: number + 1] = outputs.ravel()[: number + 1]
    row, column = divmod(number, outputs.shape[1])
    return [
        {"type": "heatmap", "z": known.reshape(outputs.shape)},
        {"type": "scatter", **_outline(met(window, (row, column)))},
        {"type": "scatter", **_outline([Frame.cell(row, column)])},
    ]


def _outline(frames: list[Frame]) -> dict[str, list[float | None]]:
    """The frames as one line with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for frame in frames:
        left, right, top, bottom = (
            float(edge) - 0.5 for edge in (frame.left, frame.right, frame.top, frame.bottom)
        )
        x += [left, right, right, left, left, None]
        y += [top, top, bottom, bottom, top, None]
    return {"x": x, "y": y}


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
