"""A station's question, which checks its own answer. What is right is computed, never typed."""

import math
from dataclasses import dataclass

_MOST_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few answers is right."""

    text: str
    options: tuple[str, ...]
    right: int
    """Position of the right one among the options."""
    because: str
    """Why, told with the right answer."""

    @property
    def solution(self) -> str:
        """The right option."""
        return self.options[self.right]

    def accepts(self, answer: str) -> bool:
        """Whether it is the right option, word for word."""
        return answer == self.solution


@dataclass(frozen=True, slots=True)
class Number:
    """A number is right, as exactly as `within` says."""

    text: str
    right: float
    because: str
    """How it is obtained, told with the right answer."""
    within: float = 0.0
    """The largest error that is let pass; 0 for whole numbers, which have to be exact."""

    @property
    def solution(self) -> str:
        """The right number, with as many decimals as are asked for."""
        decimals = math.ceil(-math.log10(self.within)) if self.within else _MOST_DECIMALS
        return f"{round(self.right, decimals):.10g}"

    def accepts(self, answer: float) -> bool:
        """Whether it is near enough; NaN never is."""
        return math.isclose(answer, self.right, rel_tol=1e-9, abs_tol=self.within)


Question = Choice | Number
