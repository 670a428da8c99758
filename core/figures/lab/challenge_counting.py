"""Errors by the number of guesses, precision by the number of votes, and what wrong labels do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.lab.challenge.counting import measured_accuracy, precision, true_accuracy
from core.lab.challenge.record import Entry

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BLUE, _ORANGE, _GREY = "#4E9FCB", "#d55d08", "rgba(138,148,163,0.9)"
_MOST_VOTES = 21
_MOST_WRONG = 0.3


def guesses_chart(errors: Sequence[float], chosen: int, winners: Sequence[Entry]) -> "go.Figure":
    """The error (0 to 1) with one guess, two, and so on, the `chosen` number in another colour.

    Dotted lines are the top-5 errors of the challenge's winners.
    """
    import plotly.graph_objects as go

    numbers = list(range(1, len(errors) + 1))
    figure = go.Figure(
        go.Bar(
            x=numbers,
            y=errors,
            marker_color=[_ORANGE if number == chosen else _BLUE for number in numbers],
            hovertemplate="%{x} guesses: %{y:.1%}<extra></extra>",
        )
    )
    for one in winners:
        figure.add_hline(
            y=one.error / 100,
            line={"color": _GREY, "width": 1, "dash": "dot"},
            annotation_text=str(one.year),
            annotation_position="top right",
            annotation_font_size=11,
        )
    return _laid_out(
        figure,
        xaxis={"title": {"text": "guesses"}, "tickvals": numbers, "range": [0.4, numbers[-1] + 1]},
        yaxis={"title": {"text": "error"}, "tickformat": ".0%", "rangemode": "tozero"},
    )


def votes_chart(share: float, accuracy: float, votes: int, wanted: float) -> "go.Figure":
    """The precision of the kept pictures by the number of votes, and what ImageNet reports."""
    import plotly.graph_objects as go

    numbers = list(range(1, _MOST_VOTES + 1, 2))
    figure = go.Figure(
        go.Scatter(
            x=numbers,
            y=[precision(share, accuracy, number) for number in numbers],
            mode="lines+markers",
            line={"color": _BLUE, "width": 2},
            hovertemplate="%{x} votes: %{y:.1%}<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[votes],
        y=[precision(share, accuracy, votes)],
        mode="markers",
        marker={"size": 14, "color": _ORANGE},
        hoverinfo="skip",
    )
    figure.add_hline(
        y=wanted,
        line={"color": _GREY, "width": 1.5, "dash": "dot"},
        annotation_text=f"ImageNet's {wanted:.1%}",
        annotation_position="bottom right",
    )
    return _laid_out(
        figure,
        xaxis={"title": {"text": "votes for each picture"}, "tickvals": numbers},
        yaxis={
            "title": {"text": "kept pictures that are right"},
            "tickformat": ".0%",
            "range": [0, 1.03],
        },
    )


def noise_chart(accuracy: float, wrong: float, repeated: float) -> "go.Figure":
    """The measured and the true accuracy by the share of wrong labels, at `wrong` with points."""
    import plotly.graph_objects as go

    along = np.linspace(0, _MOST_WRONG, 31)
    figure = go.Figure()
    for name, of, colour in (
        ("measured", measured_accuracy, _BLUE),
        ("with right labels", true_accuracy, _ORANGE),
    ):
        figure.add_scatter(
            x=along,
            y=[of(accuracy, share, repeated) for share in along],
            mode="lines",
            name=name,
            line={"color": colour, "width": 2},
            hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
        )
        figure.add_scatter(
            x=[wrong],
            y=[of(accuracy, wrong, repeated)],
            mode="markers",
            marker={"size": 12, "color": colour},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=along,
        y=1 - along,
        mode="lines",
        name="most that a truthful model can show",
        line={"color": _GREY, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    return _laid_out(
        figure,
        xaxis={"title": {"text": "wrong labels"}, "tickformat": ".0%"},
        yaxis={"title": {"text": "accuracy"}, "tickformat": ".0%", "range": [0.4, 1.03]},
        showlegend=True,
    )


def _laid_out(
    figure: "go.Figure", xaxis: dict[str, Any], yaxis: dict[str, Any], showlegend: bool = False
) -> "go.Figure":
    return figure.update_layout(
        height=330,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        dragmode=False,
        showlegend=showlegend,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"fixedrange": True, **xaxis},
        yaxis={"fixedrange": True, **yaxis},
    )
