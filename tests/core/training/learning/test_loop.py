"""The loop: what it learns, what it reports, and that no interruption shows."""

import itertools
import math

import pytest
import torch

from core.errors import TrainingError
from core.training.learning.loop import train
from core.training.learning.plan import Plan
from core.training.setting import fabric
from tests.core.training.lessons import Memory, Patches, lesson, recipe, run


def alone():
    return fabric("cpu", "32")


def weights(data):
    return data.student.module.state_dict()


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


class Stop:
    """Says stop when it is asked for the n-th time."""

    def __init__(self, at):
        self.left = at

    def __call__(self):
        self.left -= 1
        return self.left < 0


@pytest.fixture(scope="module")
def uninterrupted():
    _, data, events = run(recipe())
    return weights(data), events


@pytest.mark.parametrize("at", range(9))
def test_train__cancelled_after_any_step_and_resumed_ends_the_same(uninterrupted, at):
    keeper = Memory()
    first: list = []
    data = lesson(recipe())
    result = train(recipe(), data, first.append, Stop(at), fabric=alone(), keeper=keeper)
    assert result.is_cancelled
    assert not result.stopped_early
    assert (result.best_epoch > 0) == (at >= 3)
    _, data, second = run(recipe(), keeper)
    wanted, events = uninterrupted
    assert first + second == events
    assert same(weights(data), wanted)


def test_train__reports_each_step_and_epoch_once(uninterrupted):
    _, events = uninterrupted
    assert [e["step"] for e in events if e["kind"] == "step"] == list(range(1, 10))
    epochs = [e for e in events if e["kind"] == "epoch"]
    assert [e["epoch"] for e in epochs] == [1, 2, 3]
    assert all(0 <= e["val_accuracy"] <= 1 and math.isfinite(e["val_loss"]) for e in epochs)


def test_train__learns_what_is_easy():
    result, data, events = run(
        recipe(epochs=15, mixup=0.0, dropout=0.0, learning_rate=3e-3, augment=None)
    )
    assert events[-1]["val_accuracy"] == 1
    assert result.epochs == 15
    assert not data.student.module.training


def test_train__stops_when_patience_is_over_and_keeps_the_best():
    # a rate this small changes nothing: the first epoch stays the best
    settings = {"epochs": 50, "patience": 3, "learning_rate": 1e-12, "schedule": "constant"}
    keeper = Memory()
    result, _, events = run(recipe(**settings), keeper)
    assert result.stopped_early
    assert result.best_epoch == 1
    assert result.epochs == 4
    assert [e["best"] for e in events if e["kind"] == "epoch"] == [True, False, False, False]
    again, _, more = run(recipe(**settings), keeper)  # killed before it could say so
    assert again == result
    assert more == []


def test_train__gives_back_the_weights_of_the_best_epoch():
    of = recipe(epochs=6, learning_rate=0.02, schedule="constant", mixup=0.0)
    _, data, events = run(of)
    best = max((e for e in events if e["kind"] == "epoch" and e["best"]), key=lambda e: e["epoch"])
    answers = data.examine(alone(), data.validation)
    assert answers.accuracy == pytest.approx(best["val_accuracy"])
    assert answers.loss == pytest.approx(best["val_loss"], rel=1e-5)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_train__says_that_it_diverged(optimizer):
    with pytest.raises(TrainingError, match="learning rate"):
        run(recipe(learning_rate=1e9, optimizer=optimizer, schedule="constant", warm_up=0.0))


def test_train__finds_a_rate_and_puts_the_network_back():
    of = recipe(learning_rate=None)
    _, data, events = run(of)
    rates = events[0]
    assert rates["kind"] == "rates"
    assert 1e-6 <= rates["chosen"] <= 1
    _, other, _ = run(of.changed(learning_rate=rates["chosen"]))
    assert same(weights(data), weights(other))


def test_train__without_validation_keeps_the_last():
    of = recipe(epochs=2)
    data = lesson(of)
    object.__setattr__(data, "validation", data.validation[:0])
    events = []
    result = train(of, data, events.append, lambda: False, fabric=alone())
    assert result.best_epoch == 2
    assert events[-1]["val_accuracy"] is None


def test_train__flips_are_those_of_the_validation_pictures():
    _, data, events = run(recipe(epochs=4, learning_rate=5e-3))
    epochs = [e for e in events if e["kind"] == "epoch"]
    assert epochs[0]["flips"] == []
    for before, after in itertools.pairwise(epochs):
        gained = round((after["val_accuracy"] - before["val_accuracy"]) * len(data.validation))
        assert after["fixed"] - after["broken"] == gained
        for position, old, new in after["flips"]:
            assert position in data.validation
            assert old != new


def test_plan__of_the_lesson_has_no_tiny_batch():
    data = lesson(recipe(), Patches(count=29))
    plan = Plan(recipe(), data.train)
    assert min(map(len, plan.batches(0))) >= 5
