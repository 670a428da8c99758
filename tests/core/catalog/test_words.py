"""Plurals, plain text and spelling, with a textbook distance beside ours."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.words import Speller, irregular_plurals, osa_distance, plain, singular

WORDS = st.text("abcd", max_size=7)


def textbook_osa(a, b):
    """The recursive definition of optimal string alignment."""

    @cache
    def distance(i, j):
        if i == 0 or j == 0:
            return i + j
        options = [
            distance(i - 1, j) + 1,
            distance(i, j - 1) + 1,
            distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]),
        ]
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            options.append(distance(i - 2, j - 2) + 1)
        return min(options)

    return distance(len(a), len(b))


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("golf", "gofl", 1),
        ("apple", "aplle", 1),
        ("ca", "abc", 3),
        ("tabby", "taby", 1),
        ("", "", 0),
    ],
)
def test_osa_distance__known(a, b, distance):
    assert osa_distance(a, b, 3) == distance


@given(WORDS, WORDS, st.integers(0, 3))
def test_osa_distance__is_the_textbooks_up_to_the_most(a, b, most):
    assert osa_distance(a, b, most) == min(textbook_osa(a, b), most + 1)


@given(st.lists(st.text("abcd", min_size=1, max_size=7), max_size=30), WORDS)
def test_speller__loses_no_word_that_is_near(words, typed):
    near = Speller(words).near(typed)
    for word in words:
        distance = textbook_osa(word, typed)
        wanted = len(typed) >= 3 and distance <= 1
        wanted |= len(typed) >= 5 and distance == 2 and word[0] == typed[0]
        assert (word in near) == wanted
        assert near.get(word, distance) == distance


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jack-o'-lantern", "jack o lantern"),
        ("  Crème   BRÛLÉE ", "creme brulee"),
        ("pj's", "pjs"),
        ("pj’s", "pjs"),
        ("under_score/slash", "under score slash"),
        ("Straße", "strasse"),
        ("…", ""),
    ],
)
def test_plain__keeps_letters_and_digits(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("mice", "mouse"),
        ("dogs", "dog"),
        ("torches", "torch"),
        ("brushes", "brush"),
        ("boxes", "box"),
        ("berries", "berry"),
        ("buses", "bus"),
        ("firemen", "fireman"),
        ("horses", "horse"),
        ("glass", "glass"),
        ("unknowns", "unknowns"),
    ],
)
def test_singular__gives_the_known_word(plural, expected):
    known = {"dog", "torch", "brush", "box", "berry", "bus", "fireman", "horse", "glas", "mouse"}
    assert singular(plural, known) == expected


def test_irregular_plurals__are_wordnets():
    table = irregular_plurals()
    assert len(table) == 698
    assert table["mice"] == "mouse"
    assert table["oxen"] == "ox"
