"""The update rules: what an optimiser makes of a gradient and of what it remembers.

Each is torch.optim's, with the same defaults.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from core.lab.descent.schedules import CONSTANT, Schedule

RULES = ("sgd", "momentum", "nesterov", "rmsprop", "adam")
ADAPTIVE = ("rmsprop", "adam")
"""Those that divide by the size of the gradients: their steps are about the learning rate long."""
RMSPROP_DECAY = 0.99
ADAM_DECAYS = (0.9, 0.999)
EPSILON = 1e-8

_FAR = 1e6  # a weight beyond it will not come back


@dataclass(frozen=True, slots=True)
class Optimiser:
    """An update rule with its settings."""

    rule: str
    """One of `RULES`."""
    rate: float
    """The learning rate at its full height."""
    momentum: float = 0.9
    """Of momentum and Nesterov; the others have none."""
    schedule: Schedule = CONSTANT


@dataclass(frozen=True, slots=True)
class Memory:
    """What an optimiser keeps from step to step, in the shape of the weights; zero at first."""

    steps: int
    first: np.ndarray
    """The velocity, or Adam's running mean of the gradients."""
    second: np.ndarray
    """RMSprop's and Adam's running mean of the squared gradients."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step with all that went into it."""

    rate: float
    gradient: np.ndarray
    memory: Memory
    """After the gradient went into it."""
    update: np.ndarray
    """What was subtracted from the weights."""
    weights: np.ndarray
    """After the step."""


def update(
    optimiser: Optimiser, gradient: np.ndarray, memory: Memory, rate: float
) -> tuple[np.ndarray, Memory]:
    """What is subtracted from the weights, and what the optimiser remembers afterwards.

    Momentum is Polyak's (1964) as torch has it: the learning rate stands outside of the velocity.
    Nesterov's (1983) looks ahead as in Sutskever et al. (2013). RMSprop is Tieleman and Hinton's
    (2012), Adam Kingma and Ba's (2015).
    """
    first, second, steps = memory.first, memory.second, memory.steps + 1
    if optimiser.rule == "rmsprop":
        second = RMSPROP_DECAY * second + (1 - RMSPROP_DECAY) * gradient**2
        change = gradient / (np.sqrt(second) + EPSILON)
    elif optimiser.rule == "adam":
        slow, slower = ADAM_DECAYS
        first = slow * first + (1 - slow) * gradient
        second = slower * second + (1 - slower) * gradient**2
        mean, square = first / (1 - slow**steps), second / (1 - slower**steps)
        change = mean / (np.sqrt(square) + EPSILON)
    elif optimiser.rule == "sgd":
        change = gradient
    else:
        first = optimiser.momentum * first + gradient
        ahead = optimiser.rule == "nesterov"
        change = gradient + optimiser.momentum * first if ahead else first
    return rate * change, Memory(steps, first, second)


def descend(
    gradient: Callable[[np.ndarray, int], np.ndarray],
    start: np.ndarray,
    optimiser: Optimiser,
    steps: int,
) -> Iterator[Step]:
    """Make so many steps; `gradient` is given the weights and the step's position.

    Where descent diverges, it ends with the step whose weights are out of all bounds.
    """
    weights = start
    memory = Memory(0, np.zeros_like(start), np.zeros_like(start))
    for position, rate in enumerate(optimiser.schedule.rates(optimiser.rate, steps)):
        slope = gradient(weights, position)
        change, memory = update(optimiser, slope, memory, rate)
        weights = weights - change
        yield Step(rate, slope, memory, change, weights)
        if out_of_bounds(weights):
            return


def out_of_bounds(weights: np.ndarray) -> bool:
    """Whether a weight is so large, or no number at all, that it went astray."""
    return not bool((np.abs(weights) < _FAR).all())
