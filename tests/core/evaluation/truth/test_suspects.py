"""Label or model: scores against cleanlab's, where it is installed, and against all classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation import losses
from core.evaluation.truth import suspects as module
from core.evaluation.truth.real import RIGHT, SKIPPED, WRONG
from core.evaluation.truth.suspects import (
    VERDICTS,
    best_other,
    class_thresholds,
    confident_class,
    label_quality,
    self_confidence,
    surest_first,
    suspects,
)
from tests.core.evaluation.answers import probabilities, top_of


def made(seed, n, classes, sharp=2.0):
    rng = np.random.default_rng(seed)
    known = probabilities(rng, n, classes, sharp)
    labels = np.where(rng.random(n) < 0.6, known.argmax(1), rng.integers(0, classes, n))
    return labels, known, *top_of(known), losses(labels, known)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(1, 12))
def test_scores__from_five_classes_are_those_of_all(seed, n, classes):
    labels, known, top, top_probability, loss = made(seed, n, classes)
    own = self_confidence(loss)
    rows = np.arange(n)
    assert own == pytest.approx(known[rows, labels], rel=1e-6)
    others = known.copy()
    others[rows, labels] = 0
    other = best_other(labels, top, top_probability)
    assert other == pytest.approx(others.max(1), rel=1e-6)
    assert label_quality(own, other) == pytest.approx((own - other + 1) / 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 30))
def test_confident_class__is_the_most_probable_above_its_threshold(seed, n, classes):
    labels, known, top, top_probability, loss = made(seed, n, classes, sharp=3.0)
    own = self_confidence(loss)
    thresholds = class_thresholds(labels, own, classes)
    found = confident_class(labels, top, top_probability, own, thresholds)
    for row in range(n):
        reached = known[row] >= thresholds - 1e-6  # NaN reaches nothing
        most = np.where(reached, known[row], -1).argmax() if reached.any() else -1
        if most in (*top[row], labels[row], -1):
            assert found[row] == most
        else:
            assert found[row] in (-1, labels[row])
            assert known[row, most] <= 1 / 6


def test_confident_class__block_by_block_is_the_same(monkeypatch):
    labels, _, top, top_probability, loss = made(0, 100, 9)
    own = self_confidence(loss)
    given = (labels, top, top_probability, own, class_thresholds(labels, own, 9))
    whole = confident_class(*given)
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert (confident_class(*given) == whole).all()


def test_class_thresholds__by_hand():
    found = class_thresholds(np.array([0, 0, 2]), np.array([0.2, 0.6, 0.9]), 3)
    assert found == pytest.approx([0.4, np.nan, 0.9], nan_ok=True)


def test_suspects__are_the_errors_by_confidence():
    labels = np.array([0, 1, 2, 0, 1])
    known = np.array(
        [[0.1, 0.9, 0], [0.2, 0.8, 0], [0.6, 0.4, 0], [0.05, 0.9, 0.05], [0.3, 0.1, 0.6]],
        np.float32,
    )
    real = np.array([RIGHT, WRONG, WRONG, SKIPPED, RIGHT], np.int8)
    found = suspects(labels, *top_of(known), losses(labels, known), 3, real=real)
    assert found.rows.tolist() == [0, 3, 2, 4]  # of equals the first
    assert found.confidence == pytest.approx([0.9, 0.9, 0.6, 0.6])
    assert found.self_confidence == pytest.approx([0.1, 0.05, 0, 0.1], abs=1e-6)
    assert found.margin == pytest.approx([0.1, 0.075, 0.2, 0.25])
    # thresholds: 0.075, 0.45, 0; the third picture is not sure of class 2, but so is nothing
    assert found.confident.tolist() == [True, True, True, True]
    assert [VERDICTS[at] for at in found.verdict] == ["label", "unknown", "model", "label"]


def test_suspects__without_reassessed_labels_nothing_is_decided():
    labels, _, top, top_probability, loss = made(0, 30, 8)
    found = suspects(labels, top, top_probability, loss, 8)
    assert {VERDICTS[at] for at in found.verdict} == {"unknown"}
    assert (found.rows != np.flatnonzero(top[:, 0] == labels)[:, None]).all()
    assert (np.diff(found.confidence) <= 0).all()
    assert (found.margin <= 0.5).all()


@pytest.mark.parametrize("classes", [1, 6])
def test_suspects__of_nothing(classes):
    labels, _, top, top_probability, loss = made(0, 0, classes)
    assert suspects(labels, top, top_probability, loss, classes).rows.tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_suspects__agree_with_cleanlab(seed):
    rank = pytest.importorskip("cleanlab.rank")
    from cleanlab.count import compute_confident_joint, get_confident_thresholds

    labels, known, top, top_probability, loss = made(seed, 400, 5, sharp=3.0)
    own = self_confidence(loss)
    other = best_other(labels, top, top_probability)
    quality = {
        method: rank.get_label_quality_scores(labels, known, method=method)
        for method in ("self_confidence", "normalized_margin")
    }
    assert own == pytest.approx(quality["self_confidence"], abs=1e-6)
    assert label_quality(own, other) == pytest.approx(quality["normalized_margin"], abs=1e-6)
    assert (own - other + 1) / 2 == pytest.approx(quality["normalized_margin"], abs=1e-6)
    thresholds = class_thresholds(labels, own, 5)
    assert thresholds == pytest.approx(get_confident_thresholds(labels, known), abs=1e-6)
    _, off_diagonal = compute_confident_joint(
        labels, known, calibrate=False, return_indices_of_off_diagonals=True
    )
    held = confident_class(labels, top, top_probability, own, thresholds)
    reached = (known >= thresholds - 1e-6).sum(1)
    # where several thresholds are reached cleanlab takes the most probable class, reached or not
    settled = (reached <= 1) | (held == known.argmax(1))
    ours = np.flatnonzero((held >= 0) & (held != labels) & settled)
    assert set(ours.tolist()) == set(off_diagonal) & set(np.flatnonzero(settled).tolist())
    assert settled.mean() > 0.95


def test_label_quality__asks_cleanlab_where_it_is(monkeypatch):
    """A cleanlab that stands in for the real one."""
    import sys
    from types import SimpleNamespace

    def score(labels, pred_probs):
        return pred_probs[np.arange(len(labels)), labels] * 0 + 7

    stand_in = SimpleNamespace(get_normalized_margin_for_each_label=score)
    monkeypatch.setitem(sys.modules, "cleanlab", SimpleNamespace(rank=stand_in))
    monkeypatch.setitem(sys.modules, "cleanlab.rank", stand_in)
    assert module.label_quality(np.array([0.5]), np.array([0.25])).tolist() == [7]


@given(st.lists(st.sampled_from([0.0, 1e-30, 0.25, 0.5, np.nextafter(0.5, 1), 1.0]), max_size=40))
def test_surest_first__is_a_stable_sort(values):
    probability = np.array(values, np.float32)
    wanted = np.argsort(-probability, kind="stable")
    assert surest_first(probability).tolist() == wanted.tolist()
