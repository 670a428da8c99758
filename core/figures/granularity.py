"""Accuracy as the classes are merged towards WordNet's root."""

import html
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.evaluation.hierarchy.severity import MergedAccuracy

_LINES = (("#3b82f6", "rgba(59,130,246,0.18)"), ("#e0762b", "rgba(224,118,43,0.18)"))


def granularity_figure(*found: "tuple[str, MergedAccuracy]") -> "go.Figure":
    """A line with its 95 % band for each named evaluation, two at most.

    At height 0 the class itself must be named; at 5 any breed will do for a dog; at the top, any
    answer is right.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, merged), (line, band) in zip(found, _LINES, strict=False):
        heights = np.arange(len(merged.accuracy))
        low, high = merged.intervals.T
        figure.add_scatter(
            x=np.concatenate([heights, heights[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            fill="toself",
            fillcolor=band,
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=heights,
            y=merged.accuracy,
            mode="lines+markers",
            name=html.escape(name, quote=False),  # Plotly takes tags for markup
            line={"color": line, "width": 2},
            hovertemplate="merged up to height %{x}: %{y:.1%}<extra></extra>",
        )
    figure.update_layout(
        height=320,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        showlegend=len(found) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": "classes merged up to this height"}, "fixedrange": True},
        yaxis={"title": {"text": "accuracy"}, "tickformat": ".0%", "fixedrange": True},
    )
    return figure
