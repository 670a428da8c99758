"""Activation functions as curves, what they do to the numbers of a map, and gradients by depth."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.lab.activation import ACTIVATIONS, SATURATED, Activation, Chain, is_off

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BLUE, _ORANGE = "#4E9FCB", "#d55d08"
_GREY, _FAINT = "rgba(138,148,163,0.9)", "rgba(138,148,163,0.35)"
REACH = 8.0
"""The curves go from minus this to this."""
_POINTS = 401
_BINS = 41
_LINES = {
    "relu": ("#4E9FCB", "solid"),
    "leaky": ("#d55d08", "dash"),
    "relu6": ("#2f9e6e", "dot"),
    "sigmoid": ("#c2417c", "solid"),
    "tanh": ("#8a94a3", "solid"),
    "gelu": ("#8f6fd1", "dashdot"),
    "silu": ("#c9a227", "dash"),
}
"""Colour and dashes; of those that lie on each other each is seen in the gaps of the next."""
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def function_curves(chosen: Activation, at: float) -> "go.Figure":
    """A function and its derivative, with a point on both; the other functions in grey."""
    import plotly.graph_objects as go

    x = np.linspace(-REACH, REACH, _POINTS)
    traces = [
        {
            "x": x,
            "y": other.value(x),
            "mode": "lines",
            "line": {"color": _FAINT, "width": 1},
            "name": other.name,
            "showlegend": False,
            "hovertemplate": f"{other.name}<extra></extra>",
        }
        for other in ACTIVATIONS.values()
        if other != chosen
    ]
    point = np.array([at])
    for title, colour, curve in (
        (chosen.name, _BLUE, chosen.value),
        ("its derivative", _ORANGE, chosen.slope),
    ):
        traces.append(
            {
                "x": x,
                "y": curve(x),
                "mode": "lines",
                "line": {"color": colour, "width": 3},
                "name": title,
                "hovertemplate": f"{title} at %{{x:.2f}}: %{{y:.4f}}<extra></extra>",
            }
        )
        traces.append(
            {
                "x": point,
                "y": curve(point),
                "mode": "markers",
                "marker": {"size": 12, "color": colour},
                "showlegend": False,
                "hovertemplate": f"{title} at %{{x:.2f}}: %{{y:.4f}}<extra></extra>",
            }
        )
    figure = go.Figure([{"type": "scatter", **trace} for trace in traces])
    figure.update_layout(
        height=360,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"title": {"text": "input x"}, "range": [-REACH, REACH]},
        yaxis={"range": [-1.4, 6.6]},
        legend=_LEGEND,
    )
    return figure


def fate_histogram(function: Activation, inputs: np.ndarray) -> "go.Figure":
    """How many cells have which input, by whether the function passes a gradient there."""
    import plotly.graph_objects as go

    inputs = inputs.ravel()
    slopes = function.slope(inputs)
    off, passes = is_off(function, slopes), np.abs(slopes) >= SATURATED
    low, high = float(inputs.min()), float(inputs.max())
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    for title, colour, mask in (
        ("a gradient passes", _BLUE, passes),
        ("saturated", _GREY, ~passes & ~off),
        ("off", _ORANGE, off),
    ):
        if mask.any():
            counts, _ = np.histogram(inputs[mask], edges)
            figure.add_bar(
                x=centres,
                y=counts,
                name=title,
                marker_color=colour,
                hovertemplate=f"near %{{x:.3g}}: %{{y}} cells, {title}<extra></extra>",
            )
    figure.update_layout(
        barmode="stack",
        bargap=0.05,
        height=260,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"title": {"text": "input"}},
        yaxis={"title": {"text": "cells"}},
        legend=_LEGEND,
        showlegend=True,
    )
    return figure


def gradient_by_depth(chains: Mapping[str, Chain], chosen: str) -> "go.Figure":
    """The size of each chain's gradient after each layer, by name; zeros end a line."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, one in chains.items():
        sizes = np.abs(one.gradients)
        colour, dash = _LINES[name]
        figure.add_scatter(
            x=np.arange(len(sizes)),
            y=np.where(sizes > 0, sizes, np.nan),
            mode="lines",
            name=ACTIVATIONS[name].name,
            line={"color": colour, "dash": dash, "width": 5 if name == chosen else 2.5},
            hovertemplate=f"{ACTIVATIONS[name].name}, layer %{{x}}: %{{y:.3g}}<extra></extra>",
        )
    figure.update_layout(
        height=360,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"title": {"text": "layers"}},
        yaxis={"type": "log", "title": {"text": "size of the gradient"}, "exponentformat": "power"},
        legend=_LEGEND,
    )
    return figure
