"""Lowest common ancestors and their heights, against a second, plain computation."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.errors import CatalogError

CATALOG = catalog.load()
IN_1K = st.sampled_from(CATALOG.classes("1k"))
IN_21K = st.sampled_from(CATALOG.classes("21k"))


@cache
def height(wnid):
    """The longest way down to a class of 1k, by the definition."""
    if CATALOG.get(wnid).index is not None:
        return 0
    return 1 + max(height(child.wnid) for child in CATALOG.children(wnid, "1k"))


@pytest.mark.parametrize(
    ("a", "b", "expected", "by"),
    [
        ("Labrador retriever", "golden retriever", 1, "retriever"),
        ("French loaf", "bagel", 2, "bread"),
        ("tabby", "golden retriever", 6, "domestic animal"),
        ("tabby", "white stork", 10, "vertebrate"),
        ("tabby", "computer keyboard", 15, "whole"),
        ("sunglass", "sunglasses", 9, "device"),
        ("missile", "projectile", 7, "weapon"),
        ("tabby", "tabby", 0, "tabby"),
    ],
)
def test_lca_height__known_pairs(a, b, expected, by):
    wnid = {synset.label: synset.wnid for synset in CATALOG.classes("1k")}
    assert CATALOG.lca_height(wnid[a], wnid[b]) == expected
    assert CATALOG.lowest_common_ancestor(wnid[a], wnid[b]).label == by


@given(IN_1K, IN_1K)
def test_lca_height__is_the_smallest_height_of_a_common_ancestor(a, b):
    common = CATALOG.ancestors(a.wnid) & CATALOG.ancestors(b.wnid)
    expected = min(height(wnid) for wnid in common)
    assert CATALOG.lca_height(a.wnid, b.wnid) == expected
    assert CATALOG.lca_heights()[a.index, b.index] == expected


@given(IN_21K, IN_21K)
def test_lowest_common_ancestor__is_common_lowest_and_symmetric(a, b):
    ancestor = CATALOG.lowest_common_ancestor(a.wnid, b.wnid)
    common = CATALOG.ancestors(a.wnid) & CATALOG.ancestors(b.wnid)
    assert ancestor.wnid in common
    assert not any(child.wnid in common for child in CATALOG.children(ancestor.wnid, "21k"))
    assert CATALOG.lowest_common_ancestor(b.wnid, a.wnid) == ancestor


@given(IN_21K)
def test_lowest_common_ancestor__of_a_class_and_what_is_above_it_is_the_latter(synset):
    for ancestor in CATALOG.ancestors(synset.wnid):
        assert CATALOG.lowest_common_ancestor(synset.wnid, ancestor).wnid == ancestor


def test_lca_height__of_two_classes_far_from_1k_is_refused():
    herring_gull, black_backed_gull = (
        CATALOG.search(name, scope="21k")[0].synset.wnid
        for name in ("herring gull", "black-backed gull")
    )
    assert CATALOG.lowest_common_ancestor(herring_gull, black_backed_gull).label == "gull"
    with pytest.raises(CatalogError, match='below "gull"'):
        CATALOG.lca_height(herring_gull, black_backed_gull)


def test_lca_heights__is_a_distance_matrix():
    matrix = CATALOG.lca_heights()
    assert matrix.shape == (1000, 1000)
    assert matrix.dtype == np.uint8
    assert (matrix == matrix.T).all()
    assert (np.flatnonzero(matrix.ravel() == 0) == np.arange(1000) * 1001).all()
    assert matrix.max() == height(CATALOG.root.wnid) == 18
    assert matrix.mean() == pytest.approx(12.84267)


def test_lca_heights__cannot_be_changed_by_who_gets_them():
    with pytest.raises(ValueError, match="read-only"):
        CATALOG.lca_heights()[0, 0] = 1
    assert CATALOG.lca_heights() is CATALOG.lca_heights()


def test_height__is_the_longest_way_down_and_none_beside_1k():
    assert CATALOG.height(CATALOG.root.wnid) == 18
    assert CATALOG.height("n02084071") == height("n02084071") == 5  # dog
    assert CATALOG.height(CATALOG.at(0).wnid) == 0
    assert CATALOG.height("n12454159") is None  # tulip
    with pytest.raises(CatalogError, match="no class"):
        CATALOG.height("n99999999")
