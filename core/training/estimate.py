"""How long a recipe will take, roughly, before it is followed."""

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.training.learning.rates import STEPS
from core.training.recipe import Recipe

if TYPE_CHECKING:
    from core.models import ImageModel

_READ = 0.004  # seconds to read and decode a photograph
_START = 4.0  # seconds until a process has imported torch
_TRAINED = {"head": 1.1, "last": 1.7, "all": 3.0, "scratch": 3.0, "probe-all": 3.0}
"""What it costs to learn from a picture, in forward passes through the whole network."""
_PICTURES = 8


def passes(recipe: Recipe, pictures: int) -> float:
    """Forward passes of single pictures that the recipe is worth, for a data set of that size."""
    held_out = pictures * (recipe.validation + recipe.test)
    learnt = pictures - held_out
    untuned = 0.0 if recipe.tune == "scratch" else held_out
    if recipe.tune == "probe" or (recipe.tune == "head" and recipe.augment is None):
        return learnt + held_out
    each = _TRAINED[recipe.tune]
    total = recipe.epochs * (learnt * each + pictures * recipe.validation) + held_out + untuned
    if recipe.tune == "probe-all":
        total += learnt
    if recipe.learning_rate is None:
        total += STEPS * min(recipe.batch, learnt) * each
    return total


def from_pass(recipe: Recipe, pictures: int, seconds: float, side: int) -> float:
    """Seconds that it takes where a forward pass of a picture of that side takes ``seconds``."""
    area = ((recipe.input_size or side) / side) ** 2
    return _START + pictures * _READ + passes(recipe, pictures) * seconds * area


def from_run(
    recipe: Recipe, pictures: int, past: Recipe, result: Mapping[str, object]
) -> float | None:
    """Seconds, from how long another run took; None where that run says nothing about this one."""
    seconds, counts = result.get("seconds"), result.get("counts")
    if not isinstance(seconds, int | float) or not isinstance(counts, Mapping):
        return None
    if any(getattr(recipe, key) != getattr(past, key) for key in ("model", "tune", "input_size")):
        return None
    if (recipe.augment is None) != (past.augment is None):
        return None
    had = passes(past.changed(epochs=_epochs(past, result)), sum(counts.values()))
    if not had or not math.isfinite(seconds):
        return None
    return _START + seconds * passes(recipe, pictures) / had


def time_of_pass(model: "ImageModel") -> float:
    """Measure it: seconds that a picture takes in a small batch, the best of a few."""
    import torch

    side = model.preprocess.input_size
    dtype = torch.float16 if model.half else torch.float32
    inputs = torch.zeros(_PICTURES, 3, side, side, dtype=dtype, device=model.device)
    took = []
    with model.lock, torch.inference_mode():
        for _ in range(5):
            began = time.perf_counter()
            model.module(inputs)[0, 0].item()  # waits for a GPU
            took.append(time.perf_counter() - began)
    return min(took) / _PICTURES


def _epochs(past: Recipe, result: Mapping[str, object]) -> int:
    """That were run, which are fewer where it stopped early."""
    ran = result.get("epochs")
    return ran if isinstance(ran, int) and ran > 0 else past.epochs
