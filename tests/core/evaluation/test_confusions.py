"""Pairs of classes that are taken for each other."""

import numpy as np
import pytest

from core.evaluation.confusions import Pair, most_confused, ranked

COUNTS = np.array([[9, 1, 0], [3, 2, 0], [1, 0, 1]])


def test_ranked__by_count_then_by_the_share_of_the_class():
    assert ranked(COUNTS) == (Pair(1, 0, 3), Pair(2, 0, 1), Pair(0, 1, 1))


def test_ranked__nothing_wrong_is_no_pair():
    assert ranked(np.diag([3, 0, 2])) == ()


def test_most_confused__keeps_both_of_a_pair():
    counts = np.diag([50, 1, 1, 1, 1])
    counts[1, 3], counts[3, 4] = 5, 4
    assert most_confused(counts, 2).tolist() == [1, 3]
    assert most_confused(counts, 3).tolist() == [1, 3, 4]
    assert most_confused(counts, 4).tolist() == [0, 1, 3, 4]  # then the largest


@pytest.mark.parametrize("most", [1, 2, 7, 200, 500])
def test_most_confused__is_a_rising_choice_of_that_many(most):
    counts = np.random.default_rng(0).integers(0, 3, (200, 200))
    found = most_confused(counts, most)
    assert len(found) == min(most, 200)
    assert (np.diff(found) > 0).all()
