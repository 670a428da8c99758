"""What differs between two recipes, as they were written down."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]


def changes(before: Settings, after: Settings) -> dict[str, tuple[Any, Any]]:
    """Settings that both recipes have and that differ, each with its value before and after.

    Parts of ``augment`` are called ``augment.crop`` and so on, and are compared where both recipes
    augment. The recipes are JSON and need not be such as this version can follow.
    """
    old, new = settings(before), settings(after)
    return {key: (old[key], new[key]) for key in new if key in old and old[key] != new[key]}


def settings(recipe: Settings) -> dict[str, Any]:
    """A recipe's settings side by side: without the format, the parts of ``augment`` spread out."""
    spread = {key: value for key, value in recipe.items() if key != "format"}
    augment = spread.get("augment")
    if isinstance(augment, Mapping):
        spread["augment"] = True
        spread |= {f"augment.{key}": value for key, value in augment.items()}
    elif "augment" in spread:
        spread["augment"] = False
    return spread
