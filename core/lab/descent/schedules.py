"""Learning-rate schedules with warm-up: by how much the learning rate is scaled at each step."""

import math
from dataclasses import dataclass

SCHEDULES = ("constant", "step", "cosine", "linear")
STEP_FACTOR = 0.1
"""Of the stepwise schedule at the end of each third, as He et al. (2016) trained ResNets."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate goes over the steps of a training."""

    name: str = "constant"
    """One of `SCHEDULES`; cosine is Loshchilov and Hutter's (2017), without restarts."""
    warm_up: int = 0
    """Steps in which it rises evenly to its full height before the schedule begins."""

    def rates(self, full: float, steps: int) -> list[float]:
        """The learning rate of each of `steps` steps, at most `full`."""
        warm = min(self.warm_up, steps)
        rising = [full * (step + 1) / (self.warm_up + 1) for step in range(warm)]
        left = steps - warm
        return rising + [full * self._factor(step, left) for step in range(left)]

    def _factor(self, step: int, steps: int) -> float:
        """After the warm-up, for a step of those that are left."""
        match self.name:
            case "step":
                return STEP_FACTOR ** (step // third(steps))
            case "cosine":
                return (1 + math.cos(math.pi * step / steps)) / 2
            case "linear":
                return 1 - step / steps
        return 1.0


CONSTANT = Schedule()


def third(steps: int) -> int:
    """After how many steps the stepwise schedule steps down."""
    return max(1, -(-steps // 3))
