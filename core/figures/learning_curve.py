"""Accuracy against the number of training pictures."""

from typing import TYPE_CHECKING

from core.training.probing.probe import LearningCurve

if TYPE_CHECKING:
    import plotly.graph_objects as go

_MEAN, _SEED, _BAND = "#d55d08", "rgba(138,148,163,0.8)", "rgba(213,93,8,0.15)"
_BASE = "#8a94a3"


def learning_curve_figure(curve: LearningCurve, majority: float) -> "go.Figure":
    """The mean over the seeds, each seed as a dot, and what always the largest class gets."""
    import plotly.graph_objects as go

    counts, seeds = list(curve.counts), curve.accuracy.shape[1]
    low, high, mean = curve.accuracy.min(1), curve.accuracy.max(1), curve.accuracy.mean(1)
    figure = go.Figure()
    figure.add_scatter(
        x=[*counts, *counts[::-1]],
        y=[*high.tolist(), *low.tolist()[::-1]],
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[count for count in counts for _ in range(seeds)],
        y=curve.accuracy.ravel().tolist(),
        mode="markers",
        name="one draw of pictures",
        marker={"color": _SEED, "size": 6},
        hovertemplate="%{x} a class: %{y:.1%}<extra>one draw</extra>",
    )
    figure.add_scatter(
        x=counts,
        y=mean.tolist(),
        mode="lines+markers",
        name=f"mean of {seeds}",
        line={"color": _MEAN, "width": 2},
        hovertemplate="%{x} a class: %{y:.1%}<extra>mean</extra>",
    )
    figure.add_scatter(
        x=[counts[0], counts[-1]],
        y=[majority, majority],
        mode="lines",
        name="always the largest class",
        line={"color": _BASE, "dash": "dot", "width": 2},
        hovertemplate="%{y:.1%}<extra>always the largest class</extra>",
    )
    figure.update_layout(
        height=340,
        margin={"l": 0, "r": 16, "t": 8, "b": 0},
        dragmode=False,
        xaxis={
            "title": {"text": "training pictures of each class"},
            "type": "log",
            "tickvals": counts,
            "ticktext": [f"{count:,}" for count in counts],
            "fixedrange": True,
        },
        yaxis={
            "title": {"text": "accuracy"},
            "tickformat": ".0%",
            "rangemode": "tozero",
            "fixedrange": True,
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
