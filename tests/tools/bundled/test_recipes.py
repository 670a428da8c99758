"""The bundled model's recipes are those that its card tells of."""

import json

import pytest

from core import models, paths
from core.models.header import read_metadata
from core.runs import events
from core.training.changes import changes
from core.training.recipe import from_json
from tools.bundled.places import MODEL, RECIPES

from .conftest import WNIDS


@pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)
def test_recipe__is_the_bundled_models_and_names_no_data(file):
    written = json.loads(file.read_text())
    assert "data" not in written
    recipe = from_json(written | {"data": "x"})
    assert recipe.model == models.DEFAULT_MODEL
    assert (recipe.trunk_rate, recipe.freeze_norm, recipe.input_size) == (1.0, False, 64)


def test_recipe__the_second_goes_on_with_the_pictures_of_the_first():
    first, second = (from_json(json.loads(f.read_text()) | {"data": "x"}) for f in RECIPES)
    assert (first.tune, second.tune) == ("scratch", "all")
    assert (first.seed, first.validation) == (second.seed, second.validation)


def test_recipe__each_part_of_the_shipped_model_followed_its_own():
    parts = read_metadata(MODEL)["training"]
    assert len(parts) == len(RECIPES)
    for part, file in zip(parts, RECIPES, strict=True):
        published = from_json(json.loads(file.read_text()) | {"data": "x"}).as_json()
        done = from_json(part["recipe"] | {"data": "x"}).as_json()
        differs = {key: list(pair) for key, pair in changes(published, done).items()}
        assert differs == part["differs"]
        assert [epoch for epoch, *_ in part["epochs"]] == list(range(1, done["epochs"] + 1))


def test_train__follows_the_first_recipe(trained):
    told = events.read(trained).events
    spec = json.loads((trained / "run.json").read_text())["spec"]
    assert spec["augment"]["crop"] == 0.25
    result = json.loads((trained / "result.json").read_text())["result"]
    assert result["counts"] == {"train": 146, "validation": 3, "test": 31}
    assert result["trained_parameters"] == result["parameters"]
    last = [event for event in told if event["kind"] == "epoch"][-1]
    assert last["train_loss"] < 1.0986  # ln 3


def test_train__the_second_begins_where_the_first_ended(trained, went_on):
    """Its first step, at a small rate, already knows what the first run has learnt."""
    first, second = (
        [event for event in events.read(run).events if event["kind"] == "epoch"]
        for run in (trained, went_on)
    )
    assert second[0]["train_loss"] == pytest.approx(first[-1]["train_loss"], abs=0.15)
    result = json.loads((went_on / "result.json").read_text())["result"]
    assert result["counts"] == {"train": 146, "validation": 3, "test": 31}
    _, metadata = models.read_model(went_on / "model.safetensors")
    assert metadata["model"] == models.DEFAULT_MODEL
    assert [wnid for wnid, _ in metadata["classes"]] == list(WNIDS)


def test_card__of_the_shipped_model_says_where_its_recipes_are():
    card = MODEL.with_suffix(".md").read_text()
    for recipe in RECIPES:
        assert str(recipe.relative_to(paths.ROOT)) in card
