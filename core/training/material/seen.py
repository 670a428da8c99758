"""Whether the model that a run goes on from has learnt from pictures that are held out now."""

import json
from typing import Any

from core.models.zoo import runs_folder
from core.training.recipe import Recipe

_SHARED_BY = ("seed", "validation", "test")
"""What decides on which of a data set's pictures are learnt from."""


def seen_before(recipe: Recipe) -> str | None:
    """A warning where the model is a run's that shared the same data set out in another way.

    None where it is not, and where that run cannot be read.
    """
    source, _, run = recipe.model.partition("/")
    if source != "run" or recipe.tune == "scratch":
        return None
    try:
        before: dict[str, Any] = json.loads((runs_folder() / run / "run.json").read_text())["spec"]
        if before["data"] != recipe.data:
            return None
        differing = {key: before[key] for key in _SHARED_BY if before[key] != getattr(recipe, key)}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not differing:
        return None
    told = " and ".join(f"{key} {value}" for key, value in differing.items())
    return (
        f"{recipe.model} has learnt from this data set under {told}, and so from some of the "
        "pictures that are held out now: accuracy on them is too high. To hold out the same "
        f"pictures, take {told} again."
    )
