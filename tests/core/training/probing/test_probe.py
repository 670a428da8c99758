"""The probe beside scikit-learn's own pipeline."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import TrainingError
from core.training.probing.probe import fit_probe, learning_curve


@pytest.fixture(scope="module")
def digits():
    found = load_digits()
    return found.data.astype(np.float32), found.target


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("c", [0.01, 1.0])
def test_fit_probe__equals_scikit_learn_on_scaled_features(digits, classes, c):
    features, labels = (part[digits[1] < classes] for part in digits)
    train, test = slice(0, None, 2), slice(1, None, 2)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000))
    features = features.astype(np.float64)  # scikit-learn solves in the type that it is given
    reference.fit(features[train], labels[train])
    probe = fit_probe(features[train].astype(np.float32), labels[train], classes, c=c)
    logits = probe.logits(features[test])
    assert np.array_equal(logits.argmax(axis=1), reference.predict(features[test]))
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    assert probabilities == pytest.approx(reference.predict_proba(features[test]), abs=1e-4)


def test_fit_probe__gives_a_class_without_pictures_no_chance(digits):
    features, labels = (part[np.isin(digits[1], [0, 2])] for part in digits)
    probe = fit_probe(features, labels, 4)
    assert set(probe.logits(features).argmax(axis=1)) == {0, 2}


def test_fit_probe__even_weights_help_the_rare_class():
    dice = np.random.default_rng(0)
    labels = np.repeat([0, 1], [500, 10])
    features = (dice.normal(size=(510, 2)) + labels[:, None] * 1.5).astype(np.float32)
    recall = [
        (fit_probe(features, labels, 2, even=even).logits(features).argmax(1)[-10:] == 1).mean()
        for even in (False, True)
    ]
    assert recall[1] > recall[0]


def test_fit_probe__survives_features_that_never_change(digits):
    features, labels = digits
    assert (features.std(axis=0) == 0).any()
    assert np.isfinite(fit_probe(features, labels, 10).weight).all()


def test_fit_probe__refuses_one_class_and_bad_numbers(digits):
    features, labels = digits
    with pytest.raises(TrainingError, match="two classes"):
        fit_probe(features[labels == 1], labels[labels == 1], 10)
    with pytest.raises(TrainingError, match="finite"):
        fit_probe(np.full((4, 2), np.nan, np.float32), np.array([0, 1, 0, 1]), 2)


def test_learning_curve__rises_and_its_end_is_the_whole_probe(digits):
    train = digits[0][:1200], digits[1][:1200]
    held_out = digits[0][1200:], digits[1][1200:]
    curve = learning_curve(train, held_out, [1, 5, 1000], seeds=3)
    assert curve.accuracy.shape == (3, 3)
    means = curve.accuracy.mean(axis=1)
    assert means[0] < means[1] < means[2]
    whole = fit_probe(*train, 10).logits(held_out[0]).argmax(axis=1)
    assert curve.accuracy[2, 0] == pytest.approx((whole == held_out[1]).mean(), abs=0.01)
