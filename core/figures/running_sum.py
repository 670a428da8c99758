"""How the channels of a layer add up to a class's logit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.inside import Decomposition

_FOR, _AGAINST, _SUM = "#d89353", "#5877b5", "#8a94a3"
_NOTHING = 1e-4  # as a part of the score: rounding


@dataclass(frozen=True, slots=True)
class Step:
    """One summand in logits and the sum so far; `is_sum` marks a line that only says that sum."""

    label: str
    amount: float
    total: float
    is_sum: bool = False


def steps(parts: "Decomposition", most: int) -> tuple[Step, ...]:
    """The `most` channels with the largest shares, the other channels, the bias, the score.

    The first sum is that of the raw map. What comes between it and the score is the bias and, where
    what follows the layer is not linear, what linear weights cannot say.
    """
    shown = parts.order[:most]
    amounts = [(f"channel {channel}", float(parts.shares[channel])) for channel in shown]
    others = len(parts.shares) - len(shown)
    if others:
        rest = float(np.delete(parts.shares, shown).sum(dtype=np.float64))
        amounts.append((f"{others:,} other channels" if others > 1 else "1 other channel", rest))
    made, total = [], 0.0
    for label, amount in amounts:
        total += amount
        made.append(Step(label, amount, total))
    made.append(Step("sum of the map", total, total, is_sum=True))
    bias = parts.bias or 0.0
    bent = parts.score - total - bias
    if parts.bias is not None:
        total += bias
        made.append(Step("bias", bias, total))
    if abs(bent) > _NOTHING * max(1.0, abs(parts.score)):
        total += bent
        made.append(Step("not linear", bent, total))
    made.append(Step("score", parts.score, parts.score, is_sum=True))
    return tuple(made)


def running_sum(made: Sequence[Step]) -> "go.Figure":
    """The steps as a waterfall, from the top down."""
    import plotly.graph_objects as go

    reached = [0.0, *(step.total for step in made)]
    room = 0.2 * (max(reached) - min(reached))  # for the numbers at the bars' ends
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[step.label for step in made],
            x=[step.total if step.is_sum else step.amount for step in made],
            measure=["total" if step.is_sum else "relative" for step in made],
            text=[f"{step.total:.2f}" if step.is_sum else f"{step.amount:+.2f}" for step in made],
            textposition="outside",
            cliponaxis=False,
            increasing={"marker": {"color": _FOR}},
            decreasing={"marker": {"color": _AGAINST}},
            totals={"marker": {"color": _SUM}},
            connector={"line": {"color": _SUM, "width": 1}},
            hovertemplate="%{y}: %{text} logits<extra></extra>",
        )
    )
    figure.update_layout(
        height=60 + 26 * len(made),
        margin={"l": 0, "r": 8, "t": 4, "b": 0},
        yaxis={"autorange": "reversed"},
        xaxis={
            "title": {"text": "logits"},
            "range": [min(reached) - room * (min(reached) < 0), max(reached) + room],
        },
        showlegend=False,
    )
    return figure
