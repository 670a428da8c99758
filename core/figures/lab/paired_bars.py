"""Probabilities of a few classes, before and now."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NOW, _BEFORE = "#4E9FCB", "rgba(138,148,163,0.7)"


def paired_bars(names: Sequence[str], series: Mapping[str, Sequence[float]]) -> "go.Figure":
    """A bar for each class and series; the last series is the one of now. Names may be alike."""
    import plotly.graph_objects as go

    figure = go.Figure()
    places = list(range(len(names)))
    for number, (title, values) in enumerate(series.items(), 1):
        figure.add_bar(
            x=list(values),
            y=places,
            orientation="h",
            name=title,
            marker_color=_NOW if number == len(series) else _BEFORE,
            hovertext=list(names),
            hovertemplate="%{hovertext}: %{x:.2%}<extra></extra>",
        )
    figure.update_layout(
        height=60 + 34 * len(names),
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        dragmode=False,
        xaxis={"range": [0, 1], "tickformat": ".0%", "fixedrange": True},
        yaxis={
            "tickvals": places,
            "ticktext": list(names),
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    return figure
