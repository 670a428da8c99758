"""Nearest neighbours against sorting everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.similar import neighbours
from core.evaluation.similar.neighbours import nearest, unit


def made(seed, n, width=6):
    """Few different vectors, so that there are ties; some without a direction."""
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (n, width)).astype(np.float16)
    vectors[rng.random(n) < 0.1] = 0
    vectors[rng.random(n) < 0.1, 0] = np.nan
    vectors[rng.random(n) < 0.1, 0] = np.inf
    return vectors


def cosines(a, b):
    """(len(a), len(b)) float64; NaN where one has no direction."""
    a, b = (np.where(np.isfinite(x).all(1, keepdims=True), x, 0).astype(np.float64) for x in (a, b))
    with np.errstate(invalid="ignore"):
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return a @ b.T


@pytest.mark.parametrize("block", [1 << 22, 24])
@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 8))
def test_nearest__equals_brute_force(block, seed, n, k):
    rng = np.random.default_rng(seed)
    embeddings, queries = made(rng, n), made(rng, 3)
    expected = cosines(queries, embeddings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_BLOCK", block)
        found = nearest(embeddings, queries, k)
    for row, values in enumerate(expected):
        best = np.sort(values[~np.isnan(values)])[::-1][:k]
        there = found.rows[row] >= 0
        assert there.sum() == len(best)
        assert found.cosines[row][there] == pytest.approx(best, abs=1e-6)
        assert values[found.rows[row][there]] == pytest.approx(best, abs=1e-6)
        assert len(set(found.rows[row][there].tolist())) == len(best)
        assert np.isnan(found.cosines[row][~there]).all()


def test_nearest__ties_by_row_and_not_itself():
    embeddings = np.array([[1, 0], [2, 0], [0, 1], [3, 0]], np.float16)
    assert nearest(embeddings, embeddings[1], 3).rows.tolist() == [[0, 1, 3]]
    found = nearest(embeddings, embeddings[1], 3, own=np.array([1]))
    assert found.rows.tolist() == [[0, 3, 2]]
    assert found.cosines.tolist() == [[1, 1, 0]]


def test_nearest__fewer_than_asked_for():
    embeddings = np.array([[1, 0], [0, 0]], np.float16)
    found = nearest(embeddings, embeddings, 2, own=np.arange(2))
    assert found.rows.tolist() == [[-1], [-1]] or found.rows.tolist() == [[-1, -1], [-1, -1]]
    assert np.isnan(found.cosines).all()


@pytest.mark.parametrize("scale", [6e-8, 1e-4, 1.0, 6e4])
def test_unit__of_any_length(scale):
    vectors = np.array([[1, 1], [1, 0], [0, 0]]) * scale
    found = unit(vectors.astype(np.float16))
    assert found[:2] == pytest.approx(np.array([[2**-0.5, 2**-0.5], [1, 0]]), rel=1e-3)
    assert found[2].tolist() == [0, 0]


def test_unit__leaves_its_input_alone():
    vectors = np.array([[3.0, 4.0], [np.nan, 1.0]], np.float32)
    kept = vectors.copy()
    assert unit(vectors) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
    assert np.array_equal(vectors, kept, equal_nan=True)
