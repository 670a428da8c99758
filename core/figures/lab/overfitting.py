"""Curves of training and validation with the gap between them, and digits with what they are."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.lab.overfitting.training import Fit

if TYPE_CHECKING:
    import plotly.graph_objects as go

_TRAINING, _VALIDATION = "#4E9FCB", "#d55d08"
_GAP, _LINE = "rgba(213,93,8,0.15)", "rgba(138,148,163,0.9)"
_SCALE = 5  # pixels of the strip to a pixel of a digit
_BETWEEN, _BELOW, _FONT = 6, 20, 15  # pixels
_TOLD, _MARKED = (138, 148, 163, 255), (213, 93, 8, 255)


def curves(fit: Fit, epochs: int, most_loss: float, right_labels: float) -> "go.Figure":
    """Loss above accuracy, by epoch, up to all `epochs` and to `most_loss`.

    A star marks the least validation loss, an upright line the epoch that is kept, if not the last,
    and a level one the share of right labels in training, if not all are.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    along = [epoch.number for epoch in fit.epochs]
    for axis, what, shown in (("y", "loss", ".3f"), ("y2", "accuracy", ".1%")):
        for part, name, colour in (
            ("train", "training", _TRAINING),
            ("val", "validation", _VALIDATION),
        ):
            figure.add_scatter(
                x=along,
                y=[getattr(epoch, f"{part}_{what}") for epoch in fit.epochs],
                yaxis=axis,
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=axis == "y",
                line={"color": colour, "width": 2},
                fill="tonexty" if part == "val" else None,
                fillcolor=_GAP,
                hovertemplate=f"epoch %{{x}}: %{{y:{shown}}}<extra>{name}</extra>",
            )
    least = fit.least
    figure.add_scatter(
        x=[least.number],
        y=[least.val_loss],
        mode="markers",
        name="least validation loss",
        marker={"color": _VALIDATION, "symbol": "star", "size": 13},
        hovertemplate="epoch %{x}: %{y:.3f}<extra>least</extra>",
    )
    line = {"color": _LINE, "dash": "dot", "width": 2}
    if fit.kept is not fit.epochs[-1]:
        figure.add_vline(fit.kept.number, line=line)
    if right_labels < 1:
        figure.add_scatter(
            x=[0, epochs],
            y=[right_labels, right_labels],
            yaxis="y2",
            mode="lines",
            name="right labels",
            line=line,
            hovertemplate="%{y:.0%} of the training labels are right<extra></extra>",
        )
    figure.update_layout(
        height=400,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        xaxis={"title": {"text": "epoch"}, "range": [0, epochs * 1.02], "anchor": "y2"},
        yaxis={"title": {"text": "loss"}, "range": [0, most_loss * 1.05], "domain": [0.54, 1]},
        yaxis2={
            "title": {"text": "accuracy"},
            "range": [0, 1.02],
            "domain": [0, 0.46],
            "tickformat": ".0%",
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def digit_strip(
    digits: Sequence[np.ndarray], names: Sequence[str], marked: Sequence[bool]
) -> bytes:
    """A PNG of digits, (8, 8) within 0 and 1 each, with a name below, orange where it is marked."""
    side = len(digits[0]) * _SCALE
    width = len(digits) * (side + _BETWEEN) - _BETWEEN
    strip = Image.new("RGBA", (width, side + _BELOW))  # what lies between is transparent
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(_FONT)
    for number, (digit, name, mark) in enumerate(zip(digits, names, marked, strict=True)):
        left = number * (side + _BETWEEN)
        pixels = np.rint(np.clip(digit, 0, 1) * 255).astype(np.uint8)
        large = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        strip.paste(large.convert("RGBA"), (left, 0))
        middle = (left + side / 2, side + _BELOW / 2)
        draw.text(middle, name, font=font, anchor="mm", fill=_MARKED if mark else _TOLD)
    made = io.BytesIO()
    strip.save(made, "PNG")
    return made.getvalue()
