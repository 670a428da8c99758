"""Answers that are right, nearly right and wrong."""

import math

import pytest

from core.lab.question import Choice, Number


@pytest.mark.parametrize(
    ("answer", "right"), [(0.184, True), (0.1835, True), (0.19, False), (math.nan, False)]
)
def test_number__accepts_what_is_near_enough(answer, right):
    assert Number("?", 0.18388, "", within=0.001).accepts(answer) is right


def test_number__whole_ones_are_exact():
    assert Number("?", 1000, "").accepts(1000.0)
    assert not Number("?", 1000, "").accepts(1001)


def test_choice__accepts_the_right_option_alone():
    question = Choice("?", ("a", "b", "c"), 1, "")
    assert [question.accepts(option) for option in question.options] == [False, True, False]
