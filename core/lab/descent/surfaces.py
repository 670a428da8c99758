"""Functions of two weights to descend on, each with something of its own to teach."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]

Point = tuple[float, float]

_SADDLE_MINIMA = ((0.0, -1.0), (0.0, 1.0))
# the roots of its gradient that are minima, to the precision of doubles
_HIMMELBLAU_MINIMA = (
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.283185991286169),
    (3.584428340330492, -1.848126526964404),
)


@dataclass(frozen=True, slots=True)
class Surface:
    """A function of two weights with its gradient, over the part of the plane that is drawn."""

    function: Function
    """Of x and y, arrays of one shape."""
    gradient: Function
    """(2, ...): the derivatives by x and by y."""
    x_range: Point
    y_range: Point
    minima: tuple[Point, ...]
    start: Point
    """A place to begin from which its lesson is seen."""
    latex: str
    code: str
    """The function as a Python expression of x and y."""

    @property
    def lowest(self) -> float:
        """The function's value at its lowest minimum."""
        return float(self.function(*np.array(self.minima).T).min())


def bowl(condition: float) -> Surface:
    """(x² + κ y²) / 2: curvature 1 along x and κ, the condition number, along y."""
    return Surface(
        lambda x, y: (x**2 + condition * y**2) / 2,
        lambda x, y: np.stack([x, condition * y]),
        (-10.0, 10.0),
        (-8.0, 8.0),
        ((0.0, 0.0),),
        (-9.0, 5.0),
        rf"\tfrac{{1}}{{2}} \left( x^2 + {condition:g} \, y^2 \right)",
        f"(x**2 + {condition:g} * y**2) / 2",
    )


VALLEY = Surface(
    lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    lambda x, y: np.stack([2 * (x - 1) - 400 * x * (y - x**2), 200 * (y - x**2)]),
    (-2.0, 2.0),
    (-1.0, 3.0),
    ((1.0, 1.0),),
    (-1.2, 1.0),
    r"(1 - x)^2 + 100 \, (y - x^2)^2",
    "(1 - x)**2 + 100 * (y - x**2)**2",
)
"""Rosenbrock (1960), "An automatic method for finding the greatest or least value of a function":
steep into a curved valley, nearly flat along it."""

SADDLE = Surface(
    lambda x, y: x**2 / 2 + y**4 / 4 - y**2 / 2,
    lambda x, y: np.stack([x, y**3 - y]),
    (-2.0, 2.0),
    (-1.6, 1.6),
    _SADDLE_MINIMA,
    (1.5, 0.01),
    r"\tfrac{1}{2} x^2 + \tfrac{1}{4} y^4 - \tfrac{1}{2} y^2",
    "x**2 / 2 + y**4 / 4 - y**2 / 2",
)
"""A saddle at (0, 0) between two minima: along x it is a minimum, along y a maximum."""

MINIMA = Surface(
    lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    lambda x, y: np.stack(
        [
            4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
            2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
        ]
    ),
    (-5.0, 5.0),
    (-5.0, 5.0),
    _HIMMELBLAU_MINIMA,
    (0.0, -3.0),
    r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
)
"""Himmelblau (1972), "Applied Nonlinear Programming": four minima, all of them zero."""
