"""Sums up WordNet's tree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalog
from core.models import ModelClass
from core.rollup import roll_up

KNOWN = catalog.load()
GOLDEN, LABRADOR, TABBY, KEYBOARD = (KNOWN.at(i) for i in (207, 208, 281, 508))


def shares(probabilities):
    classes = [ModelClass(i, s.wnid, s.label) for i, s in enumerate(probabilities)]
    return roll_up(KNOWN, classes, np.array(list(probabilities.values()), np.float32))


def test_roll_up__one_certain_class_is_one_row():
    (only,) = shares({GOLDEN: 1.0, TABBY: 0.0})
    assert (only.wnid, only.depth, only.is_class) == (GOLDEN.wnid, 0, True)
    assert only.probability == pytest.approx(1)


def test_roll_up__retriever_of_which_golden_retriever():
    rows = shares({GOLDEN: 0.61, LABRADOR: 0.32, TABBY: 0.04, KEYBOARD: 0.03})
    assert [(r.label, round(r.probability, 2), r.depth) for r in rows[-3:]] == [
        ("retriever", 0.93, 2),
        ("golden retriever", 0.61, 3),
        ("Labrador retriever", 0.32, 3),
    ]
    # what holds the tabby, too, and what holds the keyboard, too
    assert [round(r.probability, 2) for r in rows[:2]] == [1.0, 0.97]
    assert {GOLDEN.wnid, TABBY.wnid} <= {s.wnid for s in KNOWN.leaves(rows[1].wnid, "1k")}


def test_roll_up__unknown_classes_are_left_out():
    classes = [ModelClass(0, None, "mug"), ModelClass(1, "n99999999", "?")]
    assert roll_up(KNOWN, classes, np.array([0.5, 0.5], np.float32)) == ()


@given(st.integers(0, 2**32 - 1), st.sampled_from((0.003, 0.03, 1.0)))
def test_roll_up__children_never_hold_more_than_their_parent(seed, spread):
    probabilities = np.random.default_rng(seed).dirichlet(np.full(1000, spread))
    classes = [ModelClass(i, s.wnid, s.label) for i, s in enumerate(KNOWN.classes("1k"))]
    rows = roll_up(KNOWN, classes, probabilities, smallest=0.02)
    assert rows[0].depth == 0
    stack = []
    for row in rows:
        assert row.probability >= 0.02
        while stack and stack[-1].depth >= row.depth:
            stack.pop()
        if stack:
            assert row.probability <= stack[-1].probability + 1e-9
            assert stack[-1].wnid in KNOWN.ancestors(row.wnid)
        stack.append(row)
        below = {leaf.wnid for leaf in KNOWN.leaves(row.wnid, "1k")}
        assert (
            row.probability
            <= sum(p for p, c in zip(probabilities, classes, strict=True) if c.wnid in below) + 1e-6
        )
