"""The running sum from channels to the score."""

import numpy as np
import pytest

from core.figures.running_sum import running_sum, steps
from core.inside import Decomposition, Target


def example(score: float, bias: float | None) -> Decomposition:
    """Four channels with the shares 1, -6, 4 and 0.5."""
    maps = np.ones((4, 2, 2), np.float32)
    weights = np.array([0.25, -1.5, 1.0, 0.125], np.float32)
    return Decomposition("layer4", Target("cat", (3,)), weights, maps, score, bias)


def test_steps__end_at_the_logit_over_logit_minus_bias():
    made = steps(example(score=-0.25, bias=0.25), most=2)
    assert [(s.label, s.amount, s.total) for s in made] == [
        ("channel 1", -6.0, -6.0),
        ("channel 2", 4.0, -2.0),
        ("2 other channels", 1.5, -0.5),
        ("sum of the map", -0.5, -0.5),
        ("bias", 0.25, -0.25),
        ("score", -0.25, -0.25),
    ]


@pytest.mark.parametrize("bias", [None, 0.25])
def test_steps__say_what_is_not_linear(bias):
    made = steps(example(score=9.0, bias=bias), most=10)
    assert [s.label for s in made][-2:] == ["not linear", "score"]
    assert made[-2].total == pytest.approx(9.0)
    assert sum(s.amount for s in made if not s.is_sum) == pytest.approx(9.0)


def test_running_sum__draws_the_amounts():
    made = steps(example(score=-0.25, bias=0.25), most=2)
    trace = running_sum(made).data[0]
    assert list(trace.x) == [-6.0, 4.0, 1.5, -0.5, 0.25, -0.25]
    assert list(trace.measure) == [*["relative"] * 3, "total", "relative", "total"]
    assert list(trace.y) == [s.label for s in made]
