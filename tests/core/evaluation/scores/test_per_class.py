"""Scores of each class against scikit-learn."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from sklearn.metrics import (
    balanced_accuracy_score,
    classification_report,
    precision_recall_fscore_support,
)

from core.evaluation.counts import count
from core.evaluation.scores.per_class import per_class, report
from tests.core.evaluation.answers import answered


@settings(max_examples=40, deadline=None)
@given(answered(least=1))
def test_worst_first__has_each_class_that_occurs_once(answers):
    scores = per_class(count(*answers))
    order = scores.worst_first.tolist()
    assert sorted(order) == np.flatnonzero(scores.occurs).tolist()
    judged = [at for at in order if scores.support[at]]
    assert order[: len(judged)] == judged
    assert len(order) - len(judged) == scores.only_said
    keys = [(scores.recall[at], -scores.support[at]) for at in judged]
    assert keys == sorted(keys)


@settings(max_examples=40, deadline=None)
@given(answered(least=1))
def test_per_class__equals_sklearn(answers):
    labels, predicted, classes = answers
    found = per_class(count(labels, predicted, classes))
    expected = precision_recall_fscore_support(
        labels, predicted, labels=range(classes), zero_division=0
    )
    columns = (found.precision, found.recall, found.f1, found.support)
    for column, wanted in zip(columns, expected, strict=True):
        assert column == pytest.approx(wanted, abs=1e-12)
    for name in ("macro", "weighted"):
        means = getattr(found, name)
        wanted = precision_recall_fscore_support(labels, predicted, average=name, zero_division=0)
        assert (means.precision, means.recall, means.f1) == pytest.approx(wanted[:3], abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that was only predicted, and single classes
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.accuracy == pytest.approx((labels == predicted).mean())


@settings(max_examples=40, deadline=None)
@given(answered(least=1))
def test_report__is_sklearns_text(answers):
    labels, predicted, classes = answers
    assume((labels == predicted).any())  # else scikit-learn prints the support as a float
    titles = [f"class {'x' * at}" for at in range(classes)]
    scores = per_class(count(labels, predicted, classes))
    used = np.union1d(labels, predicted)
    for digits in (2, 4):
        expected = classification_report(
            labels,
            predicted,
            target_names=[titles[at] for at in used],
            digits=digits,
            zero_division=0,
        )
        assert report(scores, titles, digits) == expected


def test_per_class__of_no_answers():
    found = per_class(count(np.empty(0, int), np.empty(0, int), 3))
    assert found.recall.tolist() == [0, 0, 0]
    assert math.isnan(found.accuracy)
    assert math.isnan(found.balanced_accuracy)
    assert math.isnan(found.macro.f1)
    assert math.isnan(found.weighted.precision)
    with pytest.raises(ValueError, match="no answers"):
        report(found, ["a", "b", "c"])


def test_per_class__of_21841_classes():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 21_841, (2, 2000))
    predicted[::2] = labels[::2]
    found = per_class(count(labels, predicted, 21_841))
    wanted = precision_recall_fscore_support(labels, predicted, average="macro", zero_division=0)
    assert (found.macro.precision, found.macro.recall, found.macro.f1) == pytest.approx(wanted[:3])
