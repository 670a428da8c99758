"""Near duplicates against comparing every pair."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CancelledError
from core.evaluation.similar import duplicates
from core.evaluation.similar.duplicates import duplicate_groups, near_duplicates
from tests.core.evaluation.similar.test_neighbours import cosines, made


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(duplicates, "_ROWS", 4)
    monkeypatch.setattr(duplicates, "_COLUMNS", 8)


def as_set(pairs):
    return set(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("threshold", [0.6, 0.95, 1.0])
def test_near_duplicates__equal_brute_force(seed, threshold):
    rng = np.random.default_rng(seed)
    vectors, other = made(rng, rng.integers(0, 30)), made(rng, rng.integers(0, 30))
    within = np.argwhere(np.triu(np.nan_to_num(cosines(vectors, vectors)), 1) >= threshold - 1e-6)
    found = near_duplicates(vectors, threshold)
    assert as_set(found) == set(map(tuple, within.tolist()))
    assert found.is_whole
    across = np.argwhere(np.nan_to_num(cosines(vectors, other)) >= threshold - 1e-6)
    found = near_duplicates(vectors, threshold, other=other)
    assert as_set(found) == set(map(tuple, across.tolist()))
    assert (np.diff(found.cosines) <= 0).all()
    assert (found.cosines <= 1).all()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("most", [0, 1, 5, 17])
def test_near_duplicates__the_highest_are_kept(most):
    vectors = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float16)
    whole = near_duplicates(vectors, 0.5)
    found = near_duplicates(vectors, 0.5, most)
    assert not found.is_whole
    assert as_set(found) == as_set(
        type(whole)(whole.a[:most], whole.b[:most], whole.cosines[:most], True)
    )


@pytest.mark.usefixtures("small_blocks")
def test_near_duplicates__a_set_of_one_picture_ends():
    found = near_duplicates(np.ones((50, 3), np.float16), 0.9, 7)
    assert found.a.tolist() == [0] * 7 or (found.a < found.b).all()
    assert len(found.a) == 7
    assert not found.is_whole


@pytest.mark.usefixtures("small_blocks")
def test_near_duplicates__progress_is_told_and_may_stop():
    told = []
    near_duplicates(np.ones((10, 2), np.float16), 1.0, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]

    def stop(done, of):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        near_duplicates(np.ones((10, 2), np.float16), 1.0, progress=stop)


@pytest.mark.parametrize("threshold", [0, -0.5, 1.1, np.nan])
def test_near_duplicates__a_threshold_that_means_nothing_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold"):
        near_duplicates(np.ones((2, 2), np.float16), threshold)


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=20))
def test_duplicate_groups__are_the_connected_components(links):
    links = [(a, b) for a, b in links if a != b]
    a, b = (np.array([link[at] for link in links], np.int64) for at in range(2))
    pairs = duplicates.Pairs(a, b, np.ones(len(links), np.float32), True)
    found = [rows.tolist() for rows in duplicate_groups(pairs, 15)]
    graph = networkx.Graph(links)
    expected = sorted((sorted(part) for part in networkx.connected_components(graph)),
                      key=lambda rows: (-len(rows), rows[0]))  # fmt: skip
    assert found == expected
