"""Grad-CAM by hand: channels, weights, products, and the sum that ends in the logit."""

import numpy as np
import streamlit as st

from core.figures.heatmap import Scale, enlarged, overlay, png, shared_scale
from core.figures.running_sum import running_sum, steps
from core.inside import Decomposition, decompose
from ui.gallery import data_url
from ui.grad_cam.choice import Question
from ui.page import plain
from ui.remember import remembered

_CHANNELS = 10
_TILE = 96  # pixels of a map in the table


def draw(question: Question) -> None:
    """The formula with its numbers, the running sum, and the channels behind it."""
    parts = _decomposed(question)
    made = steps(parts, _CHANNELS)
    rows, columns = parts.maps.shape[1:]
    st.markdown(
        f"Grad-CAM of **{plain(parts.target.label)}** at {plain(parts.layer)}: each of the "
        f"{len(parts.weights):,} channels is a map of {rows} × {columns} cells. It counts with one "
        "weight, the mean of the gradient over its cells. What a channel adds to the score is its "
        "weight times the sum of its map."
    )
    st.markdown(_formula(parts))
    st.caption(_meaning(parts))
    left, right = st.columns(2, gap="medium")
    with left:
        st.plotly_chart(
            running_sum(made),
            config={"displayModeBar": False},
            alt="Running sum: "
            + ", ".join(f"{s.label} {s.amount:+.2f}" for s in made[:-1])
            + f", score {parts.score:.2f}",
        )
    with right:
        _table(question, parts)


def _decomposed(question: Question) -> Decomposition:
    """Of the one target, or of one rather than the other."""
    subject, target = question.subject, question.together
    return remembered(
        "decompositions",
        (question.key, target, question.layer),
        lambda: decompose(subject.model, subject.picture, target, question.layer),
        most=4,
    )


def _formula(parts: Decomposition) -> str:
    """The sum over all channels, with the numbers of the first two."""
    terms = " + ".join(
        f"{_signed(parts.weights[c], 4)} · {_signed(parts.maps[c].sum(), 2)} (channel {c})"
        for c in parts.order[:2]
    )
    total = f"{parts.shares.sum():.2f}".replace("-", "−")
    return rf"$\sum_k w_k \sum_{{ij}} A^k_{{ij}}$ = {terms} + … = **{total}**"


def _signed(value: float, digits: int) -> str:
    """A number as a factor, negative ones in brackets."""
    return f"{value:.{digits}f}" if value >= 0 else f"(−{-value:.{digits}f})"


def _meaning(parts: Decomposition) -> str:
    total = float(parts.shares.sum())
    of = "difference of logits" if parts.target.minus else "sum of logits"
    of = "logit" if len(parts.target.plus) == 1 and not parts.target.minus else of
    if parts.bias is None:
        return f"The {of} is {parts.score:.2f}; the map's sum differs from it by {parts.rest:+.2f}."
    if abs(parts.rest - parts.bias) <= 1e-3 * max(1.0, abs(parts.score)):
        return (
            f"The {of} {parts.score:.2f} minus the bias {parts.bias:.2f} is {total:.2f}: between "
            "this layer and the answer there are only an average over the cells and one linear "
            "layer, so the map holds all of it."
        )
    return (
        f"The {of} is {parts.score:.2f} and the bias {parts.bias:.2f}. The map's sum, {total:.2f}, "
        "is not their difference: what follows this layer is not linear, and one weight a channel "
        "is an approximation of it."
    )


def _table(question: Question, parts: Decomposition) -> None:
    """The channels with the largest shares."""
    shown = parts.order[:_CHANNELS]
    products = [parts.weights[c] * parts.maps[c] for c in shown]
    scale = shared_scale(products)
    running = np.cumsum(parts.shares[shown], dtype=np.float64)
    st.dataframe(
        [
            {
                "Channel": int(c),
                "Map": _tile(parts.maps[c], shared_scale([parts.maps[c]])),
                "Weight": float(parts.weights[c]),
                "Product": _tile(product, scale),
                "Share": float(parts.shares[c]),
                "Sum so far": float(total),
            }
            for c, product, total in zip(shown, products, running, strict=True)
        ],
        hide_index=True,
        row_height=60,
        height=60 * _CHANNELS + 40,
        column_config={
            "Channel": st.column_config.NumberColumn(format="%d", width=60),
            "Map": st.column_config.ImageColumn(width=64, help="Its activations, own scale"),
            "Weight": st.column_config.NumberColumn(format="%.4f", width=70),
            "Product": st.column_config.ImageColumn(
                width=64, help="Weight × map, all on one scale: blue lowers the score"
            ),
            "Share": st.column_config.NumberColumn(format="%+.2f", width=60, help="In logits"),
            "Sum so far": st.column_config.NumberColumn(format="%.2f", width=80),
        },
    )


def _tile(values: np.ndarray, scale: Scale) -> str:
    from PIL import Image

    blank = Image.new("RGB", values.shape[::-1], "#20242b")
    return data_url(png(overlay(enlarged(blank, _TILE), values, scale)))
