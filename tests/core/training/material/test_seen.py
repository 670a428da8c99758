"""A warning where held-out pictures were learnt from by the run before."""

import json

import pytest

from core.training.material.seen import seen_before
from core.training.recipe import suggest

RUN = "20260101-120000-abcdef"


@pytest.fixture
def before(netlens_home):
    """Writes the recipe of a run that has tuned a probe on the digits."""
    folder = netlens_home / "runs" / RUN
    folder.mkdir(parents=True)
    recipe = suggest("digits", "plain/lenet-5", "all")

    def write(**settings):
        spec = recipe.changed(**settings).as_json()
        (folder / "run.json").write_text(json.dumps({"spec": spec}))
        return recipe.changed(model=f"run/{RUN}")

    return write


def test_seen_before__shared_out_in_the_same_way(before):
    assert seen_before(before()) is None
    assert seen_before(before(epochs=77, learning_rate=1.0)) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"seed": 1}, "under seed 1,"), ({"test": 0.1, "seed": 2}, "under seed 2 and test 0.1,")],
)
def test_seen_before__shared_out_in_another_way(before, settings, said):
    warning = seen_before(before(**settings))
    assert said in warning
    assert "accuracy on them is too high" in warning


def test_seen_before__other_data_other_models_and_from_scratch(before):
    recipe = before(seed=1)
    assert seen_before(recipe.changed(data="shapes")) is None
    assert seen_before(recipe.changed(tune="scratch")) is None
    assert seen_before(recipe.changed(model="plain/lenet-5")) is None


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"spec": 1}', '{"spec": {"data": "digits"}}'])
def test_seen_before__a_run_that_cannot_be_read(before, netlens_home, written):
    recipe = before(seed=1)
    (netlens_home / "runs" / RUN / "run.json").write_text(written)
    assert seen_before(recipe) is None
    (netlens_home / "runs" / RUN / "run.json").unlink()
    assert seen_before(recipe) is None
