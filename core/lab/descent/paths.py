"""The way of an optimiser over a surface, with every step kept."""

from dataclasses import dataclass

import numpy as np

from core.lab.descent.rules import Optimiser, Step, descend, out_of_bounds
from core.lab.descent.surfaces import Point, Surface


@dataclass(frozen=True, slots=True)
class Path:
    """From the start to where the last step led."""

    points: np.ndarray
    """(steps + 1, 2): the start, and the weights after each step."""
    losses: np.ndarray
    """(steps + 1,): the whole function's value at each point; may be infinite at the last."""
    steps: tuple[Step, ...]

    @property
    def diverged(self) -> bool:
        """Whether the last step went out of all bounds, and the others were not made."""
        return out_of_bounds(self.points[-1])


def path(surface: Surface, start: Point, optimiser: Optimiser, steps: int) -> Path:
    """Descend from the start."""
    first = np.array(start, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        made = tuple(descend(lambda at, _: surface.gradient(*at), first, optimiser, steps))
    return along(surface, first, made)


def along(surface: Surface, start: np.ndarray, steps: tuple[Step, ...]) -> Path:
    """The path of steps that are made, and what the function is on it."""
    points = np.array([start, *(step.weights for step in steps)])
    with np.errstate(over="ignore", invalid="ignore"):
        losses = surface.function(*points.T)
    return Path(points, losses, steps)
