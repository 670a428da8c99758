"""Answers that are right, nearly right and wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_choice__its_solution_is_the_right_option():
    assert Choice("?", ("a", "b", "c"), 1, "").solution == "b"


@pytest.mark.parametrize(
    ("right", "within", "told"),
    [(0.18388, 0.001, "0.184"), (123.4567, 0.01, "123.46"), (1_300_000, 0, "1300000")],
)
def test_number__its_solution_has_the_decimals_asked_for(right, within, told):
    assert Number("?", right, "", within).solution == told


@given(right=st.integers(-(10**9), 10**9), scale=st.integers(0, 4), error=st.floats(1e-6, 0.5))
def test_number__accepts_its_own_solution(right, scale, error):
    question = Number("?", right / 10**scale, "", error)
    assert question.accepts(float(question.solution))
    whole = Number("?", right, "")
    assert whole.accepts(float(whole.solution))
