"""The headline figures beside scikit-learn's and torchmetrics', and as JSON."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, precision_recall_fscore_support, top_k_accuracy_score

from core import catalog
from core.evaluation import Headline, Hierarchy, headline, losses, wilson
from core.evaluation.scores import headline as module
from core.evaluation.scores.headline import among_top
from core.evaluation.truth.real import RIGHT, SKIPPED, WRONG
from tests.core.evaluation.answers import probabilities, top_of

WNIDS = [synset.wnid for synset in catalog.load().classes("1k")]


def figures(labels, known, **more):
    top, top_probability = top_of(known)
    hierarchy = Hierarchy(WNIDS[: known.shape[1]])
    return headline(labels, top, top_probability[:, 0], losses(labels, known), hierarchy, **more)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.integers(6, 20))
def test_headline__equals_sklearn(seed, n, classes):
    rng = np.random.default_rng(seed)
    known, labels = probabilities(rng, n, classes), rng.integers(0, classes, n)
    found = figures(labels, known)
    every = range(classes)
    assert found.top1 == pytest.approx((known.argmax(1) == labels).mean())
    assert found.top5 == pytest.approx(top_k_accuracy_score(labels, known, k=5, labels=every))
    assert found.log_loss == pytest.approx(log_loss(labels, known, labels=every), rel=1e-5)
    for average in ("macro", "weighted"):
        wanted = precision_recall_fscore_support(
            labels, known.argmax(1), average=average, zero_division=0
        )
        parts = ("precision", "recall", "f1")
        assert [getattr(found, f"{average}_{part}") for part in parts] == pytest.approx(wanted[:3])
    assert found.n == n
    assert (found.top5_low, found.top5_high) == wilson(round(found.top5 * n), n)
    assert math.isnan(found.real_top1)


@pytest.mark.parametrize("block", [1 << 16, 3])
def test_among_top__of_missing_ones_too(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    labels, top = np.array([1, 1, 0, 2]), np.array([[0, 1], [0, 2], [0, -1], [1, -1]])
    assert among_top(labels, top).tolist() == [True, False, True, False]
    assert among_top(labels[:0], top[:0]).tolist() == []


def test_headline__of_no_answers():
    found = figures(np.empty(0, int), np.empty((0, 3), np.float32), unmatched=2, unreadable=3)
    assert (found.n, found.unmatched, found.unreadable, found.real_n) == (0, 2, 3, 0)
    assert (found.top1_low, found.top1_high) == (0, 1)
    for name in ("top1", "top5", "log_loss", "ece", "macro_f1", "balanced_accuracy",
                 "mistake_severity", "real_top1"):  # fmt: skip
        assert math.isnan(getattr(found, name))


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_headline__of_fewer_than_five_classes(classes):
    found = figures(np.array([0]), probabilities(np.random.default_rng(0), 1, classes))
    assert (found.n, found.top5) == (1, 1)


def test_headline__reassessed_labels_are_counted():
    real = np.array([RIGHT, WRONG, SKIPPED, RIGHT], np.int8)
    known = probabilities(np.random.default_rng(0), 4, 6)
    found = figures(np.array([0, 1, 2, 3]), known, real=real)
    assert (found.real_top1, found.real_n) == (pytest.approx(2 / 3), 3)


def test_record__comes_back_and_holds_no_nan():
    for n in (0, 3):
        found = figures(np.zeros(n, int), np.full((n, 2), 0.5, np.float32))
        text = json.dumps(found.as_record(), allow_nan=False)
        back = Headline.from_record(json.loads(text))
        assert back.as_record() == found.as_record()
        assert repr(back) == repr(found)


def test_record__whole_numbers_may_stand_for_floats():
    record = {**figures(np.array([0]), np.ones((1, 1), np.float32)).as_record(), "top1": 1, "x": 2}
    assert isinstance(Headline.from_record(record).top1, float)


@pytest.mark.parametrize("change", [{"n": None}, {"n": "3"}, {"top1": "a"}, {"top1": True}])
def test_record__damaged_is_refused(change):
    record = figures(np.array([0]), np.ones((1, 1), np.float32)).as_record()
    with pytest.raises(ValueError, match="missing or no number"):
        Headline.from_record({**record, **change})
    del record["ece"]
    with pytest.raises(ValueError, match="ece"):
        Headline.from_record(record)
