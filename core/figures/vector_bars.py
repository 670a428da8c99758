"""A vector of numbers as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POSITIVE, _NEGATIVE = "#E0A13C", "#4E9FCB"  # as in the maps: yellow above zero, blue below
_ROW = 24  # pixels


def vector_bars(labels: Sequence[str], values: Sequence[float]) -> "go.Figure":
    """One bar a number, from the first at the top; labels need not be unlike each other."""
    import plotly.graph_objects as go

    positions = list(range(len(values)))
    figure = go.Figure(
        go.Bar(
            x=list(values),
            y=positions,
            orientation="h",
            marker={"color": [_POSITIVE if value >= 0 else _NEGATIVE for value in values]},
            text=[f"{value:.3g}" for value in values],
            textposition="auto",
            textangle=0,
            hovertext=[f"{label}: {v:.4g}" for label, v in zip(labels, values, strict=True)],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.update_layout(
        height=40 + _ROW * len(labels),
        margin={"l": 0, "r": 8, "t": 4, "b": 4},
        dragmode=False,
        xaxis={"fixedrange": True},
        yaxis={
            "tickvals": positions,
            "ticktext": [_short(label) for label in labels],
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure


def _short(label: str, most: int = 24) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
