"""The catalogue's contents, against the sizes and paths that are known of WordNet 3.0."""

import dataclasses
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.catalog.synset import read
from core.errors import CatalogError

ROOT = Path(__file__).resolve().parents[3]
CATALOG = catalog.load()
TABBY, GOLDEN, LABRADOR = "n02123045", "n02099601", "n02099712"
ANIMAL, DOG, PERSON = "n00015388", "n02084071", "n00007846"


def labels(synsets):
    return [synset.label for synset in synsets]


def test_sizes__are_those_of_imagenet_and_wordnet():
    assert len(CATALOG) == 23_547
    assert len(CATALOG.classes("1k")) == 1000
    assert len(CATALOG.classes("21k")) == 21_841


@pytest.mark.parametrize(
    ("scope", "nodes", "edges", "with_several_parents"),
    [("1k", 1_860, 1_937, 75), ("21k", 23_546, 24_048, 498)],
)
def test_closure__has_the_known_nodes_and_edges(scope, nodes, edges, with_several_parents):
    above = frozenset().union(*(CATALOG.ancestors(s.wnid) for s in CATALOG.classes(scope)))
    parents = [len(CATALOG.parents(wnid)) for wnid in above]
    assert len(above) == nodes
    assert sum(parents) == edges
    assert sum(count > 1 for count in parents) == with_several_parents
    assert parents.count(0) == 1


def test_classes__of_1k_are_in_the_order_of_their_indices():
    assert [synset.index for synset in CATALOG.classes("1k")] == list(range(1000))
    assert labels(CATALOG.at(index) for index in (0, 281, 999)) == [
        "tench",
        "tabby",
        "toilet tissue",
    ]


def test_classes__of_21k_are_sorted_and_lack_only_the_teddy():
    wnids = [synset.wnid for synset in CATALOG.classes("21k")]
    assert wnids == sorted(wnids)
    assert labels(s for s in CATALOG.classes("1k") if not s.in_21k) == ["teddy"]


