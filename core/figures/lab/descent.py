"""Paths of gradient descent over a surface, animated, and the curves that go with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.figures.lab.descent_stage import player, relief
from core.lab.descent.paths import Path
from core.lab.descent.surfaces import Surface

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = ("#4E9FCB", "#d55d08", "#2a9d8f", "#b59f00", "#a66fc4")

_MARK = "rgba(138,148,163,1)"
_TARGETS = 15  # places on a side that can be clicked
_FRAMES = 24
_DOTTED = 120  # points of a path that are told apart
_ASTRAY = 50.0  # widths of the picture: what is farther off is drawn there
_LEAST = 1e-9  # of a logarithmic axis


@dataclass(frozen=True, slots=True)
class Run:
    """A path with the name and colour that it is drawn with."""

    name: str
    colour: str
    path: Path


@dataclass(frozen=True, slots=True)
class Curve:
    """Values along something, with the name and colour that they are drawn with."""

    name: str
    colour: str
    at: np.ndarray
    values: np.ndarray


def surface_figure(
    surface: Surface,
    runs: Sequence[Run],
    axes: tuple[str, str] = ("x", "y"),
    ringed: np.ndarray | None = None,
) -> "go.Figure":
    """Contours, more of them shaded the higher it is, with the paths on them; stars are minima.

    A button plays the paths from their start. Invisible markers deliver clicks anywhere; their
    `customdata` is x and y. `ringed`, (2,), is one point that is marked; `axes`
    are the names of the weights.
    """
    import plotly.graph_objects as go

    lines = [_within(surface, run.path.points) for run in runs]
    first = 1  # trace below the lines: the targets
    data = [
        _targets(surface),
        *(
            {
                "type": "scatter",
                "x": line[:, 0],
                "y": line[:, 1],
                "mode": "lines+markers" if len(line) <= _DOTTED else "lines",
                "name": run.name,
                "line": {"color": run.colour, "width": 2 if len(line) <= _DOTTED else 1},
                "marker": {"color": run.colour, "size": 4},
                "hoverinfo": "skip",
            }
            for run, line in zip(runs, lines, strict=True)
        ),
        _heads([line[-1] for line in lines], [run.colour for run in runs]),
        _stars(surface),
    ]
    if ringed is not None:
        data.append(_ring(_within(surface, ringed[None])[0]))
    longest = max((len(line) for line in lines), default=1)
    shown = np.unique(np.linspace(0, longest - 1, min(longest, _FRAMES)).round().astype(int))
    frames = [
        {
            "name": str(step),
            "traces": list(range(first, first + len(lines) + 1)),
            "data": [
                *({"x": line[: step + 1, 0], "y": line[: step + 1, 1]} for line in lines),
                _places([line[min(step, len(line) - 1)] for line in lines]),
            ],
        }
        for step in shown
    ]
    figure = go.Figure(data, frames=frames)
    figure.update_layout(
        height=460,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        images=[relief(surface)],
        xaxis=_axis(surface.x_range, axes[0]),
        yaxis={**_axis(surface.y_range, axes[1]), "scaleanchor": "x"},
        **player([str(step) for step in shown]),
    )
    return figure


def curve_figure(
    curves: Sequence[Curve], along: str, what: str, *, logarithmic: bool = True, height: int = 300
) -> "go.Figure":
    """Curves over one another; on a logarithmic axis what is below 1e-9 is left out."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for curve in curves:
        values = np.where(np.isfinite(curve.values), curve.values, np.nan)
        if logarithmic:
            values = np.where(values > _LEAST, values, np.nan)
        figure.add_scatter(
            x=curve.at,
            y=values,
            mode="lines",
            name=curve.name,
            line={"color": curve.colour, "width": 2},
            hovertemplate=f"{along} %{{x}}: %{{y:.3g}}<extra>{curve.name}</extra>",
        )
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        showlegend=len(curves) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": along}},
        yaxis={"title": {"text": what}},
    )
    if logarithmic:
        begun = [curve.values[0] for curve in curves if curve.values[0] > _LEAST]
        highest = [np.nanmax(np.where(np.isfinite(c.values), c.values, np.nan)) for c in curves]
        lowest = [c.values[c.values > _LEAST].min(initial=1.0) for c in curves]
        top = min(max(highest, default=1.0), 30 * max(begun, default=1.0))  # if it diverges
        figure.update_yaxes(
            type="log",
            exponentformat="power",
            dtick="D2" if top < 100 * min(lowest, default=1.0) else 1,
            range=[np.log10(min(lowest, default=1.0)) - 0.1, np.log10(max(top, _LEAST)) + 0.1],
        )
    else:
        figure.update_yaxes(rangemode="tozero")
    return figure


def _targets(surface: Surface) -> dict[str, Any]:
    x, y = (np.linspace(*ends, _TARGETS + 2)[1:-1] for ends in (surface.x_range, surface.y_range))
    across, up = (axis.ravel().round(3) for axis in np.meshgrid(x, y))
    return {
        "type": "scatter",
        "x": across,
        "y": up,
        "customdata": np.stack([across, up], axis=1).tolist(),
        "mode": "markers",
        "marker": {"symbol": "square", "size": 26, "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertemplate": "x %{x:.2f}, y %{y:.2f}<extra></extra>",
        "showlegend": False,
    }


def _heads(ends: Sequence[np.ndarray], colours: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        **_places(ends),
        "mode": "markers",
        "marker": {"color": list(colours), "size": 12, "line": {"color": "white", "width": 1.5}},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _stars(surface: Surface) -> dict[str, Any]:
    return {
        "type": "scatter",
        **_places(surface.minima),
        "mode": "markers",
        "marker": {"color": _MARK, "symbol": "star", "size": 11},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _ring(point: np.ndarray) -> dict[str, Any]:
    return {
        "type": "scatter",
        **_places([point]),
        "mode": "markers",
        "marker": {"color": _MARK, "symbol": "circle-open", "size": 17, "line": {"width": 2.5}},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _places(points: Sequence[np.ndarray | tuple[float, float]]) -> dict[str, list[float]]:
    return {"x": [float(point[0]) for point in points], "y": [float(point[1]) for point in points]}


def _within(surface: Surface, points: np.ndarray) -> np.ndarray:
    """Points that JSON and a browser can take, whatever became of them."""
    reach = _ASTRAY * max(*surface.x_range, *surface.y_range)
    return np.nan_to_num(points, nan=reach, posinf=reach, neginf=-reach).clip(-reach, reach)


def _axis(ends: tuple[float, float], name: str) -> dict[str, Any]:
    return {
        "range": list(ends),
        "title": {"text": name},
        "constrain": "domain",
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }
