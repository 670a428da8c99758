"""How a training goes: loss, accuracy and learning rate from epoch to epoch, of one run or many."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any, TypeVar

from core.training.history import Epoch, History

if TYPE_CHECKING:
    import plotly.graph_objects as go

T = TypeVar("T")
_TRAINING, _VALIDATION, _BATCH = "#4E9FCB", "#d55d08", "rgba(138,148,163,0.55)"
_RUNS = (
    "#4E9FCB", "#d55d08", "#2a9d8f", "#a66fc4", "#c94f4f", "#b59f00", "#8a94a3", "#d779b4",
)  # fmt: skip
_MOST = 400  # points of a line; a browser draws no more on its width


def loss_figure(history: History) -> "go.Figure":
    """The loss of batches and epochs in training, and on the validation pictures."""
    figure = _figure("loss", history.planned)
    steps = thinned(history.steps)
    figure.add_scatter(
        x=[step.epoch for step in steps],
        y=[step.loss for step in steps],
        mode="lines",
        name="a batch",
        line={"color": _BATCH, "width": 1},
        hovertemplate="epoch %{x:.2f}: %{y:.3f}<extra>a batch</extra>",
    )
    _both(figure, history, "loss", "%{y:.3f}")
    figure.update_yaxes(rangemode="tozero")
    return figure


def accuracy_figure(history: History) -> "go.Figure":
    """The accuracy in training and on the validation pictures; a star marks the epoch kept."""
    figure = _figure("accuracy", history.planned)
    _both(figure, history, "accuracy", "%{y:.1%}")
    best = history.best
    if best is not None and best.val_accuracy is not None:
        figure.add_scatter(
            x=[best.epoch],
            y=[best.val_accuracy],
            mode="markers",
            name="best",
            marker={"color": _VALIDATION, "symbol": "star", "size": 13},
            hovertemplate="epoch %{x}: %{y:.1%}<extra>best</extra>",
        )
    figure.update_yaxes(tickformat=".0%")
    return figure


def rate_figure(history: History) -> "go.Figure":
    """The learning rate of each step."""
    figure = _figure("learning rate", history.planned, height=190)
    steps = thinned(history.steps)
    figure.add_scatter(
        x=[step.epoch for step in steps],
        y=[step.learning_rate for step in steps],
        mode="lines",
        name="learning rate",
        line={"color": _TRAINING, "width": 2},
        hovertemplate="epoch %{x:.2f}: %{y:.2e}<extra></extra>",
    )
    figure.update_layout(showlegend=False)
    figure.update_yaxes(rangemode="tozero", exponentformat="e", nticks=4)
    return figure


def overlaid(runs: Mapping[str, History], what: str) -> "go.Figure":
    """The same curve of several runs, by name: ``what`` is accuracy or loss, on validation."""
    planned = [history.planned for history in runs.values() if history.planned]
    figure = _figure(f"validation {what}", max(planned, default=None), height=320)
    for (name, history), colour in zip(runs.items(), cycle(_RUNS)):
        points = [e for e in thinned(history.epochs) if _value(e, "val", what) is not None]
        figure.add_scatter(
            x=[epoch.epoch for epoch in points],
            y=[_value(epoch, "val", what) for epoch in points],
            mode="lines+markers",
            name=_shown(name),
            line={"color": colour, "width": 2},
            hovertemplate=f"epoch %{{x}}: %{{y:{'.1%' if what == 'accuracy' else '.3f'}}}",
        )
    figure.update_layout(showlegend=True)
    figure.update_yaxes(**({"tickformat": ".0%"} if what == "accuracy" else {}))
    return figure


def thinned(points: Sequence[T]) -> list[T]:
    """At most some hundreds of them, evenly, with the first and the last."""
    if len(points) <= _MOST:
        return list(points)
    last = len(points) - 1
    return [points[round(i * last / (_MOST - 1))] for i in range(_MOST)]


def _shown(name: str) -> str:
    """Short, and not taken for HTML."""
    short = name if len(name) < 40 else name[:39] + "…"
    return short.replace("<", "&lt;")


def _both(figure: "go.Figure", history: History, what: str, shown: str) -> None:
    for part, name, colour in (
        ("train", "training", _TRAINING),
        ("val", "validation", _VALIDATION),
    ):
        points = [e for e in thinned(history.epochs) if _value(e, part, what) is not None]
        if points:
            figure.add_scatter(
                x=[epoch.epoch for epoch in points],
                y=[_value(epoch, part, what) for epoch in points],
                mode="lines+markers",
                name=name,
                line={"color": colour, "width": 2},
                marker={"size": 5},
                hovertemplate=f"epoch %{{x}}: {shown}<extra>{name}</extra>",
            )


def _value(epoch: Epoch, part: str, what: str) -> float | None:
    return getattr(epoch, f"{part}_{what}")


def _figure(title: str, epochs: int | None, height: int = 260) -> "go.Figure":
    import plotly.graph_objects as go

    layout: dict[str, Any] = {
        "height": height,
        "margin": {"l": 0, "r": 12, "t": 8, "b": 0},
        "xaxis": {"title": {"text": "epoch"}, "range": [0, (epochs or 1) * 1.02]},
        "yaxis": {"title": {"text": title}},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "uirevision": "kept",  # a reader's zoom outlasts the next tick
    }
    return go.Figure(layout=layout)
