"""A recipe is read back as it was written, and says which of its keys is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TrainingError
from core.training.recipe import TUNES, Augment, Recipe, from_json, suggest

PLAIN = {"data": "digits", "model": "plain/lenet-5", "tune": "scratch"}


@pytest.mark.parametrize("tune", TUNES)
def test_from_json__reads_back_what_as_json_wrote(tune):
    recipe = suggest("digits", "m", tune).changed(
        classes=("1", "2"), sizes=() if tune in ("probe", "head") else ((0.5, 32), (1, 64))
    )
    assert from_json(json.dumps(recipe.as_json())) == recipe


@given(
    st.builds(
        Augment,
        crop=st.floats(0.01, 1),
        flip=st.booleans(),
        rotate=st.floats(0, 180),
        colour=st.floats(0, 1),
        erase=st.floats(0, 1),
    ),
    st.floats(1e-9, 1e9),
    st.integers(0, 2**31 - 1),
)
def test_from_json__loses_no_digit(augment, rate, seed):
    recipe = suggest("d", "m", "all").changed(augment=augment, learning_rate=rate, seed=seed)
    assert from_json(json.dumps(recipe.as_json())) == recipe


def test_from_json__takes_what_is_left_out_from_the_suggestion():
    assert from_json(PLAIN) == suggest("digits", "plain/lenet-5", "scratch")
    assert from_json(PLAIN | {"epochs": 3}).epochs == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"learnin_rate": 1}, "learnin_rate"),
        ({"augment": {"crops": 1}}, "crops"),
        ({"format": 2}, "update Netlens"),
        ({"format": "1"}, "format"),
        ({"format": 0}, "format"),
        ({"learning_rate": 1e38}, "learning_rate"),
        ({"learning_rate": 10**400}, "learning_rate"),
        ({"dropout": 10**400}, "dropout"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"batch": "32"}, "batch"),
        ({"tune": "everything"}, "tune"),
        ({"tune": ["all"]}, "tune"),
        ({"data": ""}, "data"),
        ({"classes": ["a"]}, "classes"),
        ({"classes": ["a", "a"]}, "classes"),
        ({"classes": "ab"}, "classes"),
        ({"augment": 1}, "augment"),
        ({"augment": {"crop": 0}}, "augment"),
        ({"sizes": [[0.5, 64], [0.4, 32]]}, "sizes"),
        ({"sizes": [0.5]}, "sizes"),
        ({"validation": 0.5, "test": 0.5}, "training"),
        ({"class_weights": 1}, "class_weights"),
        ({"precision": "8"}, "precision"),
        ({"seed": -1}, "seed"),
    ],
)
def test_from_json__names_the_key_that_is_wrong(change, said):
    with pytest.raises(TrainingError, match=said):
        from_json(PLAIN | change)


@pytest.mark.parametrize("missing", ["data", "model", "tune"])
def test_from_json__names_what_is_missing(missing):
    with pytest.raises(TrainingError, match=missing):
        from_json({key: value for key, value in PLAIN.items() if key != missing})


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '"a"', "[" * 100_000])
def test_from_json__refuses_what_is_no_object(text):
    with pytest.raises(TrainingError, match="recipe"):
        from_json(text)


def test_recipe__of_a_probe_has_no_augmentation():
    with pytest.raises(TrainingError, match="augment"):
        Recipe("d", "m", "probe", augment=Augment())
