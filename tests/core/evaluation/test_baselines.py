"""A model's outputs in the classes of some data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.evaluation import Matching, grouped, match
from core.models import ModelClass
from core.models.classes import imagenet_1k

KNOWN = catalog.load()
DOG, CAT, BIG_CAT, GOLDEN = "n02084071", "n02121620", "n02127808", "n02099601"


def classes(*pairs):
    return [ModelClass(i, *pair) for i, pair in enumerate(pairs)]


def below(wnid):
    return tuple(leaf.index for leaf in KNOWN.leaves(wnid, "1k"))


def test_match__a_wnid_stands_for_what_is_below_it():
    found = match([(DOG, "hounds"), ("n02123045", "x")], imagenet_1k())
    assert found.outputs == (below(DOG), (281,))
    assert found.synsets == ((DOG,), ("n02123045",))
    assert found.missing == ()


@pytest.mark.parametrize(
    "label", ["dog", "Dog", "DOGS", "domestic dog", "domestic_dogs", "Canis-familiaris"]
)
def test_match__a_label_is_looked_up(label):
    assert match([(None, label)], imagenet_1k()).outputs == (below(DOG),)


@pytest.mark.parametrize(
    "label", ["golden retriever", "GoldenRetriever", "golden-retrievers", "n02099601-Golden"]
)
def test_match__spelled_as_folders_are(label):
    assert match([(None, label)], imagenet_1k()).synsets == ((GOLDEN,),)


def test_match__irregular_plurals_and_two_names():
    found = match([(None, "geese"), (None, "tench, Tinca tinca")], imagenet_1k())
    assert found.outputs == (below("n01855672"), (0,))


def test_match__as_written_comes_before_the_singular():
    """Glasses are spectacles, and not what glass is."""
    (wnids,) = match([(None, "glasses")], imagenet_1k()).synsets
    assert {KNOWN.get(wnid).label for wnid in wnids} == {"spectacles"}


def test_match__all_meanings_count():
    found = match([(None, "crane")], imagenet_1k())
    assert found.outputs == ((134, 517),)  # the bird and the machine
    assert found.as_record() == [["crane", ["n02012849", "n03126707"]]]


def test_match__the_most_specific_class_gets_an_output():
    found = match([(None, "dog"), (None, "golden retriever")], imagenet_1k())
    assert found.outputs == (tuple(i for i in below(DOG) if i != 207), (207,))
    whole = match([(None, "object"), (None, "cat"), (None, "lion")], imagenet_1k())
    assert not set(whole.outputs[0]) & set(whole.outputs[1] + whole.outputs[2])
    assert 291 in whole.outputs[2]
    assert 291 not in whole.outputs[1]  # though big cats are cats
    assert set(below(CAT)) <= set(whole.outputs[1])


def test_match__two_names_of_one_synset_share_its_outputs():
    found = match([(None, "car"), (None, "automobile")], imagenet_1k())
    assert set(found.outputs[1]) == set(below("n02958343")) <= set(found.outputs[0])


def test_match__what_the_model_does_not_know_is_said():
    found = match([(None, "tulip"), (None, "daisy"), ("n99999999", "daisy")], imagenet_1k())
    assert found.missing == ("tulip", "daisy")
    assert found.outputs == ((), (985,), ())
    nothing = match([(None, "0"), (None, ""), (None, "???"), (None, ",")], imagenet_1k())
    assert nothing.outputs == ((),) * 4
    assert nothing.as_record() == []


def test_match__outputs_without_a_synset_go_by_their_label():
    known = classes((None, "My mug"), (None, "cup"), ("n02123045", "tabby"), ("n99999999", "odd"))
    found = match([(None, "my_mug"), (None, "cat"), (None, "cups"), ("n99999999", "?")], known)
    assert found.outputs == ((0,), (2,), (), (3,))
    assert found.as_record() == [["my_mug", []], ["cat", [CAT]], ["?", ["n99999999"]]]


def test_match__a_model_of_21k_knows_classes_that_1k_has_not():
    known = [ModelClass(i, s.wnid, s.label) for i, s in enumerate(KNOWN.classes("21k"))]
    found = match([(None, "tulip"), (DOG, "dog")], known)
    assert "n12454159" in {known[i].wnid for i in found.outputs[0]}
    assert {known[i].wnid for i in found.outputs[1]} == {s.wnid for s in KNOWN.leaves(DOG, "21k")}


def test_grouped__probabilities_are_added_up_over_matched_outputs():
    logits = np.log(np.array([[1, 2, 3, 4], [4, 4, 1, 1]], np.float32))
    found = grouped(logits, Matching(("a", "b", "c"), ((), (), ()), ((0, 1), (3,), ())))
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([[3 / 7, 4 / 7, 0], [8 / 9, 1 / 9, 0]]))


def test_grouped__huge_logits_neither_overflow_nor_vanish():
    logits = np.array([[1e4, -1e4, 3e38], [-1e30, -1e30, 3e38]], np.float32)
    found = grouped(logits, Matching(("a", "b"), ((), ()), ((0,), (1,))))
    assert found.tolist() == [[1, 0], [0.5, 0.5]]


def test_grouped__a_model_that_knows_none_is_refused():
    with pytest.raises(ValueError, match="knows none"):
        grouped(np.zeros((1, 3)), Matching(("a",), ((),), ((),)))


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_grouped__equals_the_share_of_the_softmax(seed, n):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 5, (n, 12)).astype(np.float32)
    owner = rng.integers(-1, 4, 12)
    owner[:4] = range(4)
    outputs = tuple(tuple(np.flatnonzero(owner == at).tolist()) for at in range(4))
    found = grouped(logits, Matching(tuple("abcd"), ((),) * 4, outputs))
    softmax = np.exp(logits.astype(np.float64))
    sums = np.stack([softmax[:, owner == at].sum(1) for at in range(4)], 1)
    assert found == pytest.approx(sums / sums.sum(1, keepdims=True), abs=1e-6)
    assert found.sum(1) == pytest.approx(1, abs=1e-6)
