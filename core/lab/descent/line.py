"""A line through a hundred points: two weights, so that descent by batches can be drawn."""

from dataclasses import dataclass

import numpy as np

from core.lab.descent.paths import Path, along
from core.lab.descent.rules import Optimiser, descend
from core.lab.descent.surfaces import Point, Surface

EXAMPLES = 100
START: Point = (-1.5, 3.5)
"""Slope and intercept to begin with."""

_SPREAD = 3.0  # of the surface to either side of its minimum, beyond the start


@dataclass(frozen=True, slots=True)
class Points:
    """What the line is fitted to: (100,) each."""

    x: np.ndarray
    y: np.ndarray


def points(standardised: bool) -> Points:
    """y = 1.2 x + 0.5 with noise, the same at each call.

    `standardised` takes the mean of x away and divides by its standard deviation, after y was made.
    """
    random = np.random.default_rng(0)
    x = random.uniform(0, 3, EXAMPLES)
    y = 1.2 * x + 0.5 + random.normal(0, 0.6, EXAMPLES)
    return Points((x - x.mean()) / x.std() if standardised else x, y)


def batches(examples: int, size: int, epochs: int) -> list[np.ndarray]:
    """The examples of each update by their positions: shuffled for each epoch, cut into batches.

    The last batch of an epoch may be smaller. The same at each call.
    """
    random = np.random.default_rng(1)
    cuts = range(size, examples, size)
    return [batch for _ in range(epochs) for batch in np.split(random.permutation(examples), cuts)]


def surface(of: Points) -> Surface:
    """The mean squared error of all the points over slope and intercept."""
    x, y = of.x, of.y
    # the mean of (a x + b - y)² multiplied out
    xx, xy, yy = float(np.mean(x * x)), float(np.mean(x * y)), float(np.mean(y * y))
    mx, my = float(x.mean()), float(y.mean())
    slope = (xy - mx * my) / (xx - mx * mx)
    best = (slope, my - slope * mx)
    reach = [max(_SPREAD, 1.4 * abs(at - to)) for at, to in zip(START, best, strict=True)]
    return Surface(
        lambda a, b: a * a * xx + 2 * a * b * mx + b * b - 2 * a * xy - 2 * b * my + yy,
        lambda a, b: 2 * np.stack([a * xx + b * mx - xy, a * mx + b - my]),
        (best[0] - reach[0], best[0] + reach[0]),
        (best[1] - reach[1], best[1] + reach[1]),
        (best,),
        START,
        r"\frac{1}{n} \sum_i (a x_i + b - y_i)^2",
        "((a * x + b - y)**2).mean()",
    )


def curvatures(of: Points) -> np.ndarray:
    """(2,): the surface's smallest and largest curvature; the eigenvalues of its Hessian."""
    mean = float(of.x.mean())
    return np.linalg.eigvalsh(2 * np.array([[np.mean(of.x**2), mean], [mean, 1.0]]))


def fit(of: Points, size: int, epochs: int, optimiser: Optimiser) -> Path:
    """Descend by batches of `size` points; the path's losses are those over all points."""
    drawn = batches(EXAMPLES, size, epochs)

    def gradient(weights: np.ndarray, update: int) -> np.ndarray:
        x, y = of.x[drawn[update]], of.y[drawn[update]]
        error = weights[0] * x + weights[1] - y
        return 2 * np.array([np.mean(error * x), error.mean()])

    start = np.array(START)
    with np.errstate(over="ignore", invalid="ignore"):
        steps = tuple(descend(gradient, start, optimiser, len(drawn)))
    return along(surface(of), start, steps)
