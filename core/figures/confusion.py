"""A confusion matrix whose cells can be clicked.

Right answers are blue and wrong ones orange, each the stronger the larger its share of the true
class: of rare classes as much is seen as of frequent ones. Strength goes with the square root of
the share, so that 1 % is still seen, faintly, and 4 % is twice as strong. Where numbers stand in
the cells, the colours go from dull to vivid and all bear white text, on a light page and on a dark
one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

_Ramp = tuple[str, str]

_RIGHT_NUMBERED: _Ramp = ("rgb(104,113,128)", "rgb(11,87,208)")
_WRONG_NUMBERED: _Ramp = ("rgb(124,112,104)", "rgb(184,74,0)")
_RIGHT: _Ramp = ("rgba(11,87,208,0.12)", "rgba(11,87,208,1)")
_WRONG: _Ramp = ("rgba(228,102,10,0.12)", "rgba(228,102,10,1)")
_EMPTY: _Ramp = ("rgba(138,148,163,0.08)",) * 2
_FRAME = "#F2A65A"
_MOST_NUMBERS = 16  # classes up to which the counts stand in the cells
_MOST_WIDE = 4  # classes up to which a cell has room for more than one target
_MOST_NAMES = 40  # classes up to which the axes name them
_CELL, _LEAST, _MOST = 36, 240, 380  # pixels, of a cell and of the square
_AXES = 90
_LETTERS = 14


def confusion_figure(
    counts: np.ndarray, labels: Sequence[str], chosen: tuple[int, int] | None = None
) -> "go.Figure":
    """(C, C) counts, rows are the truth; the cell ``chosen`` (truth, predicted) is framed.

    Invisible markers over the cells that have pictures deliver clicks; their `customdata` begins
    with the positions of truth and prediction.
    """
    import plotly.graph_objects as go

    classes = len(labels)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    right = np.eye(classes, dtype=bool)
    side = int(np.clip(classes * _CELL, _LEAST, _MOST))
    numbered = classes <= _MOST_NUMBERS
    layers = (
        (counts == 0, _EMPTY),
        (right & (counts > 0), _RIGHT_NUMBERED if numbered else _RIGHT),
        (~right & (counts > 0), _WRONG_NUMBERED if numbered else _WRONG),
    )
    gap = 1 if classes <= _MOST_NAMES else 0
    figure = go.Figure(
        [
            go.Heatmap(
                z=np.where(where, np.sqrt(shares), np.nan),
                zmin=0,
                zmax=1,
                colorscale=[[0, low], [1, high]],
                showscale=False,
                hoverinfo="skip",
                xgap=gap,
                ygap=gap,
            )
            for where, (low, high) in layers
        ]
    )
    figure.add_trace(_targets(counts, shares, labels, side))
    if numbered:
        figure.update_layout(annotations=_numbers(counts))
    if chosen is not None:
        truth, predicted = chosen
        figure.add_shape(
            type="rect",
            x0=predicted - 0.5,
            x1=predicted + 0.5,
            y0=truth - 0.5,
            y1=truth + 0.5,
            line={"color": _FRAME, "width": 3},
        )
    _lay_out(figure, labels, side)
    return figure


def _targets(
    counts: np.ndarray, shares: np.ndarray, labels: Sequence[str], side: int
) -> "go.Scatter":
    """Markers no larger than a cell: where two overlap, Plotly takes any of them.

    It looks for them in a circle, so that cells of many pixels get four.
    """
    import plotly.graph_objects as go

    classes = len(labels)
    around = (-0.25, 0.25) if classes <= _MOST_WIDE else (0.0,)
    truths, predicted = (positions.tolist() for positions in np.nonzero(counts))
    targets = [
        (t, p, t + down, p + across)
        for t, p in zip(truths, predicted, strict=True)
        for down in around
        for across in around
    ]
    return go.Scatter(
        x=[x for *_, x in targets],
        y=[y for *_, y, _ in targets],
        customdata=[
            [t, p, int(counts[t, p]), float(shares[t, p]), labels[t], labels[p]]
            for t, p, *_ in targets
        ],
        mode="markers",
        marker={
            "symbol": "square",
            "size": max(3, 0.9 * side / classes / len(around)),
            "opacity": 0,
        },
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{customdata[4]} taken for %{customdata[5]}: %{customdata[2]:,} "
        "(%{customdata[3]:.2~p} of the class)<extra></extra>",
        showlegend=False,
    )


def _numbers(counts: np.ndarray) -> list[dict[str, object]]:
    """The counts, as annotations: text of a trace would fade when something is clicked."""
    size = 14 if len(counts) <= _MOST_NUMBERS / 2 else 11
    return [
        {
            "x": p,
            "y": t,
            "text": f"{counts[t, p]:,}",
            "showarrow": False,
            "font": {"color": "white", "size": size},
        }
        for t, p in zip(*(positions.tolist() for positions in np.nonzero(counts)), strict=True)
    ]


def _lay_out(figure: "go.Figure", labels: Sequence[str], side: int) -> None:
    classes = len(labels)
    named = classes <= _MOST_NAMES
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "constrain": "domain",
        "tickvals": list(range(classes)) if named else [],
        "ticktext": [_short(label) for label in labels] if named else [],
        "tickfont": {"size": 12 if classes <= _MOST_NUMBERS else 10},
        "automargin": True,
        "ticks": "",
    }
    figure.update_layout(
        height=side + _AXES,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        dragmode=False,
        hovermode="closest",
        xaxis={
            **axis,
            "title": {"text": "taken for", "standoff": 6},
            "range": [-0.5, classes - 0.5],
        },
        yaxis={
            **axis,
            "title": {"text": "truth"},
            "range": [classes - 0.5, -0.5],
            "scaleanchor": "x",
            "constraintoward": "top",
        },
    )


def _short(label: str) -> str:
    # angle brackets are Plotly's markup
    label = label.replace("<", "‹").replace(">", "›")
    return label if len(label) <= _LETTERS else label[: _LETTERS - 1] + "…"
