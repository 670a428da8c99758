"""Guesses, votes and wrong labels, against scipy, scikit-learn and counting them out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.metrics import top_k_accuracy_score

from core.lab.challenge.counting import (
    majority,
    measured_accuracy,
    missed,
    precision,
    true_accuracy,
    votes_needed,
)

shares = st.floats(0, 1)
odd = st.integers(0, 49).map(lambda half: 2 * half + 1)


@given(accuracy=shares, votes=odd)
def test_majority__is_the_upper_half_of_a_binomial_distribution(accuracy, votes):
    assert majority(accuracy, votes) == pytest.approx(binom.sf(votes // 2, votes, accuracy))


@given(share=st.floats(0.01, 0.99), accuracy=st.floats(0.01, 0.99), half=st.integers(0, 3))
def test_precision__counted_out_over_all_ways_to_vote(share, accuracy, half):
    votes, right, kept = 2 * half + 1, 0.0, 0.0
    for shows, said in itertools.product((True, False), itertools.product((0, 1), repeat=votes)):
        chance = share if shows else 1 - share
        for vote in said:
            chance *= accuracy if bool(vote) == shows else 1 - accuracy
        if sum(said) > votes / 2:
            kept += chance
            right += chance * shows
    assert precision(share, accuracy, votes) == pytest.approx(right / kept)


def test_precision__one_vote_right_nine_times_in_ten_keeps_as_many_wrong_pictures_as_right_ones():
    assert precision(0.1, 0.9, 1) == pytest.approx(0.5)
    assert precision(0.3, 0.5, 9) == pytest.approx(0.3)  # who guesses learns nothing
    assert math.isnan(precision(0, 1, 3))


@given(share=st.floats(0.05, 0.95), accuracy=st.floats(0.7, 0.99), wanted=st.floats(0.1, 0.999))
def test_votes_needed__are_enough_and_no_vote_too_many(share, accuracy, wanted):
    votes = votes_needed(share, accuracy, wanted)
    assert votes % 2
    assert precision(share, accuracy, votes) >= wanted
    assert votes == 1 or precision(share, accuracy, votes - 2) < wanted


def test_votes_needed__guessing_never_does():
    with pytest.raises(ValueError, match="50%"):
        votes_needed(0.1, 0.5, 0.9)


@given(seed=st.integers(0, 10_000), n=st.integers(1, 30), classes=st.integers(6, 12))
def test_missed__is_one_minus_scikit_learns_top_k_accuracy(seed, n, classes):
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=n)
    scores = random.permuted(np.tile(np.arange(classes), (n, 1)), axis=1)  # without ties
    errors = missed(labels, np.argsort(-scores, axis=1)[:, :5]).mean(0)
    for k, error in enumerate(errors, 1):
        accuracy = top_k_accuracy_score(labels, scores, k=k, labels=np.arange(classes))
        assert error == pytest.approx(1 - accuracy)


def test_missed__by_hand():
    guesses = np.array([[3, 1, 2], [0, 3, 1]])
    assert missed(np.array([1, 4]), guesses).tolist() == [[True, False, False], [True] * 3]


@given(accuracy=shares, wrong=shares, repeated=shares)
def test_accuracies__counted_out_over_labels_and_answers(accuracy, wrong, repeated):
    measured = true = 0.0
    for is_wrong, repeats, is_right in itertools.product((True, False), repeat=3):
        chance = (
            (wrong if is_wrong else 1 - wrong)
            * (repeated if repeats else 1 - repeated)
            * (accuracy if is_right else 1 - accuracy)
        )
        gives_the_label = repeats if is_wrong else is_right
        says_the_truth = is_right and not (is_wrong and repeats)
        measured += chance * gives_the_label
        true += chance * says_the_truth
    assert measured_accuracy(accuracy, wrong, repeated) == pytest.approx(measured)
    assert true_accuracy(accuracy, wrong, repeated) == pytest.approx(true)


@given(wrong=shares)
def test_measured_accuracy__who_is_always_right_shows_the_share_of_right_labels(wrong):
    assert measured_accuracy(1, wrong, 0) == pytest.approx(1 - wrong)
    assert true_accuracy(1, wrong, 0) == 1
