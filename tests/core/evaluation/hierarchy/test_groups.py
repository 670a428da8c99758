"""A few groups of many classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import catalog
from core.evaluation.counts import count
from core.evaluation.hierarchy.groups import OTHER, group_of, group_scores, groups

KNOWN = catalog.load()
IN_1K = [synset.wnid for synset in KNOWN.classes("1k")]
IN_21K = [synset.wnid for synset in KNOWN.classes("21k")]


def check(wnids, most):
    found = groups(wnids, most)
    assert len(found) <= most
    held = [position for group in found for position in group.classes]
    assert sorted(held) == list(range(len(wnids)))  # all of them, each once
    for group in found:
        assert list(group.classes) == sorted(group.classes)
        if group.wnid is not None:
            assert len(group.classes) > 1
            assert all(group.wnid in KNOWN.ancestors(wnids[at]) for at in group.classes)
    named = [group for group in found if group.wnid is not None]
    assert len({group.wnid for group in named}) == len(named)
    assert [len(group.classes) for group in named] == sorted(
        (len(group.classes) for group in named), reverse=True
    )
    assert all(group is found[-1] for group in found if group.wnid is None)
    return found


def test_groups__of_imagenet_1k_are_sensible():
    found = check(IN_1K, 40)
    sizes = {group.label: len(group.classes) for group in found}
    assert sizes["dog"] == 118
    assert {"bird", "fish", "furniture", "musical instrument", "reptile", OTHER} <= set(sizes)
    assert max(sizes.values()) <= 120
    assert sizes[OTHER] < 100
    assert found == groups(IN_1K)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(1, 12))
def test_groups__of_any_classes_are_disjoint_and_whole(data, most):
    pool = data.draw(st.sampled_from([IN_1K, IN_21K]))
    wnids = data.draw(st.lists(st.sampled_from([*pool[:40], *pool[-40:], None, "?"]), max_size=60))
    check(wnids, most)


def test_groups__of_imagenet_21k():
    assert len(check(IN_21K, 40)) > 20


def test_groups__classes_without_a_place_are_the_others():
    (only,) = groups([None, "cup"])
    assert (only.label, only.classes) == (OTHER, (0, 1))
    assert groups([]) == ()


def test_groups__none_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        groups(IN_1K, 0)


def test_group_scores__exact_beside_within():
    found = groups(IN_1K)
    dogs = next(group for group in found if group.label == "dog")
    labels = np.array([207, 207, 207, 1, 500])
    predicted = np.array([207, 208, 1, 1, 208])  # golden, Labrador, goldfish
    scores = {
        score.group.label: score for score in group_scores(count(labels, predicted, 1000), found)
    }
    assert dogs.wnid == "n02084071"
    assert (scores["dog"].n, scores["dog"].exact, scores["dog"].within) == (3, 1, 2)
    assert (scores["fish"].n, scores["fish"].exact, scores["fish"].within) == (1, 1, 1)
    assert sum(score.n for score in scores.values()) == 5
    assert scores["bird"].exact_interval == (0, 1)


def test_group_of__is_the_inverse():
    found = groups(IN_1K)
    owner = group_of(found, 1000)
    for at, group in enumerate(found):
        assert np.flatnonzero(owner == at).tolist() == list(group.classes)
