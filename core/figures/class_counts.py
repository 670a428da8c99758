"""How many pictures each class has, and in which parts of the data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_NAMED = 40
"""Classes; more of them have no room for their names and stand side by side by size."""
_COLOURS = {"training": "#4E9FCB", "validation": "#E0A13C", "test": "#8a94a3"}
_ROW = 24  # pixels


def class_counts(labels: Sequence[str], parts: Mapping[str, np.ndarray]) -> "go.Figure":
    """A bar for each class, stacked from its pictures in each part.

    ``parts`` has (classes,) counts by name: training, validation and test have colours of their
    own. Labels need not be unlike each other.
    """
    import plotly.graph_objects as go

    counts = np.stack(list(parts.values()))  # (parts, classes)
    named = len(labels) <= MOST_NAMED
    order = np.arange(len(labels)) if named else np.argsort(-counts.sum(axis=0), kind="stable")
    at = list(range(len(labels)))
    figure = go.Figure()
    for part, row in zip(parts, counts, strict=True):
        sizes = row[order].tolist()
        said = [f"{labels[i]}: {n:,} {part}" for i, n in zip(order, sizes, strict=True)]
        figure.add_bar(
            x=sizes if named else at,
            y=at if named else sizes,
            orientation="h" if named else "v",
            name=part,
            marker={"color": _COLOURS.get(part, _COLOURS["training"]), "line": {"width": 0}},
            hovertext=[_escaped(text) for text in said],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    classes = {"tickvals": at, "ticktext": [_short(label) for label in labels], "automargin": True}
    if named:
        axes = {"yaxis": {**classes, "autorange": "reversed"}, "xaxis": {}}
    else:
        sorted_by_size = {"showticklabels": False, "title": {"text": "classes, by size"}}
        axes = {"xaxis": sorted_by_size, "yaxis": {}}
    figure.update_layout(
        barmode="stack",
        bargap=0.25 if named else 0,
        height=(70 + _ROW * len(labels)) if named else 300,
        margin={"l": 0, "r": 8, "t": 4, "b": 4},
        dragmode=False,
        showlegend=len(parts) > 1,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        **{axis: {"fixedrange": True, **look} for axis, look in axes.items()},
    )
    return figure


def _short(label: str, most: int = 24) -> str:
    return _escaped(label if len(label) <= most else label[: most - 1] + "…")


def _escaped(text: str) -> str:
    """Plotly takes tags and entities in texts for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
