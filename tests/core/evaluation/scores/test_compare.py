"""Two sets of answers: counted, tested, and an interval that covers what it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.evaluation import mcnemar
from core.evaluation.scores.compare import (
    Paired,
    class_changes,
    paired,
    paired_interval,
    paired_rows,
)

BOOLS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40)


@given(BOOLS)
def test_paired__counts_its_rows(pairs):
    before = np.array([a for a, _ in pairs], bool)
    after = np.array([b for _, b in pairs], bool)
    counts, rows = paired(before, after), paired_rows(before, after)
    wanted = {
        "both": [True, True], "broken": [True, False],
        "fixed": [False, True], "neither": [False, False],
    }  # fmt: skip
    for name, kinds in wanted.items():
        expected = [row for row, pair in enumerate(pairs) if list(pair) == kinds]
        assert rows[name].tolist() == expected
        assert getattr(counts, name) == len(expected)
    assert counts.n == len(pairs)
    if pairs:
        assert counts.difference == pytest.approx(after.mean() - before.mean())


def test_paired__other_pictures_are_refused():
    with pytest.raises(ValueError, match="same pictures"):
        paired(np.ones(3, bool), np.ones(4, bool))


def test_paired__of_nothing():
    empty = paired(np.empty(0, bool), np.empty(0, bool))
    assert math.isnan(empty.difference)
    assert (empty.interval, empty.chance) == ((-1, 1), 1)


@pytest.mark.parametrize(
    ("fixed", "broken"), [(0, 0), (1, 0), (3, 1), (9, 0), (40, 61), (300, 2), (5000, 5200)]
)
def test_mcnemar__is_the_exact_test(fixed, broken):
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(broken, fixed) == mcnemar(fixed, broken)


def test_mcnemar__of_millions_is_near_the_continuity_corrected_chi_square():
    """Edwards' correction, whose tail the exact one approaches."""
    for fixed, broken in ((150_000, 151_000), (7_100_000, 7_099_000)):
        z = (abs(fixed - broken) - 1) / math.sqrt(fixed + broken)
        assert mcnemar(fixed, broken) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-3)
    assert mcnemar(300_000, 0) == 0


def test_paired_interval__published_values():
    """An example of Newcombe 1998, method 10: 36, 12, 2 and 0 of 50 pairs."""
    found = paired_interval(Paired(36, 2, 12, 0), z=1.959964)
    assert found == pytest.approx((0.0569, 0.3404), abs=5e-5)


@given(st.tuples(*[st.integers(0, 60)] * 4))
def test_paired_interval__holds_the_difference_and_mirrors(cells):
    counts = Paired(*cells)
    low, high = counts.interval
    mirrored = Paired(counts.both, counts.fixed, counts.broken, counts.neither)
    assert mirrored.interval == pytest.approx((-high, -low))
    assert -1 <= low <= high <= 1
    if counts.n:
        assert low <= counts.difference + 1e-12
        assert counts.difference <= high + 1e-12


@pytest.mark.parametrize(
    "chances",
    [(0.70, 0.05, 0.10, 0.15), (0.40, 0.20, 0.20, 0.20), (0.95, 0.01, 0.03, 0.01),
     (0.02, 0.38, 0.58, 0.02), (0.10, 0.02, 0.02, 0.86)],
)  # fmt: skip
@pytest.mark.parametrize("n", [30, 300])
def test_paired_interval__covers_19_in_20(chances, n):
    truth = chances[2] - chances[1]
    drawn, times = np.unique(
        np.random.default_rng(0).multinomial(n, chances, 4000), axis=0, return_counts=True
    )
    inside = 0
    for cells, often in zip(drawn.tolist(), times.tolist(), strict=True):
        low, high = paired_interval(Paired(*cells))
        inside += often * (low <= truth <= high)
    assert inside / 4000 >= 0.93
    if n == 300:  # where few pictures can change, hardly any of 30 does
        assert inside / 4000 <= 0.98


@given(BOOLS, st.integers(0, 2**32 - 1))
def test_class_changes__add_up(pairs, seed):
    before = np.array([a for a, _ in pairs], bool)
    after = np.array([b for _, b in pairs], bool)
    labels = np.random.default_rng(seed).integers(0, 3, len(pairs))
    found = class_changes(labels, before, after, 4)
    for at in range(4):
        own = labels == at
        assert found.n[at] == own.sum()
        assert found.net[at] == after[own].sum() - before[own].sum()
    gained = found.gained(9).tolist()
    assert set(gained) == set(np.flatnonzero(found.net > 0).tolist())
    assert [found.net[at] for at in gained] == sorted(found.net[at] for at in gained)[::-1]
    assert set(found.lost(9).tolist()) == set(np.flatnonzero(found.net < 0).tolist())
    assert len(found.lost(1)) <= 1
