"""The map's tree: every class once, no empty clicks, few fields at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.catalog import tree, tree_path

CATALOG = catalog.load()
ENTITY, ANIMAL, DOG = "n00001740", "n00015388", "n02084071"
DOMESTIC_ANIMAL, PERSON = "n01317541", "n00007846"
GROUPS = [s for s in map(CATALOG.get, sorted(CATALOG._by_wnid)) if CATALOG.children(s.wnid, "1k")]


def inside(nodes, wnid):
    return [node for node in nodes if node.parent == wnid]


def test_tree__first_look_shows_useful_groups():
    nodes = tree(CATALOG, ENTITY)
    groups = {node.label: node.classes for node in inside(nodes, ENTITY)}
    assert groups["animal"] == 398
    assert groups["device"] == 124
    assert groups["conveyance"] == 72
    assert groups["food (solid food)"] == 26
    assert groups["food (nutrient)"] == 22
    assert not {"physical entity", "object", "whole", "artifact", "matter"} & set(groups)
    assert sum(groups.values()) == nodes[0].classes == 1000
    assert 20 <= len(groups) <= 40
    assert len(nodes) < 300


def test_tree__has_as_many_levels_as_asked():
    assert [node.wnid for node in tree(CATALOG, DOG, levels=1)] == [DOG]
    two = tree(CATALOG, DOG, levels=2)
    assert {node.parent for node in two} == {None, DOG}
    assert tree(CATALOG, DOG, levels=3)[: len(two)] == two


def test_tree__skips_a_group_that_holds_most_of_the_field():
    labels = {node.label for node in inside(tree(CATALOG, DOG), DOG)}
    assert {"terrier", "hound", "sporting dog", "working dog", "corgi"} <= labels
    assert "hunting dog" not in labels  # 63 of 118


def test_tree__node_tells_its_place():
    node = next(node for node in tree(CATALOG, DOG) if node.label == "Pembroke")
    assert CATALOG.get(node.parent).label == "corgi"
    assert node.is_class
    assert node.classes == 1
    assert node.path == tree_path(CATALOG, node.wnid) == CATALOG.path_to_root(node.wnid)[::-1]


def test_tree__leaves_out_groups_that_hold_nothing_here():
    assert [node.classes for node in tree(CATALOG, DOMESTIC_ANIMAL)] == [0]
    assert "domestic animal" not in {node.label for node in tree(CATALOG, ANIMAL, levels=2)}
    used = {wnid for synset in CATALOG.classes("1k") for wnid in tree_path(CATALOG, synset.wnid)}
    assert len(used) == 1860 - 52


def test_tree__of_a_class_is_the_class():
    (node,) = tree(CATALOG, "n02123045")
    assert (node.label, node.parent, node.classes, node.is_class) == ("tabby", None, 1, True)


def test_tree__hides_people_in_21k_until_asked():
    assert [node.classes for node in tree(CATALOG, PERSON, scope="21k")] == [0]
    hidden = tree(CATALOG, ENTITY, scope="21k")[0].classes
    assert tree(CATALOG, ENTITY, scope="21k", people=True)[0].classes == 21_841
    assert hidden == 21_841 - 2_836
    assert not any(CATALOG.is_person(n.wnid) for n in tree(CATALOG, ENTITY, scope="21k"))
    assert tree(CATALOG, PERSON, scope="1k")[0].classes == 3


@pytest.mark.parametrize("scope", ["1k", "21k"])
def test_tree__never_has_more_fields_than_a_browser_draws_in_a_moment(scope):
    for wnid in (ENTITY, ANIMAL, "n00017222", "n12205694", PERSON):
        assert len(tree(CATALOG, wnid, levels=9, scope=scope, people=True)) <= 600


@given(st.sampled_from(GROUPS))
def test_tree__each_class_lies_in_one_field(group):
    nodes = tree(CATALOG, group.wnid, levels=3)
    known = {node.wnid: node for node in nodes}
    assert len(known) == len(nodes)
    for node in nodes:
        fields = inside(nodes, node.wnid)
        assert not fields or sum(field.classes for field in fields) == node.classes
        assert [field.classes for field in fields] == sorted(
            (field.classes for field in fields), reverse=True
        )
        assert node.parent is None or node.parent in known
        assert node.parent is None or group.wnid in node.path
        assert node.parent is None or len(inside(nodes, node.wnid)) != 1


@given(st.sampled_from(CATALOG.classes("1k")))
def test_tree__every_class_can_be_reached_by_clicking(synset):
    """From the root, each click on the field that leads to the class gets nearer."""
    place, clicks = ENTITY, 0
    while place != synset.wnid:
        (field,) = (
            n
            for n in inside(tree(CATALOG, place, 2), place)
            if n.wnid in tree_path(CATALOG, synset.wnid)
        )
        place, clicks = field.wnid, clicks + 1
    assert clicks <= 8
