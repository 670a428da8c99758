"""Searching: what people type, and what nobody should."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import catalog

CATALOG = catalog.load()


def found(query, **options):
    return [hit.synset.label for hit in CATALOG.search(query, **options)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("tabby", "tabby"),
        ("TABBY", "tabby"),
        ("  tabby-cat! ", "tabby"),
        ("tabbies", "tabby"),
        ("mice", "mouse"),
        ("geese", "goose"),
        ("dogs", "dog"),
        ("dog", "dog"),
        ("wolves", "wolf"),
        ("knives", "knife"),
        ("torches", "torch"),
        ("golden retreiver", "golden retriever"),
        ("GOLDEN RETRIEVER", "golden retriever"),
        ("retriever, golden", "golden retriever"),
        ("taby cat", "tabby"),
        ("labradr", "Labrador retriever"),
        ("chiuaua", "Chihuahua"),
        ("african elefant", "African elephant"),
        ("german shepard", "German shepherd"),
        ("hipopotamus", "hippopotamus"),
        ("sungalsses", "sunglass"),
        ("icecream", "ice cream"),
        ("gold fish", "goldfish"),
        ("t-shirt", "jersey"),
        ("ｔａｂｂｙ", "tabby"),
        ("tábby", "tabby"),
        ("sunglass", "sunglass"),
        ("sunglasses", "sunglasses"),
        ("striped cat", "tiger cat"),
        ("n02123394", "Persian cat"),
        ("N02123394", "Persian cat"),
        ("02123394", "Persian cat"),
        ("281", "tabby"),
        ("0", "tench"),
    ],
)
def test_search__finds_first(query, first):
    assert found(query)[0] == first


@pytest.mark.parametrize(
    ("query", "first"),
    [("gofl", "golf"), ("aplle", "apple"), ("dogs", "dog"), ("mice", "mouse"), ("café", "cafe")],
)
def test_search__finds_first_in_21k(query, first):
    assert found(query, scope="21k")[0] == first


def test_search__takes_a_typo_for_the_whole_word_before_a_part():
    assert found("aplle")[0] == "apple"
    assert "custard apple" in found("aplle")
    assert "ice cream" not in found("mice")


def test_search__returns_all_that_share_a_name():
    assert {hit.synset.index for hit in CATALOG.search("crane")[:2]} == {134, 517}
    assert {hit.synset.index for hit in CATALOG.search("maillots")[:2]} == {638, 639}
    assert {hit.synset.index for hit in CATALOG.search("CARDIGAN")[:2]} == {264, 474}


def test_search__puts_first_lemmas_and_classes_of_1k_first():
    hits = found("dogs", scope="21k")
    assert hits.index("dog") < hits.index("andiron")
    assert CATALOG.search("mouse", scope="21k")[0].synset.index == 673


def test_search__says_where_and_what_matched():
    hit = CATALOG.search("tabby cats")[0]
    assert (hit.where, hit.matched) == ("lemma", "tabby cat")
    assert CATALOG.search("281")[0].where == "index"
    assert CATALOG.search("n02123045")[0].matched == "n02123045"
    hit = CATALOG.search("bowlegged corgi")[0]
    assert (hit.synset.index, hit.where, hit.matched) == (264, "definition", "bowlegged corgi")


def test_search__in_1k_finds_classes_and_what_is_above_them_only():
    above = frozenset().union(*(CATALOG.ancestors(s.wnid) for s in CATALOG.classes("1k")))
    for query in ("dog", "plant", "gull", "person", "n01613177"):
        assert {hit.synset.wnid for hit in CATALOG.search(query, limit=99)} <= above


def test_search__hides_people_in_21k_until_asked():
    assert found("ballplayer")[0] == "ballplayer"
    for query in ("ballplayer", "surgeon", "981", "n09835506"):
        hits = CATALOG.search(query, limit=99, scope="21k")
        assert not any(CATALOG.is_person(hit.synset.wnid) for hit in hits)
    assert found("surgeon", scope="21k", people=True)[0] == "surgeon"
    assert found("981", scope="21k", people=True) == ["ballplayer"]


def test_search__respects_the_limit_and_sorts_by_score():
    scores = [hit.score for hit in CATALOG.search("tree", limit=7, scope="21k")]
    assert len(scores) == 7
    assert scores == sorted(scores, reverse=True)
    assert CATALOG.search("tree", limit=0) == CATALOG.search("tree", limit=-1) == []


@pytest.mark.parametrize(
    "query", ["", "   ", "?!", "\0", "狗", "🐈", "qqqqqqq", "1000", "the", "a b"]
)
def test_search__finds_nothing_in_nothing(query):
    assert CATALOG.search(query) == []


@pytest.mark.parametrize("query", [None, 3.5, [], b"tabby", {}])
def test_search__finds_nothing_in_what_is_no_text(query):
    assert CATALOG.search(query) == []


def test_search__takes_an_index_as_a_number():
    assert CATALOG.search(281)[0].synset.label == "tabby"


@settings(max_examples=50)
@given(st.text(max_size=300), st.sampled_from(["1k", "21k"]))
@example("tabby " * 10_000, "21k")
@example("x" * 100_000, "21k")
@example("ß" * 200, "1k")
@example("\ud800", "1k")
def test_search__never_raises(query, scope):
    assert len(CATALOG.search(query, limit=5, scope=scope)) <= 5


@given(st.sampled_from(CATALOG.classes("1k")))
def test_search__finds_each_class_by_each_of_its_names(synset):
    for lemma in synset.lemmas:
        assert synset in [hit.synset for hit in CATALOG.search(lemma)[:3]]
    assert CATALOG.search(synset.wnid)[0].synset == CATALOG.search(str(synset.index))[0].synset


@given(st.sampled_from(CATALOG.classes("21k")))
def test_search__finds_each_synset_by_its_first_name(synset):
    hits = CATALOG.search(synset.label, limit=10, scope="21k", people=True)
    assert synset in [hit.synset for hit in hits]


def slip(word, place, letter):
    """A word with two neighbours swapped, or with a letter replaced where they are the same."""
    if word[place] != word[place + 1]:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + letter + word[place + 1 :]


@given(
    st.sampled_from([s for s in CATALOG.classes("1k") if len(s.label) > 6 and s.label.isalpha()]),
    st.integers(1, 4),
    st.sampled_from("aeiou"),
)
def test_search__forgives_a_slip_in_a_long_name(synset, place, letter):
    typed = slip(synset.label.lower(), place, letter)
    assert synset in [hit.synset for hit in CATALOG.search(typed)[:5]]
