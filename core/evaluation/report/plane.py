"""Where the points of a drawing lie."""

from collections.abc import Iterable
from dataclasses import dataclass

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 400, 10, 216  # of 420 x 260


@dataclass(frozen=True, slots=True)
class Plane:
    """From 0 to ``last`` across, and shares from 0 to 1 upwards; in units of the drawing."""

    last: float

    def x(self, value: float) -> float:
        """From the left."""
        return round(_LEFT + (_RIGHT - _LEFT) * value / self.last, 1)

    def y(self, share: float) -> float:
        """From the top."""
        return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)

    def points(self, values: Iterable[float], shares: Iterable[float]) -> str:
        """As SVG takes the corners of a line."""
        return " ".join(
            f"{self.x(value)},{self.y(share)}" for value, share in zip(values, shares, strict=True)
        )
