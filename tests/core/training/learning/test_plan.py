"""Every picture comes once an epoch, however many processes share the work."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import TrainingError
from core.training.learning.plan import Plan
from core.training.recipe import suggest


def recipe(batch, epochs=2):
    return suggest("d", "m", "all").changed(batch=batch, epochs=epochs)


@given(st.integers(1, 200), st.integers(1, 64), st.integers(0, 5))
def test_batches__hold_every_picture_once_and_are_about_equal(count, batch, epoch):
    plan = Plan(recipe(batch), np.arange(count) * 3)
    batches = plan.batches(epoch)
    assert len(batches) == plan.steps == -(-count // batch)
    assert sorted(np.concatenate(batches)) == list(range(0, 3 * count, 3))
    sizes = [len(b) for b in batches]
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(2, 200), st.integers(2, 64), st.integers(2, 4))
def test_share__deals_out_whole_pairs_and_nobody_goes_without(count, batch, world):
    assume(count // -(-count // batch) >= 2 * world - 1)
    plans = [Plan(recipe(batch), np.arange(count), rank, world) for rank in range(world)]
    for whole in plans[0].batches(0):
        shares = [plan.share(whole) for plan in plans]
        assert np.array_equal(np.concatenate(shares), whole)
        assert all(len(share) for share in shares)
        assert all(len(share) % 2 == 0 for share in shares[:-1])


def test_plan__refuses_more_processes_than_can_share():
    with pytest.raises(TrainingError, match="batch"):
        Plan(recipe(4), np.arange(100), 0, 4)


def test_batches__differ_between_epochs_and_seeds():
    one = Plan(recipe(8), np.arange(64))
    other = Plan(recipe(8).changed(seed=1), np.arange(64))
    assert not np.array_equal(one.batches(0)[0], one.batches(1)[0])
    assert not np.array_equal(one.batches(0)[0], other.batches(0)[0])
    assert np.array_equal(one.batches(1)[0], one.batches(1)[0])


def test_size__follows_the_share_of_the_steps():
    plan = Plan(recipe(10, epochs=1).changed(sizes=((0.4, 32), (0.6, 48))), np.arange(100))
    assert [plan.size(step) for step in range(10)] == [32] * 4 + [48] * 2 + [None] * 4
