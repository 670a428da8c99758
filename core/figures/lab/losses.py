"""What an example costs for each prediction, and the gradient of cross-entropy as bars."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.lab.losses import Loss

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ONE, _ZERO, _TANGENT = "#4E9FCB", "#d55d08", "rgba(138,148,163,0.9)"
_POINTS = 199
_MOST = 5.0  # of the axis: cross-entropy grows beyond all bounds
_REACH = 0.12  # of a tangent to either side, in predictions


def loss_curve(
    loss: Callable[[Sequence[float], Sequence[float]], Loss],
    predictions: Sequence[float],
    labels: Sequence[float],
) -> "go.Figure":
    """The loss of one example over its prediction, for labels 1 and 0, and the examples on it.

    Each example is a numbered point on its own label's curve, with the tangent there.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    along = np.linspace(0.005, 0.995, _POINTS)
    for label, colour in ((1, _ONE), (0, _ZERO)):
        figure.add_scatter(
            x=along,
            y=[loss([p], [label]).value for p in along],
            mode="lines",
            name=f"label {label}",
            line={"color": colour, "width": 2},
            hovertemplate="prediction %{x:.2f}: %{y:.3f}<extra></extra>",
        )
    for number, (p, y) in enumerate(zip(predictions, labels, strict=True), 1):
        one = loss([p], [y])
        ends = np.array([-_REACH, _REACH])
        figure.add_scatter(
            x=p + ends,
            y=one.value + one.gradient[0] * ends,
            mode="lines",
            line={"color": _TANGENT, "width": 2, "dash": "dot"},
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[p],
            y=[one.value],
            mode="markers+text",
            text=[str(number)],
            textposition="top center",
            marker={"size": 11, "color": _ONE if y > 0.5 else _ZERO},
            showlegend=False,
            hovertemplate=(
                f"example {number}: %{{y:.4f}}<br>slope {one.gradient[0]:.3f}<extra></extra>"
            ),
        )
    highest = max(1.0, min(loss(predictions, labels).terms.max(), _MOST))
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"title": {"text": "prediction"}, "range": [-0.02, 1.02]},
        yaxis={"title": {"text": "loss of one example"}, "range": [-0.08, highest * 1.15]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def probability_bars(
    names: Sequence[str], probabilities: np.ndarray, target: np.ndarray
) -> "go.Figure":
    """Each class's probability beside what it should be; their difference is the gradient."""
    import plotly.graph_objects as go

    figure = go.Figure(
        [
            go.Bar(x=list(names), y=target, name="target", marker_color=_TANGENT),
            go.Bar(x=list(names), y=probabilities, name="probability", marker_color=_ONE),
        ]
    )
    figure.update_traces(hovertemplate="%{x}: %{y:.4f}<extra></extra>")
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        yaxis={"range": [0, 1.02], "tickformat": ".0%"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
