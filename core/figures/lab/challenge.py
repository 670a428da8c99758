"""The challenge's results by year, single models since 2012, and the sizes of the data sets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.lab.challenge.record import Edition, Entry, History, Model

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BLUE, _ORANGE, _GREY = "#4E9FCB", "#d55d08", "rgba(138,148,163,0.9)"
_EDITIONS = {
    "ImageNet": ("all of it", _BLUE),
    "challenge": ("the challenge", _ORANGE),
    "small": ("small sets made of it", "#E0A13C"),
    "test": ("test sets beside it", _GREY),
}
_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
_ROW = 25  # pixels


def entries_chart(history: History, chosen: int) -> "go.Figure":
    """Top-5 errors by year, the winners joined by a line, and the human estimate.

    The winner of the `chosen` year is ringed. A click on a point gives its year as customdata.
    """
    import plotly.graph_objects as go

    others = [one for one in history.entries if not one.won]
    figure = go.Figure()
    for name, entries, style in (
        (
            "others",
            [one for one in others if not one.extra_data],
            {"mode": "markers", "marker": {"color": _GREY, "size": 9}},
        ),
        (
            "winner, with more data",
            [one for one in others if one.extra_data],
            {"mode": "markers", "marker": {"color": _BLUE, "size": 10, "symbol": "circle-open"}},
        ),
        (
            "winner",
            history.winners,
            {"mode": "lines+markers", "line": {"color": _BLUE, "width": 2}, "marker": {"size": 11}},
        ),
    ):
        figure.add_scatter(
            x=[one.year for one in entries],
            y=[one.error for one in entries],
            name=name,
            customdata=[one.year for one in entries],
            hovertext=[_entry(one) for one in entries],
            hovertemplate="%{hovertext}<extra></extra>",
            **style,
        )
    _ring(figure, chosen, history.winner(chosen).error)
    figure.add_hline(
        y=history.human.error,
        line={"color": _ORANGE, "width": 1.5, "dash": "dot"},
        annotation_text=f"one person, {history.human.error} %",
        annotation_position="top left",
    )
    years = [one.year for one in history.winners]
    return _laid_out(
        figure,
        xaxis={"tickvals": years, "range": [years[0] - 0.5, years[-1] + 0.5]},
        yaxis={"title": {"text": "top-5 error"}, "ticksuffix": " %", "range": [0, 36]},
    )


def models_chart(models: Sequence[Model], chosen: str) -> "go.Figure":
    """Top-1 accuracies by year of first publication, by what the models learnt from.

    The `chosen` one is ringed. A click on a point gives the model's name as customdata.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, has_more, colour, size in (
        ("with more pictures", True, _ORANGE, 14),
        ("ImageNet-1k alone", False, _BLUE, 10),  # on top: two nearly cover each other
    ):
        some = [one for one in models if one.extra_data == has_more]
        figure.add_scatter(
            x=[one.year for one in some],
            y=[one.top1 for one in some],
            mode="markers",
            name=name,
            marker={"color": colour, "size": size},
            customdata=[one.name for one in some],
            hovertemplate="%{customdata} (%{x}): %{y} %<extra></extra>",
        )
    of = {one.name: one for one in models}[chosen]
    _ring(figure, of.year, of.top1)
    years = [one.year for one in models]
    return _laid_out(
        figure,
        xaxis={"range": [min(years) - 0.6, max(years) + 0.6], "dtick": 2},
        yaxis={"title": {"text": "top-1 accuracy"}, "ticksuffix": " %", "range": [55, 95]},
    )


def editions_chart(editions: Sequence[Edition]) -> "go.Figure":
    """How many pictures each has, on a logarithmic scale, the largest first."""
    import plotly.graph_objects as go

    by_size = sorted(editions, key=lambda one: one.pictures)
    figure = go.Figure()
    for kind, (name, colour) in _EDITIONS.items():
        some = [one for one in by_size if one.kind == kind]
        figure.add_bar(
            x=[one.pictures for one in some],
            y=[one.name for one in some],
            orientation="h",
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            customdata=[f"{one.classes:,}" for one in some],
            hovertemplate=(
                "%{y}: %{x:,} pictures<br>in %{customdata} classes or synsets<extra></extra>"
            ),
        )
    return _laid_out(
        figure,
        height=110 + _ROW * len(by_size),
        xaxis={
            "type": "log",
            "title": {"text": "pictures"},
            "tickvals": [10**power for power in range(4, 8)],
            "ticktext": ["10 000", "100 000", "1 million", "10 million"],
            "tickangle": 0,
        },
        yaxis={
            "automargin": True,
            "categoryorder": "array",
            "categoryarray": [one.name for one in by_size],
        },
    )


def _entry(one: Entry) -> str:
    return f"{one.team} ({one.year}): {one.error:.2f} %<br>{one.method}"


def _ring(figure: "go.Figure", x: float, y: float) -> None:
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"size": 20, "color": _ORANGE, "symbol": "circle-open", "line": {"width": 3}},
        showlegend=False,
        hoverinfo="skip",
    )


def _laid_out(
    figure: "go.Figure", xaxis: dict[str, Any], yaxis: dict[str, Any], height: int = 360
) -> "go.Figure":
    return figure.update_layout(
        height=height,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        dragmode=False,
        legend=_ABOVE,
        xaxis={"fixedrange": True, **xaxis},
        yaxis={"fixedrange": True, **yaxis},
    )
