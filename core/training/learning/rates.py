"""Looking for a learning rate: raise it step by step and watch the loss (Smith 2015)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LOWEST, HIGHEST = 1e-6, 1.0
STEPS = 60
_SMOOTHING = 0.9
_ENOUGH = 4.0
"""Times the lowest loss: where it has risen to that, it is over."""
_LEAST_FALL = 0.02


@dataclass(frozen=True, slots=True)
class Rates:
    """What was tried and what came of it."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    """Smoothed as a running mean, like fastai's."""
    chosen: float


def sweep(step: Callable[[float], float | None], steps: int = STEPS) -> Rates:
    """Call ``step`` with rates that rise by the same factor; it learns once and gives the loss.

    A None ends the sweep, as does a loss four times the lowest, or one that is no number.
    """
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for number in range(steps):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (steps - 1))
        loss = step(rate)
        if loss is None or not math.isfinite(loss):
            break
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        rates.append(rate)
        losses.append(mean / (1 - _SMOOTHING ** (number + 1)))
        if losses[-1] > _ENOUGH * min(losses):
            break
    return Rates(tuple(rates), tuple(losses), choose(rates, losses))


def choose(rates: Sequence[float], losses: Sequence[float]) -> float:
    """The rate at which the loss has come half of the way from its start to its lowest.

    The lowest itself is where it is about to rise again: too late. 1e-3 where nothing falls.
    """
    if not losses or min(losses) > (1 - _LEAST_FALL) * losses[0]:
        return 1e-3
    half = (losses[0] + min(losses)) / 2
    return next(rate for rate, loss in zip(rates, losses, strict=True) if loss <= half)
