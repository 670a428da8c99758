"""The order of the answers, and what they tell while they are few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.metrics import wilson
from core.evaluation.running.order import batches, interval


@given(st.lists(st.integers(0, 6), max_size=80), st.integers(1, 9))
def test_batches__hold_each_picture_once(blocks, size):
    blocks = np.sort(np.array(blocks, np.int64))
    found = batches(blocks, len(blocks), size)
    assert sorted(np.concatenate([*found, np.empty(0, int)]).tolist()) == list(range(len(blocks)))
    assert all(len(batch) == size for batch in found[:-1])


def test_batches__keep_blocks_together_and_mix_them():
    blocks = np.repeat(np.arange(40), 5)
    order = [int(blocks[at]) for batch in batches(blocks, 200, 5) for at in batch]
    seen = list(dict.fromkeys(order))
    assert order == [block for block in seen for _ in range(5)]
    assert seen != sorted(seen)


def test_batches__without_blocks_are_mixed_and_always_the_same():
    found, again = (batches(None, 1000, 32) for _ in range(2))
    assert all((a == b).all() for a, b in zip(found, again, strict=True))
    assert abs(found[0].mean() - 500) < 200  # of pictures sorted by class, not the first class


@given(st.lists(st.booleans(), max_size=50))
def test_interval__of_single_pictures_is_wilsons(right):
    assert interval(np.array(right, bool), None) == wilson(sum(right), len(right))


def test_interval__of_one_block_tells_nothing():
    assert interval(np.ones(500, bool), np.zeros(500, int)) == (0.0, 1.0)


def test_interval__of_blocks_of_one_is_nearly_that_of_pictures():
    right = np.random.default_rng(0).random(400) < 0.7
    low, high = interval(right, np.arange(400))
    assert (low, high) == pytest.approx(wilson(int(right.sum()), 400), abs=0.003)


def test_interval__covers_where_blocks_are_of_one_class():
    """Half of the classes are easy: counting pictures as if drawn alone covers far too seldom."""
    dice = np.random.default_rng(1)
    truth, covered, naive = 0.6, 0, 0
    for _ in range(300):
        ease = np.where(dice.random(30) < 0.5, 0.95, 0.25)
        blocks = np.repeat(np.arange(30), 20)
        right = dice.random(600) < ease[blocks]
        low, high = interval(right, blocks)
        covered += low <= truth <= high
        low, high = wilson(int(right.sum()), 600)
        naive += low <= truth <= high
    assert covered / 300 > 0.91
    assert naive / 300 < 0.7
