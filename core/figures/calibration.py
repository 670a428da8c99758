"""How often answers are right, by how sure the model was: bars that can be clicked."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.evaluation.scores.calibration import Reliability

_BAR, _CHOSEN, _LINE, _WHISKER = "#4E9FCB", "#F2A65A", "#d55d08", "#8a94a3"


def calibration_figure(found: "Reliability", chosen: int | None = None) -> "go.Figure":
    """The share that is right with its 95 % interval; on the dotted line it is as promised.

    Each bar's `customdata` begins with the number of its bin. Empty bins have no bar.
    """
    import plotly.graph_objects as go

    filled = np.flatnonzero(found.n)
    share, edges = found.accuracy[filled], found.edges
    low, high = found.intervals[filled].T
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2)[filled],
            y=share,
            width=1 / len(found.n),
            marker={
                "color": [_CHOSEN if at == chosen else _BAR for at in filled.tolist()],
                "line": {"width": 1, "color": "rgba(0,0,0,0.25)"},
            },
            error_y={
                "type": "data",
                "array": high - share,
                "arrayminus": share - low,
                "color": _WHISKER,
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[
                [at, int(found.n[at]), float(found.confidence[at]), float(edges[at]),
                 float(edges[at + 1])]
                for at in filled.tolist()
            ],
            hovertemplate="%{customdata[3]:.0%} to %{customdata[4]:.0%} sure, on average "
            "%{customdata[2]:.1%}: %{y:.1%} right of %{customdata[1]:,}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": _LINE, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    figure.update_layout(
        height=320,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        showlegend=False,
        bargap=0,
        xaxis={
            "title": {"text": "how sure it was"},
            "tickformat": ".0%",
            "range": [0, 1],
            "fixedrange": True,
        },
        yaxis={
            "title": {"text": "share that is right"},
            "tickformat": ".0%",
            "range": [0, 1],
            "fixedrange": True,
        },
    )
    return figure
