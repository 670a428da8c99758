"""How long a recipe will take."""

import pytest

from core import models
from core.training import suggest
from core.training.estimate import from_pass, from_run, passes, time_of_pass


def recipe(tune="all", **more):
    return suggest("shapes", "m", tune).changed(**more)


def test_passes__a_probe_looks_at_each_picture_once():
    assert passes(recipe("probe"), 100) == 100
    assert passes(recipe("head"), 100) == passes(recipe("head", epochs=99), 100) == 100


def test_passes__training_costs_three_forward_passes():
    # 60 to learn from, 20 each for validation and test; 40 untuned, and 40 at the end
    assert passes(recipe(epochs=2), 100) == pytest.approx(2 * (60 * 3 + 20) + 40 + 40)


def test_passes__grow_with_the_epochs_and_with_what_learns():
    assert passes(recipe(epochs=9), 100) > passes(recipe(epochs=2), 100)
    assert passes(recipe("all"), 100) > passes(recipe("last"), 100)
    assert passes(recipe("probe-all"), 100) > passes(recipe("all"), 100)
    assert passes(recipe(learning_rate=None), 100) > passes(recipe(), 100)


def test_from_pass__a_side_twice_as_long_takes_four_times():
    one = from_pass(recipe(), 100, 1.0, 64)
    four = from_pass(recipe(input_size=128), 100, 1.0, 64)
    assert four - one == pytest.approx(3 * passes(recipe(), 100))


def test_from_run__scales_what_the_same_took():
    result = {"seconds": 50.0, "counts": {"train": 60, "validation": 20, "test": 20}, "epochs": 10}
    same = from_run(recipe(), 100, recipe(), result)
    twice = from_run(recipe(), 200, recipe(), result)
    assert twice - same == pytest.approx(50.0)


def test_from_run__that_stopped_early_counts_what_it_ran():
    counts = {"train": 60, "validation": 20, "test": 20}
    stopped = {"seconds": 50.0, "counts": counts, "epochs": 2}
    whole = {"seconds": 50.0, "counts": counts, "epochs": 10}
    past = recipe(patience=1)
    assert from_run(recipe(), 100, past, stopped) > from_run(recipe(), 100, past, whole)


@pytest.mark.parametrize(
    "past", [recipe("last"), recipe(input_size=32), recipe(augment=None), suggest("d", "n", "all")]
)
def test_from_run__another_kind_says_nothing(past):
    result = {"seconds": 50.0, "counts": {"train": 60}, "epochs": 5}
    assert from_run(recipe(), 100, past, result) is None


@pytest.mark.parametrize("result", [{}, {"seconds": 3.0}, {"seconds": "x", "counts": {"train": 1}}])
def test_from_run__a_result_without_figures_says_nothing(result):
    assert from_run(recipe(), 100, recipe(), result) is None


def test_time_of_pass__is_a_moment_for_the_bundled_model():
    assert 0 < time_of_pass(models.load(device="cpu")) < 1
