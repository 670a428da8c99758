"""What descent fits: lines through points, and the borders that networks draw between moons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.figures.lab.descent import Run
from core.lab.descent.line import Points
from core.lab.descent.moons import Moons, logits

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POINT = "rgba(138,148,163,0.7)"
_CELLS = 50  # of a border's grid on a side
_MARGIN = 0.4  # around the moons


def line_figure(points: Points, runs: Sequence[Run]) -> "go.Figure":
    """The points, and the line that each path ends at."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=points.x,
        y=points.y,
        mode="markers",
        marker={"color": _POINT, "size": 5},
        showlegend=False,
        hoverinfo="skip",
    )
    ends = np.array([points.x.min(), points.x.max()])
    for run in runs:
        if run.path.diverged:
            continue
        slope, intercept = run.path.points[-1]
        figure.add_scatter(
            x=ends,
            y=slope * ends + intercept,
            mode="lines",
            name=run.name,
            line={"color": run.colour, "width": 2},
            hoverinfo="skip",
        )
    figure.update_layout(
        height=250,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        showlegend=False,
        xaxis={"title": {"text": "x"}},
        yaxis={"title": {"text": "y"}, "range": [points.y.min() - 0.3, points.y.max() + 0.3]},
    )
    return figure


def moons_figure(
    data: Moons, names: Sequence[str], colours: Sequence[str], weights: Sequence[np.ndarray]
) -> "go.Figure":
    """The points of both classes, and where each network finds them equally likely."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for label, symbol in ((0, "circle"), (1, "cross")):
        of_class = data.points[data.labels == label]
        figure.add_scatter(
            x=of_class[:, 0],
            y=of_class[:, 1],
            mode="markers",
            marker={"color": _POINT, "size": 6, "symbol": symbol},
            hoverinfo="skip",
        )
    low, high = data.points.min(0) - _MARGIN, data.points.max(0) + _MARGIN
    x, y = np.linspace(low[0], high[0], _CELLS), np.linspace(low[1], high[1], _CELLS)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    for name, colour, of in zip(names, colours, weights, strict=True):
        said = logits(of, places)
        figure.add_contour(
            x=x,
            y=y,
            z=np.tanh(said[:, 1] - said[:, 0]).reshape(_CELLS, _CELLS).astype(np.float32),
            name=name,
            contours={"type": "constraint", "operation": "=", "value": 0},
            line={"color": colour, "width": 2},
            hoverinfo="skip",
        )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        showlegend=False,
        xaxis={"title": {"text": "x<sub>1</sub>"}},
        yaxis={"title": {"text": "x<sub>2</sub>"}, "scaleanchor": "x"},
    )
    return figure
