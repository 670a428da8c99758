"""A confusion matrix whose cells can be clicked.

Right answers are blue and wrong ones orange, each the stronger the larger its share of the true
class: of rare classes as much is seen as of frequent ones. The colours are half transparent, so
that the theme's text stays readable on them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

_RIGHT, _WRONG, _NONE = "11,87,208", "213,93,8", "138,148,163"
_CLEAREST, _DENSEST = 0.12, 0.62  # opacities; beyond, dark text would be lost on a light page
_EMPTY = 0.07
_MOST_NUMBERS = 16  # classes up to which the counts stand in the cells
_MOST_NAMES = 40  # classes up to which the axes name them
_LEAST, _MOST = 300, 660  # pixels of the square
_CELL = 56
_LETTERS = 18


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
    height = int(np.clip(classes * _CELL, _LEAST, _MOST))
    layers = (
        (np.where(counts == 0, 0.0, np.nan), _NONE, _EMPTY, _EMPTY),
        (np.where(right & (counts > 0), shares, np.nan), _RIGHT, _CLEAREST, _DENSEST),
        (np.where(~right & (counts > 0), shares, np.nan), _WRONG, _CLEAREST, _DENSEST),
    )
    gap = 1 if classes <= _MOST_NAMES else 0
    figure = go.Figure(
        [
            go.Heatmap(
                z=values,
                zmin=0,
                zmax=1,
                colorscale=[[0, f"rgba({colour},{low})"], [1, f"rgba({colour},{high})"]],
                showscale=False,
                hoverinfo="skip",
                xgap=gap,
                ygap=gap,
            )
            for values, colour, low, high in layers
        ]
    )
    figure.add_trace(_targets(counts, shares, labels, height))
    if chosen is not None:
        truth, predicted = chosen
        figure.add_shape(
            type="rect",
            x0=predicted - 0.5,
            x1=predicted + 0.5,
            y0=truth - 0.5,
            y1=truth + 0.5,
            line={"color": f"rgb({_WRONG})", "width": 3},
        )
    _lay_out(figure, labels, height)
    return figure


def _targets(
    counts: np.ndarray, shares: np.ndarray, labels: Sequence[str], height: int
) -> "go.Scatter":
    import plotly.graph_objects as go

    classes = len(labels)
    truths, predicted = (positions.tolist() for positions in np.nonzero(counts))
    cells = list(zip(truths, predicted, strict=True))
    return go.Scatter(
        x=predicted,
        y=truths,
        customdata=[
            [t, p, int(counts[t, p]), float(shares[t, p]), labels[t], labels[p]] for t, p in cells
        ],
        mode="markers+text" if classes <= _MOST_NUMBERS else "markers",
        text=[f"{counts[cell]:,}" for cell in cells],
        textfont={"size": 14 if classes <= _MOST_NUMBERS / 2 else 11},
        marker={"symbol": "square", "size": max(6, height / classes), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}, "textfont": {"color": None}},
        hovertemplate="%{customdata[4]} taken for %{customdata[5]}: %{customdata[2]} "
        "(%{customdata[3]:.0%} of the class)<extra></extra>",
        showlegend=False,
    )


def _lay_out(figure: "go.Figure", labels: Sequence[str], height: int) -> None:
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
        height=height + 130,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        dragmode=False,
        hovermode="closest",
        xaxis={**axis, "title": {"text": "taken for"}, "range": [-0.5, classes - 0.5]},
        yaxis={
            **axis,
            "title": {"text": "truth"},
            "range": [classes - 0.5, -0.5],
            "scaleanchor": "x",
        },
    )


def _short(label: str) -> str:
    # angle brackets are Plotly's markup
    label = label.replace("<", "‹").replace(">", "›")
    return label if len(label) <= _LETTERS else label[: _LETTERS - 1] + "…"
