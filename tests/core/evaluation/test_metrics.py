"""Scores against closed forms and counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import (
    confusion,
    intervals,
    log_softmax,
    losses,
    majority,
    score,
    softmax,
    wilson,
)
from core.evaluation.metrics import ratio


def test_wilson__published_values():
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3
    for right, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605),
                                (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):  # fmt: skip
        assert wilson(right, n, z=1.959964) == pytest.approx((low, high), abs=5e-5)


def test_wilson__nothing_is_known_without_answers():
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10**6), st.data())
def test_wilson__its_ends_are_where_the_score_test_rejects(n, data):
    """The definition: |share - p| = z · sqrt(p (1 - p) / n) at both ends."""
    right = data.draw(st.integers(0, n))
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        assert abs(right / n - end) == pytest.approx(
            1.96 * math.sqrt(end * (1 - end) / n), rel=1e-6, abs=1e-9
        )


@given(st.integers(1, 1000), st.data())
def test_wilson__wrong_answers_mirror_right_ones(n, data):
    right = data.draw(st.integers(0, n))
    low, high = wilson(right, n)
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_intervals__are_wilsons():
    found = intervals(np.array([0, 3, 7]), np.array([0, 9, 7]))
    assert found.tolist() == [[*wilson(0, 0)], [*wilson(3, 9)], [*wilson(7, 7)]]
    assert intervals(np.empty(0, int), np.empty(0, int)).shape == (0, 2)


def test_ratio__of_nothing_is_what_was_asked_for():
    assert ratio(np.array([1, 0, 3]), np.array([2, 0, 0]), 0.0).tolist() == [0.5, 0, 0]
    assert math.isnan(ratio(0, 0))


def test_confusion__rows_are_the_truth():
    matrix = confusion(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 4)
    assert matrix.dtype == np.int64
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_confusion__of_nothing_is_zero():
    assert confusion(np.empty(0, int), np.empty(0, int), 3).tolist() == [[0] * 3] * 3


def test_confusion__equals_sklearn():
    from sklearn.metrics import confusion_matrix

    rng = np.random.default_rng(0)
    for classes in range(2, 30):
        labels, predicted = rng.integers(0, classes, (2, rng.integers(1, 200)))
        expected = confusion_matrix(labels, predicted, labels=range(classes))
        assert (confusion(labels, predicted, classes) == expected).all()


def test_confusion__uint8_labels_do_not_overflow():
    matrix = confusion(np.array([200], np.uint8), np.array([201], np.uint8), 202)
    assert np.argwhere(matrix).tolist() == [[200, 201]]


def test_majority__the_class_most_frequent_in_training():
    assert majority(np.array([2, 2, 0]), np.array([0, 0, 0, 2])) == 0.25
    assert majority(np.array([1, 0, 0, 1]), np.array([0, 1, 1])) == pytest.approx(1 / 3)  # a tie
    assert majority(np.array([1]), np.empty(0, int)) == 0.0


def test_losses__of_known_probabilities():
    found = losses(np.array([0, 1, 1]), np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], np.float32))
    assert found[:2] == pytest.approx([math.log(2), 0.0])
    assert found[2] == pytest.approx(126 * math.log(2))  # and not infinite


def test_score__of_known_probabilities():
    labels = np.array([0, 1, 1, 1])
    probabilities = np.array([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75], [0.25, 0.75]], np.float32)
    found = score(labels, probabilities)
    assert (found.accuracy, found.n) == (0.75, 4)
    assert (found.low, found.high) == wilson(3, 4)
    assert found.loss == pytest.approx((2 * math.log(2) + 2 * math.log(4 / 3)) / 4)


def test_softmax__is_torchs_however_large_the_logits():
    import torch

    logits = np.array([[0.5, -2, 3], [1e30, 0, 0], [-1e4, -1e4, -1e4]], np.float32)
    wanted = torch.from_numpy(logits).double().log_softmax(1).numpy()
    assert log_softmax(logits) == pytest.approx(wanted)
    assert softmax(logits) == pytest.approx(np.exp(wanted))
