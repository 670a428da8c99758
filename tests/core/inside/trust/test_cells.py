"""Areas, averages and orders of cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inside.trust.cells import FINEST, coarse, covered, hottest_first, stretched


def test_covered__by_hand():
    np.testing.assert_allclose(covered(3, 9, 4, 16), [0.25, 1, 0.25, 0])
    np.testing.assert_allclose(covered(-5, 99, 3, 7), [1, 1, 1])
    np.testing.assert_allclose(covered(5, 5, 3, 7), [0, 0, 0])
    np.testing.assert_allclose(covered(8, 3, 3, 9), [0, 0, 0])


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 40), st.floats(0.5, 500))
def test_covered__adds_up_to_the_length(a, b, count, side):
    start, end = sorted((a * side, b * side))
    assert covered(start, end, count, side).sum() * side / count == pytest.approx(end - start)


@given(st.integers(1, 70), st.integers(1, 70))
def test_coarse__keeps_the_mean_and_what_is_the_same_everywhere(rows, columns):
    values = np.random.default_rng(0).standard_normal((rows, columns))
    found = coarse(values)
    assert max(found.shape) <= FINEST
    assert min(found.shape) >= min(rows, columns, FINEST // 2 + 1)
    assert found.mean() == pytest.approx(values.mean(), abs=1e-12)
    np.testing.assert_allclose(coarse(np.full((rows, columns), 3.5)), 3.5)
    assert found.min() >= values.min() - 1e-12
    assert found.max() <= values.max() + 1e-12


def test_coarse__leaves_a_coarse_map_and_averages_blocks():
    values = np.arange(14 * 48).reshape(14, 48)
    expected = values.reshape(7, 2, 8, 6).mean((1, 3))
    np.testing.assert_allclose(coarse(values), expected)
    np.testing.assert_array_equal(coarse(values[:7, :7]), values[:7, :7])


def test_coarse__what_is_no_number_stays_in_its_block():
    values = np.ones((32, 48))
    values[5, 13], values[31, 47] = np.nan, np.inf
    found = coarse(values)
    assert np.argwhere(np.isnan(found)).tolist() == [[1, 2], [7, 7]]
    assert np.nansum(found) == pytest.approx(62)
    values = np.array([[np.nan, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(coarse(values), values)


def test_hottest_first__signed_with_ties_by_the_seed_and_nan_last():
    values = np.array([[1.0, -2.0, np.nan], [np.inf, 1.0, 0.0]])
    orders = {tuple(hottest_first(values, np.random.default_rng(seed))) for seed in range(20)}
    assert orders == {(3, 0, 4, 5, 1, 2), (3, 4, 0, 5, 1, 2)}
    constant = np.zeros((4, 4))
    one, same, other = (hottest_first(constant, np.random.default_rng(s)) for s in (1, 1, 2))
    assert list(one) == list(same) != list(other)
    assert sorted(one) == list(range(16))


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 60), st.integers(1, 60))
def test_stretched__each_pixel_takes_the_cell_around_its_middle(rows, columns, height, width):
    values = np.arange(rows * columns).reshape(rows, columns)
    found = stretched(values, height, width)
    assert found.shape == (height, width)
    for y, x in ((0, 0), (height - 1, width - 1), (height // 2, width // 3)):
        # in whole numbers, since a middle may lie on a border
        expected = values[(2 * y + 1) * rows // (2 * height), (2 * x + 1) * columns // (2 * width)]
        assert found[y, x] == expected
