"""How features add up to a logit."""

from collections.abc import Sequence

import numpy as np

from core.figures.running_sum import Step


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
