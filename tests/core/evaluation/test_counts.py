"""Sparse confusion counts against the whole matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import confusion, counts
from core.evaluation.counts import Counts, count, from_matrix, rows
from tests.core.evaluation.answers import answered


@given(answered())
def test_count__is_the_matrix_without_its_empty_cells(answers):
    labels, predicted, classes = answers
    matrix = confusion(labels, predicted, classes)
    found = count(labels, predicted, classes)
    assert (found.dense() == matrix).all()
    assert (found.counts > 0).all()
    assert found.n == len(labels)
    assert (found.right == matrix.diagonal()).all()
    assert (found.support == matrix.sum(1)).all()
    assert (found.said == matrix.sum(0)).all()
    assert (found.wrong.dense() == matrix - np.diag(matrix.diagonal())).all()


@pytest.mark.parametrize("classes", [21_841, 50_000])
@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.int32, np.int64])
def test_count__many_classes_are_counted_the_same_way(classes, kind):
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 40, (2, 3000)).astype(kind)
    few = count(labels, predicted, 40)
    top = min(classes, np.iinfo(kind).max + 1) - 40
    many = count(labels + kind(top), predicted + kind(top), classes)
    for name in ("truths", "predicted"):
        assert (getattr(many, name) == getattr(few, name) + top).all()
    assert (many.counts == few.counts).all()
    assert (many.right[top : top + 40] == few.right).all()
    with pytest.raises(ValueError, match="too large"):
        many.dense()


@pytest.mark.parametrize("wrong", [-1, 3])
def test_count__an_answer_outside_is_refused(wrong):
    for labels, predicted in (([0, wrong], [0, 1]), ([0, 1], [wrong, 1])):
        with pytest.raises(ValueError, match="none of the classes"):
            count(np.array(labels), np.array(predicted), 3)


@given(answered(), st.integers(0, 2**32 - 1))
def test_merged__equals_counting_the_groups(answers, seed):
    labels, predicted, classes = answers
    group_of = np.random.default_rng(seed).integers(0, 3, classes)
    found = count(labels, predicted, classes).merged(group_of, 3)
    assert (found == confusion(group_of[labels], group_of[predicted], 3)).all()


def test_merged__counts_beyond_32_bits():
    huge = Counts(2, np.array([0, 1]), np.array([1, 1]), np.array([2**40 + 1, 2**40]))
    assert huge.merged(np.zeros(2, int), 1).tolist() == [[2**41 + 1]]


@given(answered())
def test_rows__are_those_that_the_cell_counts(answers):
    labels, predicted, classes = answers
    whole = count(labels, predicted, classes).dense()
    for truth in range(classes):
        for answer in range(classes):
            found = rows(labels, predicted, [truth], [answer])
            assert len(found) == whole[truth, answer]
            assert (labels[found] == truth).all()
            assert (predicted[found] == answer).all()
    several = np.arange(0, classes, 2)
    found = rows(labels, predicted, several, None)
    assert found.tolist() == [row for row, label in enumerate(labels) if label % 2 == 0]
    assert rows(labels, predicted, None, None).tolist() == list(range(len(labels)))
    assert rows(labels, predicted, [], None).tolist() == []


def test_from_matrix__of_nothing():
    empty = from_matrix(np.zeros((0, 0), int))
    assert (empty.n, empty.support.tolist()) == (0, [])


def test_dense__is_kept_for_as_many_classes_as_are_counted_so(monkeypatch):
    monkeypatch.setattr(counts, "_DENSE", 2)
    found = count(np.array([2, 0]), np.array([1, 0]), 3)
    assert found.truths.tolist() == [0, 2]
    assert found.predicted.tolist() == [0, 1]
