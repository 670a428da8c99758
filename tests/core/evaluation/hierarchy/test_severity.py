"""Grades of mistakes, and accuracy as classes are merged."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.evaluation import wilson
from core.evaluation.counts import count
from core.evaluation.hierarchy.heights import UNKNOWN, Hierarchy
from core.evaluation.hierarchy.severity import (
    GRADES,
    HIGHEST,
    NEAR,
    grades,
    merged_accuracy,
    severity,
)

KNOWN = catalog.load()
WNIDS = [synset.wnid for synset in KNOWN.classes("1k")]
ALL = Hierarchy([*WNIDS, None])
LABEL = {synset.label: synset.index for synset in KNOWN.classes("1k")}


def graded(*pairs, under_real=None):
    labels, predicted = np.array([[LABEL.get(a, 1000), LABEL.get(b, 1000)] for a, b in pairs]).T
    return [GRADES[at] for at in grades(labels, predicted, ALL, under_real)]


def test_grades__of_known_pairs():
    assert graded(
        ("tabby", "tabby"),
        ("sunglass", "sunglasses"),  # height 9, but hardly two things
        ("Labrador retriever", "golden retriever"),
        ("Brittany spaniel", "Great Dane"),
        ("tabby", "golden retriever"),
        ("tabby", "computer keyboard"),
        ("tabby", "?"),
        ("?", "tabby"),
        ("?", "?"),
    ) == ["right", "look-alike", "near", "near", "far", "far", "unknown", "unknown", "right"]


def test_grades__reassessed_labels_come_before_all_but_the_label_itself():
    under_real = np.array([True, True, True, False])
    pairs = [("tabby", "tabby"), ("tabby", "?"), ("sunglass", "sunglasses"), ("tabby", "tench")]
    found = graded(*pairs, under_real=under_real)
    assert found == ["right", "right under ReaL", "right under ReaL", "far"]


def test_near__is_what_its_description_says():
    heights = KNOWN.lca_heights()
    upper = heights[np.triu_indices(1000, 1)]
    assert (upper <= NEAR).mean() == pytest.approx(0.029, abs=5e-4)
    assert upper.max() == HIGHEST
    for pair, height in (
        (("Brittany spaniel", "Great Dane"), 5),
        (("golden retriever", "grey fox"), 6),
        (("house finch", "ostrich"), 7),
        (("cab", "aircraft carrier"), 7),
        (("golf ball", "reflex camera"), 5),
    ):
        assert heights[LABEL[pair[0]], LABEL[pair[1]]] == height
        assert graded(pair) == ["near" if height <= NEAR else "far"]


def test_grades__of_nothing():
    empty = np.empty(0, np.int64)
    assert grades(empty, empty, ALL).tolist() == []


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_severity__is_the_mean_height(seed, n):
    labels, predicted = np.random.default_rng(seed).choice([0, 1, 200, 207, 500, 1000], (2, n))
    heights = ALL.heights(labels, predicted).astype(float)
    known = heights != UNKNOWN
    wrong = known & (labels != predicted)
    found = severity(count(labels, predicted, 1001), ALL)
    assert found.mistakes == wrong.sum()
    if wrong.any():
        assert found.of_mistakes == pytest.approx(heights[wrong].mean())
    if known.any():
        assert found.of_answers == pytest.approx(heights[known].mean())


def test_severity__of_no_mistakes():
    found = severity(count(np.array([1, 2]), np.array([1, 2]), 1001), ALL)
    assert math.isnan(found.of_mistakes)
    assert (found.mistakes, found.of_answers) == (0, 0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_merged_accuracy__rises_from_exact_to_all(seed, n):
    labels, predicted = np.random.default_rng(seed).choice([0, 1, 200, 207, 500, 1000], (2, n))
    found = merged_accuracy(count(labels, predicted, 1001), ALL)
    placed = labels != 1000
    heights = ALL.heights(labels[placed], predicted[placed])
    assert found.n == placed.sum()
    assert found.right.tolist() == [(heights <= h).sum() for h in range(19)]
    assert found.right[0] == (labels == predicted)[placed].sum()
    assert found.right[-1] == (predicted[placed] != 1000).sum()
    assert found.intervals[3].tolist() == [*wilson(int(found.right[3]), found.n)]
