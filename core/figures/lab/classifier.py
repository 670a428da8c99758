"""How features add up to a logit, and what temperature does to probabilities."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.figures.running_sum import Step

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NOW, _AT_ONE = "#4E9FCB", "rgba(138,148,163,0.7)"


def extremes(shares: np.ndarray, most: int) -> list[int]:
    """The features that add most to a logit, and then those that take most away; `most` of each."""
    order = np.argsort(-shares, kind="stable")
    up = [int(k) for k in order[:most] if shares[k] > 0]
    down = [int(k) for k in order[::-1][:most] if shares[k] < 0]
    return up + down


def logit_steps(
    shares: np.ndarray, shown: Sequence[int], bias: float, word: str
) -> tuple[Step, ...]:
    """The shown features, all others together, the bias, and the logit, each with the sum so far.

    `word` says what a feature is.
    """
    others = len(shares) - len(shown)
    amounts = [(f"{word} {k}", float(shares[k])) for k in shown]
    if others:
        rest = float(shares.sum() - sum(amount for _, amount in amounts))
        amounts.append((f"{others:,} others", rest))
    made, total = [], 0.0
    for label, amount in (*amounts, ("bias", bias)):
        total += amount
        made.append(Step(label, amount, total))
    return (*made, Step("logit", total, total, is_sum=True))


def temperature_bars(
    names: Sequence[str], at_one: np.ndarray, now: np.ndarray, temperature: float
) -> "go.Figure":
    """The probabilities of a few classes at a temperature, beside those at temperature 1."""
    import plotly.graph_objects as go

    figure = go.Figure()
    bars = [(f"T = {temperature:g}", now, _NOW)]
    if temperature != 1:
        bars.insert(0, ("T = 1", at_one, _AT_ONE))
    for name, values, colour in bars:
        figure.add_bar(
            x=values,
            y=list(range(len(names))),
            orientation="h",
            name=name,
            marker_color=colour,
            hovertext=list(names),
            hovertemplate="%{hovertext}: %{x:.2%}<extra></extra>",
        )
    figure.update_layout(
        height=60 + 34 * len(names),
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        dragmode=False,
        xaxis={"range": [0, 1], "tickformat": ".0%", "fixedrange": True},
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
        },
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    return figure
