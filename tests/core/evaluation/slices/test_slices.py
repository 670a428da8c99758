"""Slices of a signal, and whether a weak one is more than noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from core.evaluation import wilson
from core.evaluation.slices import slices as module
from core.evaluation.slices.signals import SIGNALS
from core.evaluation.slices.slices import Slice, findings, holm, slices, weakest


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 7.5, 8.0, np.inf, np.nan]), max_size=60),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
)
def test_slices__hold_each_known_picture_once(values, bins, seed):
    values = np.array(values, np.float32)
    right = np.random.default_rng(seed).random(len(values)) < 0.5
    found = slices("x", values, right, bins)
    rows = [row for one in found for row in one.rows(values).tolist()]
    assert sorted(rows) == np.flatnonzero(~np.isnan(values)).tolist()
    assert len(found) <= bins
    for one in found:
        inside = one.rows(values)
        assert (one.n, one.right) == (len(inside), right[inside].sum())
        assert one.n > 0
        assert (values[inside].min(), values[inside].max()) == (one.low, one.high)
    bounds = [bound for one in found for bound in (one.low, one.high)]
    assert bounds == sorted(bounds)
    distinct = len(np.unique(values[~np.isnan(values)]))
    assert len(found) == distinct if distinct <= bins else len(found) > 0


def test_slices__of_distinct_values_are_even():
    values = np.random.default_rng(0).permutation(1000).astype(np.float32)
    found = slices("x", values, np.ones(1000, bool), 5)
    assert [(one.low, one.n) for one in found] == [(0, 200), (200, 200), (400, 200), (600, 200),
                                                  (800, 200)]  # fmt: skip


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_slices__yes_and_no_are_two(share):
    values = (np.arange(1000) < share * 1000).astype(np.float32)
    found = slices("grey", values, values == 1)
    assert [(one.low, one.high, one.accuracy) for one in found] == [(0, 0, 0), (1, 1, 1)]
    assert found[0].interval == wilson(0, found[0].n)


def test_slices__a_constant_signal_is_one_slice():
    (only,) = slices("x", np.full(9, 3, np.float32), np.arange(9) < 6)
    assert only == Slice("x", 3, 3, 9, 6)


def test_slices__of_nothing():
    assert slices("x", np.empty(0, np.float32), np.empty(0, bool)) == ()
    assert slices("x", np.full(3, np.nan, np.float32), np.ones(3, bool)) == ()
    assert weakest({}) == weakest({"x": ()}) == ()


def test_weakest__a_planted_weakness_comes_first():
    rng = np.random.default_rng(0)
    n = 5000
    brightness, width = rng.random((2, n))
    right = rng.random(n) < np.where(brightness < 0.2, 0.6, 0.8)
    found = weakest(
        {
            "brightness": slices("brightness", brightness, right),
            "width": slices("width", width, right),
        }
    )
    assert len(found) == 10
    first = found[0]
    assert (first.slice.signal, first.slice.low) == ("brightness", brightness.min())
    assert first.is_clear
    assert first.below == pytest.approx(0.2, abs=0.04)
    assert not any(finding.is_clear for finding in found[1:])
    assert [f.below for f in found[1:]] == sorted((f.below for f in found[1:]), reverse=True)


def test_weakest__p_is_fishers_times_the_number_of_slices():
    several = (Slice("x", 0, 1, 30, 10), Slice("x", 2, 3, 50, 30))
    first, second = weakest({"x": several})
    expected = fisher_exact([[10, 20], [30, 20]], alternative="less").pvalue
    assert first.slice == several[0]
    assert first.p == pytest.approx(2 * expected)
    assert (first.rest, second.rest) == (0.6, 1 / 3)
    assert second.p == pytest.approx(fisher_exact([[30, 20], [10, 20]], alternative="less").pvalue)


def test_weakest__noise_is_seldom_sold_as_insight():
    """Of 200 looks at signals that mean nothing, at most about 1 in 20 finds anything."""
    rng = np.random.default_rng(0)
    fooled = 0
    for _ in range(200):
        right = rng.random(400) < 0.75
        found = weakest({str(i): slices(str(i), rng.random(400), right) for i in range(8)})
        fooled += any(finding.is_clear for finding in found)
    assert fooled <= 20


def test_weakest__a_signal_of_one_slice_has_no_rest():
    assert weakest({"x": (Slice("x", 0, 0, 5, 1),)}) == ()


@pytest.mark.parametrize("block", [1 << 14, 7])
def test_findings__are_those_of_every_signal(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    rng = np.random.default_rng(0)
    signals = rng.random((500, len(SIGNALS)), np.float32).round(2)
    signals[rng.random(signals.shape) < 0.1] = np.nan
    right = rng.random(500) < 0.3 + 0.5 * (signals[:, 3] > 0.4)
    found = findings(signals, right)
    several = {}
    for signal, values in zip(SIGNALS, signals.T, strict=True):
        several[signal.name] = slices(signal.name, values, right)
        for one in several[signal.name]:
            assert one.right == right[one.rows(values)].sum()
    assert found == weakest(several)
    assert found[0].slice.signal == SIGNALS[3].name


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm__by_its_definition(values):
    p = np.array(values)
    found = holm(p)
    order = sorted(range(len(p)), key=lambda at: p[at])
    highest = 0.0
    for step, at in enumerate(order):
        highest = max(highest, min(1.0, p[at] * (len(p) - step)))
        assert found[at] == pytest.approx(highest)


@pytest.mark.parametrize(
    ("signal", "low", "high", "words"),
    [
        ("brightness", 12.0, 80.456, "Brightness 12 to 80.5 levels"),
        ("width", 64.0, 64.0, "Width 64 px"),
        ("aspect", 0.5, 2.0, "Aspect ratio 0.5 to 2"),
        ("grey", 0.0, 0.0, "With colour"),
        ("grey", 1.0, 1.0, "Without colour"),
    ],
)
def test_words__name_the_signal_its_values_and_its_unit(signal, low, high, words):
    assert Slice(signal, low, high, 9, 3).words == words


def test_findings__are_the_weakest_of_every_signal():
    dice = np.random.default_rng(0)
    signals = dice.normal(size=(3000, len(SIGNALS))).astype(np.float32)
    at = [signal.name for signal in SIGNALS].index("sharpness")
    right = dice.random(3000) < np.where(
        signals[:, at] < np.quantile(signals[:, at], 0.2), 0.4, 0.8
    )
    first, *others = findings(signals, right)
    assert first.slice.signal == "sharpness"
    assert first.slice.high < 0
    assert first.is_clear
    assert len(others) == 5 * len(SIGNALS) - 1
    assert not any(one.is_clear for one in others)
