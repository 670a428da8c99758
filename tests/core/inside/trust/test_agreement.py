"""Correlations against SciPy's."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from core.inside.trust.agreement import agreement


@given(st.integers(0, 10**6), st.integers(2, 40), st.booleans())
def test_agreement__equals_scipys(seed, count, ties):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, count))
    if ties:
        a, b = (3 * a).round(), (2 * b).round()
    found = agreement(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(found.pearson)
        return
    assert found.pearson == pytest.approx(scipy.stats.pearsonr(a, b).statistic, abs=1e-9)
    assert found.spearman == pytest.approx(scipy.stats.spearmanr(a, b).statistic, abs=1e-9)
    assert found.note == ""


@pytest.mark.parametrize("factor, offset", [(3, 0), (1, 5), (1e-30, 0), (1e30, -1)])
def test_agreement__ignores_factors_and_offsets(factor, offset):
    a = np.random.default_rng(0).standard_normal((7, 5))
    found = agreement(a, factor * a + offset)
    assert found.pearson == pytest.approx(1)
    assert found.spearman == pytest.approx(1)
    assert agreement(a, -factor * a).pearson == pytest.approx(-1)


@pytest.mark.parametrize("constant", [0.0, 3.0, -1e20])
def test_agreement__of_a_constant_is_nan_and_says_so(constant):
    a = np.random.default_rng(0).standard_normal((4, 4))
    for pair in ((a, np.full((4, 4), constant)), (np.full((4, 4), constant), a)):
        found = agreement(*pair)
        assert np.isnan(found.pearson)
        assert np.isnan(found.spearman)
        assert "same everywhere" in found.note


def test_agreement__rounding_is_no_pattern():
    a = np.random.default_rng(0).standard_normal((4, 4))
    rounded = np.float32(0.1) * (1 + 1e-7 * a)
    assert "same everywhere" in agreement(a, rounded).note


def test_agreement__of_what_is_no_number_is_nan_and_says_so():
    a = np.arange(4.0)
    assert "no numbers" in agreement(a, np.array([1, np.nan, 2, 3])).note
    assert np.isnan(agreement(a, np.array([1, np.inf, 2, 3])).spearman)
    assert np.isnan(agreement(np.array([]), np.array([])).pearson)
