"""What is chosen for the bundled model after its training, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tools.bundled.choices import auroc, energy, log_loss, temperature, threshold

SCORES = st.lists(st.integers(0, 20), min_size=1, max_size=20).map(lambda s: np.array(s) / 20)


def test_log_loss__of_even_logits_is_that_of_guessing():
    assert log_loss(np.array([0, 3]), np.zeros((2, 5))) == pytest.approx(np.log(5))


@pytest.mark.parametrize("wanted", [0.5, 1.0, 2.5])
def test_temperature__finds_the_one_that_the_labels_were_drawn_by(wanted):
    dice = np.random.default_rng(0)
    logits = 3 * dice.standard_normal((20_000, 8))
    chances = np.exp(logits / wanted)
    chances /= chances.sum(1, keepdims=True)
    labels = (chances.cumsum(1) < dice.random((len(logits), 1))).sum(1).clip(max=7)
    assert temperature(labels, logits) == pytest.approx(wanted, rel=0.05)


def test_temperature__is_the_best_of_many():
    dice = np.random.default_rng(1)
    logits, labels = dice.standard_normal((300, 4)), dice.integers(0, 4, 300)
    found = temperature(labels, logits)
    least = log_loss(labels, logits, found)
    assert all(least <= log_loss(labels, logits, t) + 1e-6 for t in np.linspace(0.2, 5, 60))


def test_temperature__without_pictures_is_one():
    assert temperature(np.empty(0, np.int64), np.empty((0, 4))) == 1


def test_threshold__costs_a_tenth():
    assert threshold(np.arange(100) / 100) == pytest.approx(0.09)
    assert threshold(np.array([0.7])) == 0.7


@given(SCORES)
def test_threshold__costs_no_more_and_could_not_be_higher(right):
    found = threshold(right)
    assert (right < found).mean() <= 0.1
    higher = right[right > found]
    assert not len(higher) or (right < higher.min()).mean() >= 0.1 - 1e-9


@given(SCORES, SCORES)
def test_auroc__is_scikit_learns(own, others):
    truth = np.repeat([1, 0], [len(own), len(others)])
    wanted = roc_auc_score(truth, np.concatenate([own, others]))
    assert auroc(own, others) == pytest.approx(wanted)


def test_energy__is_the_logarithm_of_the_sum_and_does_not_overflow():
    logits = np.array([[1.0, 2.0], [0.0, 0.0]])
    assert energy(logits) == pytest.approx(np.log(np.exp(logits).sum(1)))
    assert energy(np.array([[1000.0, 1000.0]])) == pytest.approx([1000 + np.log(2)])
