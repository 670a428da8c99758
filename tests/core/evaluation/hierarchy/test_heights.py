"""Heights of pairs of classes against the catalogue's own, one pair at a time."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import catalog
from core.errors import CatalogError
from core.evaluation.hierarchy import heights
from core.evaluation.hierarchy.heights import UNKNOWN, Hierarchy

KNOWN = catalog.load()
IN_1K = [synset.wnid for synset in KNOWN.classes("1k")]
IN_21K = [synset.wnid for synset in KNOWN.classes("21k")]
DOG, GOLDEN, CAT = "n02084071", "n02099601", "n02121620"


def all_pairs(wnids):
    hierarchy = Hierarchy(wnids)
    grid = np.indices((len(wnids), len(wnids))).reshape(2, -1)
    return hierarchy.heights(*grid).reshape(len(wnids), -1)


def test_heights__of_imagenet_1k_are_the_catalogues():
    assert (all_pairs(IN_1K) == KNOWN.lca_heights()).all()


@given(st.lists(st.sampled_from(IN_1K), min_size=1, max_size=12))
def test_heights__do_not_depend_on_which_classes_there_are(wnids):
    wanted = [[KNOWN.lca_height(a, b) for b in wnids] for a in wnids]
    assert all_pairs(wnids).tolist() == wanted


@settings(deadline=None)
@given(st.lists(st.sampled_from(IN_21K), min_size=1, max_size=12))
def test_heights__of_classes_that_imagenet_1k_lacks(wnids):
    found = all_pairs(wnids)
    for (i, a), (j, b) in itertools.product(enumerate(wnids), repeat=2):
        try:
            wanted = KNOWN.lca_height(a, b)
        except CatalogError:
            wanted = 1
        assert found[i, j] == (0 if a == b else max(wanted, 1))


def test_heights__many_classes_are_looked_up_pair_by_pair(monkeypatch):
    wnids = [*IN_1K[::7], None, *IN_21K[::97], DOG, "n99999999"]
    wanted = all_pairs(wnids)
    monkeypatch.setattr(heights, "_DENSE", 10)
    monkeypatch.setattr(heights, "_BLOCK", 999)
    assert (all_pairs(wnids) == wanted).all()


def test_heights__a_class_above_another():
    assert all_pairs([DOG, GOLDEN, CAT]).tolist() == [[0, 5, 7], [5, 0, 7], [7, 7, 0]]
    assert KNOWN.lca_height(GOLDEN, CAT) == 7


@pytest.mark.parametrize("wnids", [[None], ["n99999999"], ["golden retriever"]])
def test_heights__without_a_place_nothing_is_known(wnids):
    hierarchy = Hierarchy([*wnids, GOLDEN])
    pairs = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    assert hierarchy.heights(*pairs).tolist() == [UNKNOWN, UNKNOWN, UNKNOWN, 0]
    assert hierarchy.known.tolist() == [False, True]


def test_heights__of_nothing():
    assert Hierarchy([]).heights(np.empty(0, int), np.empty(0, int)).tolist() == []


def test_look_alikes__are_the_catalogues_quirks():
    hierarchy = Hierarchy([None, *IN_1K])
    found = hierarchy.look_alikes(*np.indices((1001, 1001)).reshape(2, -1)).reshape(1001, 1001)
    assert (found == found.T).all()
    assert not found.diagonal().any()
    assert not found[0].any()
    for at, wnid in enumerate(IN_1K, start=1):
        alike = {other.wnid for other in KNOWN.look_alikes(wnid)}
        assert {IN_1K[other - 1] for other in np.flatnonzero(found[at])} == alike
    assert found[1 + 836, 1 + 837]  # sunglass and sunglasses


def test_look_alikes__none_among_few_classes():
    hierarchy = Hierarchy([IN_1K[0], IN_1K[500]])
    assert hierarchy.look_alikes(np.array([0]), np.array([1])).tolist() == [False]