def test_get__tells_all_of_a_synset():
    assert CATALOG.get(TABBY) == catalog.Synset(
        wnid=TABBY,
        lemmas=("tabby", "tabby cat"),
        definition="a cat with a grey or tawny coat mottled with black",
        index=281,
        in_21k=True,
        parents=("n02121808",),
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOG.get(TABBY).index = 0


def test_definition__is_the_gloss_without_its_examples():
    assert CATALOG.get("n02403454").definition == "female of domestic cattle"
    assert not any('"' in synset.definition[-1:] for synset in CATALOG.classes("1k"))


@pytest.mark.parametrize("text", ["281", TABBY, " N02123045 ", "0281"[1:]])
def test_resolve__takes_wnid_and_index(text):
    assert CATALOG.resolve(text).wnid == TABBY


@pytest.mark.parametrize("text", ["", "1000", "-1", "tabby", "n0212", "n99999999", "²", "n" * 999])
def test_resolve__refuses_anything_else(text):
    with pytest.raises(CatalogError, match="There is no class") as caught:
        CATALOG.resolve(text)
    assert "Search" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_unknown_wnid__is_one_kind_of_error_everywhere():
    calls = [
        CATALOG.get,
        CATALOG.path_to_root,
        CATALOG.paths_to_root,
        CATALOG.parents,
        CATALOG.children,
        CATALOG.siblings,
        CATALOG.ancestors,
        CATALOG.is_person,
        CATALOG.quirks,
        CATALOG.look_alikes,
        lambda wnid: CATALOG.leaves(wnid, "1k"),
        lambda wnid: CATALOG.lca_height(TABBY, wnid),
        lambda wnid: CATALOG.lowest_common_ancestor(wnid, TABBY),
        lambda wnid: catalog.tree(CATALOG, wnid),
        lambda wnid: catalog.tree_path(CATALOG, wnid),
    ]
    for call in calls:
        with pytest.raises(CatalogError):
            call("n00000000")
    assert "n00000000" not in CATALOG
    assert None not in CATALOG
    for index in (-1, 1000):
        with pytest.raises(CatalogError):
            CATALOG.at(index)


def test_path_to_root__of_the_tabby():
    assert [CATALOG.get(wnid).label for wnid in CATALOG.path_to_root(TABBY)] == [
        "tabby",
        "domestic cat",
        "cat",
        "feline",
        "carnivore",
        "placental",
        "mammal",
        "vertebrate",
        "chordate",
        "animal",
        "organism",
        "living thing",
        "whole",
        "object",
        "physical entity",
        "entity",
    ]


def test_paths_to_root__counts_the_ways_of_the_dag():
    ways = Counter(len(CATALOG.paths_to_root(s.wnid)) for s in CATALOG.classes("1k"))
    assert sum(ways.values()) - ways[1] == 304
    assert max(ways) == 5
    assert sum(len(synset.parents) > 1 for synset in CATALOG.classes("1k")) == 38


def test_paths_to_root__of_a_dog_go_by_canine_and_by_domestic_animal():
    first, second = CATALOG.paths_to_root(DOG)
    assert first == CATALOG.path_to_root(DOG)
    assert [CATALOG.get(wnid).label for wnid in second[:3]] == ["dog", "domestic animal", "animal"]


@given(st.sampled_from(CATALOG.classes("21k")))
def test_ancestors__are_just_what_the_paths_go_through(synset):
    paths = CATALOG.paths_to_root(synset.wnid)
    assert paths[0] == CATALOG.path_to_root(synset.wnid)
    assert all(path[0] == synset.wnid and path[-1] == CATALOG.root.wnid for path in paths)
    assert CATALOG.ancestors(synset.wnid) == {wnid for path in paths for wnid in path}
    for path in paths:
        for child, parent in pairwise(path):
            assert parent in CATALOG.get(child).parents


def test_children_and_siblings__keep_to_the_scope():
    siblings = ["Egyptian cat", "Persian cat", "Siamese cat", "tiger cat"]
    assert labels(CATALOG.siblings(TABBY, "1k")) == siblings
    assert set(siblings) < set(labels(CATALOG.siblings(TABBY, "21k")))
    assert labels(CATALOG.children("n02121808", "1k")) == sorted(
        [*siblings, "tabby"], key=str.lower
    )
    assert CATALOG.children(TABBY, "1k") == ()
    assert CATALOG.siblings(CATALOG.root.wnid, "21k") == ()


@given(st.sampled_from(CATALOG.classes("21k")), st.sampled_from(["1k", "21k"]))
def test_children__have_their_parent_and_hold_classes(synset, scope):
    for child in CATALOG.children(synset.wnid, scope):
        assert synset in CATALOG.parents(child.wnid)
        assert CATALOG.leaves(child.wnid, scope)
    for sibling in CATALOG.siblings(synset.wnid, scope):
        assert set(sibling.parents) & set(synset.parents)
        assert sibling != synset


@pytest.mark.parametrize(
    ("wnid", "classes"),
    [
        (ANIMAL, 398),
        (DOG, 118),
        ("n01503061", 59),  # bird
        ("n01661091", 36),  # reptile
        ("n02159955", 27),  # insect
        ("n02512053", 16),  # fish
        ("n00021939", 522),  # artifact
        (PERSON, 3),
        (TABBY, 1),
    ],
)
def test_leaves__of_1k(wnid, classes):
    assert len(CATALOG.leaves(wnid, "1k")) == classes


def test_no_class_of_1k__is_above_another():
    for synset in CATALOG.classes("1k"):
        assert CATALOG.leaves(synset.wnid, "1k") == (synset,)


def test_people__are_everything_at_and_below_person():
    assert sum(CATALOG.is_person(synset.wnid) for synset in CATALOG.classes("21k")) == 2_836
    people = [synset.index for synset in CATALOG.classes("1k") if CATALOG.is_person(synset.wnid)]
    assert people == [981, 982, 983]
    assert CATALOG.is_person(PERSON)
    assert not CATALOG.is_person(CATALOG.root.wnid)


def test_load__needs_no_heavy_library():
    code = (
        "import sys\n"
        "from core import catalog\n"
        "known = catalog.load()\n"
        "known.search('tabby cat'), known.quirks('n02123045')\n"
        "catalog.tree(known, known.root.wnid)\n"
        "heavy = {'torch', 'torchvision', 'timm', 'numpy', 'pandas', 'streamlit', 'PIL'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_threads__share_a_fresh_catalogue():
    fresh = catalog.Catalog(read())
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda query: fresh.search(query)[0].synset.index, ["tabby"] * 8))
    assert found == [281] * 8
