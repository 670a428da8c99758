"""How a prediction follows a change of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_COLOURS = ("#4E9FCB", "#d55d08")
_GREY = "rgba(138,148,163,0.9)"


@dataclass(frozen=True, slots=True)
class Line:
    """The probability of one class at each point."""

    name: str
    probabilities: Sequence[float]
    now: float
    targets: Sequence[float] | None = None
    """What the label asks for at each point, where that changes too."""


def response(
    points: Sequence[float],
    lines: Sequence[Line],
    same: Sequence[bool],
    *,
    now: float,
    axis: str,
    names: Sequence[str] | None = None,
) -> "go.Figure":
    """Probabilities over the amount of a change, and where it stands `now`.

    Points are filled where the answer is the `same` as on the untouched picture. `names` are those
    of the points where they are no numbers, and then no line joins them.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for line, colour in zip(lines, _COLOURS, strict=False):
        figure.add_scatter(
            x=list(points),
            y=list(line.probabilities),
            mode="markers" if names else "lines+markers",
            name=line.name,
            line={"color": colour, "width": 2},
            marker={
                "size": 8,
                "color": colour,
                "symbol": ["circle" if kept else "circle-open" for kept in same],
            },
            hovertemplate=f"%{{x:g}}: %{{y:.1%}} {line.name}<extra></extra>",
        )
        if line.targets is not None:
            figure.add_scatter(
                x=list(points),
                y=list(line.targets),
                mode="lines",
                name=f"label: {line.name}",
                line={"color": colour, "width": 1, "dash": "dot"},
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=[now],
            y=[line.now],
            mode="markers",
            marker={"size": 15, "color": colour, "symbol": "diamond-open", "line": {"width": 3}},
            showlegend=False,
            hovertemplate=f"now: %{{y:.1%}} {line.name}<extra></extra>",
        )
    figure.add_vline(x=now, line={"color": _GREY, "width": 1, "dash": "dot"})
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        dragmode=False,
        xaxis={"title": {"text": axis}, "fixedrange": True, "zeroline": False},
        yaxis={"range": [-0.04, 1.04], "tickformat": ".0%", "fixedrange": True},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    if names:
        figure.update_xaxes(
            tickvals=list(points), ticktext=list(names), range=[-0.5, len(names) - 0.5]
        )
    return figure
