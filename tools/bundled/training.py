"""What the model file tells of its training: the parts that it had, each as JSON can hold it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import RunError
from core.models.header import read_metadata
from core.runs import environment, events
from core.runs.run import look
from core.training.after.outcome import MODEL
from core.training.changes import changes
from core.training.history import History
from core.training.learning.plan import Plan
from core.training.recipe import Recipe, from_json
from tools.bundled.places import RECIPES


def part(
    folder: Path, spec: Mapping[str, Any], result: Mapping[str, Any], size: int
) -> dict[str, Any]:
    """Of the run in a folder: what it did, on what, how long, and its curve.

    ``size`` is the side of the pictures that its model was trained for.
    """
    told = events.read(folder).events
    if not told:
        raise RunError(f"{folder} has lost what the run reported: its curve cannot be told.")
    history = History()
    history.take(told, 0)
    recipe = from_json(spec)
    recipe = recipe.changed(input_size=recipe.input_size or size)  # None is the model's own
    return {
        "run": folder.name,
        "recipe": {key: value for key, value in recipe.as_json().items() if key != "data"},
        "differs": _differs(recipe),
        "counts": dict(result["counts"]),
        "learning_rate": result["learning_rate"],
        "best_epoch": result["best_epoch"],
        "environment": environment.read(folder) or {},
        "hours": round((told[-1]["time"] - told[0]["time"]) / 3600, 2),
        "epochs": _curve(history, recipe, result["counts"]["train"]),
    }


def parts(
    folder: Path,
    spec: Mapping[str, Any],
    result: Mapping[str, Any],
    size: int,
    bundled: Path,
) -> list[Mapping[str, Any]]:
    """All parts of a training that ends with the run in ``folder``, the first one first.

    Those before it are of the runs that it goes on from, which lie beside it, or those that the
    file ``bundled`` tells of, where it goes on from the bundled model. Raises ModelError and
    RunError for what is damaged.
    """
    last = part(folder, spec, result, size)
    source = str(spec["model"])
    if spec["tune"] == "scratch":
        return [last]
    if not source.startswith("run/"):
        told = read_metadata(bundled).get("training", [])
        return [*(one for one in told if one["run"] != last["run"]), last]
    earlier = look(folder.parent / source.removeprefix("run/"))
    if earlier.result is None:
        raise RunError(f"{earlier.folder} went before this run and has not come to its end.")
    size = read_metadata(earlier.folder / MODEL)["input_size"]
    before = parts(earlier.folder, earlier.spec, earlier.result, size, bundled)
    return [*before, last]


def _differs(recipe: Recipe) -> dict[str, list[Any]]:
    """Where the run did not do what the recipe in the repository says: that, and what it did."""
    written = RECIPES[0] if recipe.tune == "scratch" else RECIPES[1]
    published = from_json(json.loads(written.read_text()) | {"data": recipe.data})
    found = changes(published.as_json(), recipe.as_json())
    return {key: list(pair) for key, pair in found.items() if key != "model"}


def _curve(history: History, recipe: Recipe, count: int) -> list[list[Any]]:
    """Epoch, side of the pictures at its end, training loss, and accuracy on what was held out."""
    plan = Plan(recipe, np.arange(count))
    return [
        [
            e.epoch,
            plan.size(e.epoch * plan.steps - 1) or recipe.input_size,
            e.train_loss,
            e.val_accuracy,
        ]
        for e in history.epochs
    ]
