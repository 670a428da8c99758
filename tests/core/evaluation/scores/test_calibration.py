"""Reliability bins against torchmetrics, closed forms and counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compat import mend_torchvision
from core.evaluation import wilson
from core.evaluation.scores import calibration
from core.evaluation.scores.calibration import bin_of, by_group, reliability
from tests.core.evaluation.answers import probabilities


def torchmetrics_error(known, labels, bins, norm):
    mend_torchvision()
    import torch
    from torchmetrics.functional.classification import multiclass_calibration_error

    arrays = torch.from_numpy(known), torch.from_numpy(labels)
    return float(multiclass_calibration_error(*arrays, known.shape[1], bins, norm))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 9), st.integers(1, 20))
def test_reliability__errors_are_torchmetrics(seed, n, classes, bins):
    rng = np.random.default_rng(seed)
    known = probabilities(rng, n, classes)
    labels = rng.integers(0, classes, n)
    found = reliability(known.argmax(1) == labels, known.max(1), bins)
    for norm, value in (("l1", found.expected_error), ("max", found.maximum_error)):
        assert value == pytest.approx(torchmetrics_error(known, labels, bins, norm), abs=1e-5)
    assert found.n.sum() == n


def test_bin_of__an_edge_is_in_the_lower_bin():
    confidence = np.array([0, 0.25, 0.5, 0.75, 1])
    assert bin_of(confidence, 4).tolist() == [0, 0, 1, 2, 3]
    above = np.nextafter(confidence[1:4].astype(np.float32), 2, dtype=np.float32)
    assert bin_of(above, 4).tolist() == [1, 2, 3]
    assert bin_of(np.array([1e-45, 1.0], np.float32)).tolist() == [0, 14]


@given(st.lists(st.floats(0, 1, width=32)), st.integers(1, 30))
def test_bin_of__is_where_the_edges_say(values, bins):
    confidence = np.array(values, np.float32)
    found = bin_of(confidence, bins)
    for value, place in zip(values, found.tolist(), strict=True):
        # without division: place / bins < value <= (place + 1) / bins
        assert 0 <= place < bins
        assert place < value * bins or value == place == 0
        assert value * bins <= place + 1


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan, math.inf])
def test_bin_of__what_is_no_confidence_is_refused(wrong):
    with pytest.raises(ValueError, match="between 0 and 1"):
        bin_of(np.array([0.5, wrong]))


def test_reliability__by_hand():
    found = reliability(np.array([1, 0, 1, 1], bool), np.array([0.3, 0.4, 0.9, 0.7]), 2)
    assert (found.n.tolist(), found.right.tolist()) == ([2, 2], [1, 2])
    assert found.confidence == pytest.approx([0.35, 0.8])
    assert found.gaps == pytest.approx([-0.15, -0.2])
    assert found.expected_error == pytest.approx(0.175)
    assert found.maximum_error == pytest.approx(0.2)
    assert found.edges.tolist() == [0, 0.5, 1]
    assert found.intervals.tolist() == [[*wilson(1, 2)], [*wilson(2, 2)]]


def test_reliability__a_model_that_is_as_sure_as_it_is_right():
    """Of 1000 answers with confidence k / 10, exactly k in 10 are right."""
    confidence = np.repeat(np.arange(1, 11) / 10, 1000)
    right = np.concatenate([np.arange(1000) < 100 * k for k in range(1, 11)])
    assert reliability(right, confidence, 10).expected_error == pytest.approx(0, abs=1e-12)


def test_reliability__of_no_answers():
    found = reliability(np.empty(0, bool), np.empty(0, np.float32))
    assert found.n.tolist() == [0] * 15
    assert math.isnan(found.expected_error)
    assert math.isnan(found.maximum_error)
    assert np.isnan(found.accuracy).all()


def test_reliability__many_float32_answers_lose_no_precision():
    """A float32 sum would stand still at 2^24."""
    n = 3_000_000
    found = reliability(np.ones(n, bool), np.full(n, 0.7, np.float32), 1)
    assert found.confidence[0] == pytest.approx(float(np.float32(0.7)), rel=1e-9)


@pytest.mark.parametrize("block", [1 << 17, 7])
@given(st.integers(0, 2**32 - 1), st.integers(0, 50))
def test_by_group__is_each_group_alone(block, seed, n):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "_BLOCK", block)
        assert_each_group_alone(seed, n)


def assert_each_group_alone(seed, n):
    rng = np.random.default_rng(seed)
    right, confidence = rng.random(n) < 0.5, rng.random(n)
    group = rng.integers(0, 3, n)
    for at, found in enumerate(by_group(right, confidence, group, 4)):
        alone = reliability(right[group == at], confidence[group == at])
        assert (found.n == alone.n).all()
        assert (found.right == alone.right).all()
        assert found.confidence == pytest.approx(alone.confidence, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_ends__hold_just_what_is_in_the_bin(seed, bins):
    rng = np.random.default_rng(seed)
    edges = np.linspace(0, 1, bins + 1).astype(np.float32)
    near = [np.nextafter(edges, np.float32(to)) for to in (0, 1)]
    confidence = np.concatenate([rng.random(40, np.float32), edges, *near]).clip(0, 1)
    found = reliability(np.ones(len(confidence), bool), confidence, bins)
    held = bin_of(confidence, bins)
    for at in range(bins):
        low, high = (np.float32(end) for end in found.ends(at))
        inside = (confidence >= low) & (confidence <= high)
        assert inside.tolist() == (held == at).tolist()
