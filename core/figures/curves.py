"""Deletion and insertion: the probability along a map beside that along random orders."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.inside.trust.faithfulness import Curve, Faithfulness

_MAP, _RANDOM, _BAND = "#d55d08", "#8a94a3", "rgba(138,148,163,0.25)"


def deletion_figure(found: "Faithfulness") -> "go.Figure":
    """The hottest cells are erased first: a good map's line falls faster than random ones."""
    return _figure(found.deletion, found.random_mean, found.random_spread, "of the picture erased")


def insertion_figure(found: "Faithfulness") -> "go.Figure":
    """The hottest cells are shown first: a good map's line rises faster than random ones."""
    return _figure(
        found.insertion,
        found.random_mean.reversed(),
        found.random_spread[::-1],
        "of the picture shown",
    )


def _figure(curve: "Curve", random: "Curve", spread: np.ndarray, axis: str) -> "go.Figure":
    import plotly.graph_objects as go

    spread = np.nan_to_num(spread)
    low, high = random.probability - spread, random.probability + spread
    if curve.probability.min() >= 0:  # no difference of two classes, so that less cannot be
        low = low.clip(0)
    figure = go.Figure()
    figure.add_scatter(
        x=np.concatenate([random.share, random.share[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=random.share,
        y=random.probability,
        mode="lines",
        name=f"random orders, area {random.area:.3f}",
        line={"color": _RANDOM, "dash": "dot", "width": 2},
        hovertemplate="%{x:.0%}: %{y:.1%}<extra>random</extra>",
    )
    figure.add_scatter(
        x=curve.share,
        y=curve.probability,
        mode="lines+markers",
        name=f"hottest first, area {curve.area:.3f}",
        line={"color": _MAP, "width": 2},
        hovertemplate="%{x:.0%}: %{y:.1%}<extra>map</extra>",
    )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 20, "t": 8, "b": 0},
        xaxis={"title": {"text": axis}, "tickformat": ".0%", "range": [0, 1], "dtick": 0.25},
        yaxis={"title": {"text": "probability"}, "tickformat": ".0%", "rangemode": "tozero"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
