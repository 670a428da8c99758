"""Pairs of classes that are taken for each other."""

import numpy as np
import pytest
from hypothesis import given

from core.evaluation.confusions import (
    Around,
    Mutual,
    Pair,
    around,
    most_confused,
    most_confused_between,
    mutual,
    part,
    ranked,
)
from core.evaluation.counts import count, from_matrix, rows
from tests.core.evaluation.answers import answered

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


def test_most_confused_between__is_of_the_errors_from_one_to_the_other():
    counts = np.diag([9] * 6)
    counts[0, 1] = counts[4, 5] = counts[3, 0] = 8  # within both, and backwards
    counts[2, 3] = 1
    a, b = np.array([0, 1, 2]), np.array([3, 4, 5])
    assert most_confused_between(counts, a, b, 2).tolist() == [2, 3]
    assert most_confused_between(counts, b, a, 2).tolist() == [0, 3]
    assert most_confused_between(counts, a, a, 2).tolist() == [0, 1]


@given(answered())
def test_most_confused_between__are_of_the_two_sets_alone(answers):
    known = count(*answers)
    a, b = np.arange(known.classes)[::3], np.arange(known.classes)[1::3]
    found = most_confused_between(known, a, b, 4)
    assert len(found) <= 4
    assert set(found.tolist()) <= {*a.tolist(), *b.tolist()}
    matrix = known.dense()[np.ix_(a, b)]
    if matrix.any():
        assert matrix.max() == known.dense()[np.ix_(np.intersect1d(found, a), b)].max()


@given(answered())
def test_ranked__of_sparse_counts_and_of_the_matrix_are_the_same(answers):
    found = count(*answers)
    pairs = ranked(found)
    assert pairs == ranked(found.dense())
    assert ranked(found, 3) == pairs[:3]
    matrix = found.dense()
    assert {(p.truth, p.predicted): p.count for p in pairs} == {
        (a, b): matrix[a, b] for a, b in np.argwhere(matrix) if a != b
    }
    assert [p.count for p in pairs] == sorted((p.count for p in pairs), reverse=True)


def test_mutual__both_directions_together():
    counts = np.array([[9, 20, 0], [11, 5, 3], [0, 0, 1]])
    assert mutual(counts) == (Mutual(0, 1, 20, 11), Mutual(1, 2, 3, 0))
    assert mutual(counts)[0].count == 31
    assert mutual(counts.T)[0] == Mutual(1, 0, 20, 11)  # the one of more mistakes comes first
    assert mutual(counts, 1) == mutual(counts)[:1]
    assert mutual(np.diag([3, 4])) == ()


@given(answered())
def test_mutual__counts_every_mistake_once(answers):
    known = count(*answers)
    matrix = known.dense()
    found = mutual(known)
    assert sum(pair.count for pair in found) == known.wrong.n
    for pair in found:
        assert (pair.forth, pair.back) == (matrix[pair.a, pair.b], matrix[pair.b, pair.a])
        assert pair.forth >= pair.back
    assert len({frozenset((pair.a, pair.b)) for pair in found}) == len(found)


def test_around__of_one_class():
    assert around(COUNTS, 0) == Around((Pair(0, 1, 1),), (Pair(1, 0, 3), Pair(2, 0, 1)))
    assert around(COUNTS, 0, 1).taken_from == (Pair(1, 0, 3),)
    assert around(np.diag([1, 2]), 1) == Around((), ())


@given(answered())
def test_part__adds_up_and_gives_its_rows(answers):
    labels, predicted, classes = answers
    known = count(labels, predicted, classes)
    found = part(known, most_confused(known, 3))
    assert found.counts.sum() == known.n
    assert len(found.counts) == min(4, classes)
    for truth, answer in np.ndindex(found.counts.shape):
        members = (found.members(truth, classes), found.members(answer, classes))
        assert len(rows(labels, predicted, *members)) == found.counts[truth, answer]


def test_most_confused__of_sparse_counts():
    counts = np.random.default_rng(0).integers(0, 3, (30, 30))
    assert (most_confused(from_matrix(counts), 7) == most_confused(counts, 7)).all()
