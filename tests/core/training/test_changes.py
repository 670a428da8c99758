"""What differs between two recipes."""

from core.training import Augment, suggest
from core.training.changes import changes, settings


def recipe(tune="last", **more):
    return suggest("shapes", "m", tune).changed(**more).as_json()


def test_changes__none_between_equal_recipes():
    assert changes(recipe(), recipe()) == {}


def test_changes__name_each_setting_with_both_values():
    assert changes(recipe(epochs=5), recipe(epochs=9, learning_rate=None)) == {
        "epochs": (5, 9),
        "learning_rate": (1e-3, None),
    }


def test_changes__parts_of_augmentation_count_where_both_augment():
    assert changes(recipe(), recipe(augment=None)) == {"augment": (True, False)}
    assert changes(recipe(), recipe(augment=Augment(rotate=9.0))) == {"augment.rotate": (0.0, 9.0)}


def test_changes__what_one_version_alone_knows_is_no_change():
    assert changes(recipe(), recipe() | {"format": 9, "magic": True}) == {}
    assert settings({"format": 9, "magic": {"a": 1}}) == {"magic": {"a": 1}}
