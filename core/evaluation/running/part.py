"""Which pictures of a data set judge a model fairly, and which it learnt from."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core import data, models
from core.data import Dataset
from core.errors import EvaluationError
from core.evaluation.predictions import TEST, Predictions
from core.evaluation.running.task import Task

PREDICTIONS, DETAILS = "predictions.npz", "details.json"
"""In a training run's folder: what it said of the pictures that it kept, and what they were."""
_RUN = "run.json"


def chosen(dataset: Dataset, task: Task) -> np.ndarray:
    """(n,) int64: the positions of the pictures that the task is about, ascending.

    For the part ``test`` these are, where the model was tuned here on the same data or some of
    their classes, the pictures that the run kept for its test, or else for validation: of those
    that it learnt from it knows the answers. Otherwise what the data set itself keeps for testing;
    all pictures where it keeps none. The part ``train`` is what neither the run nor the data set
    kept apart.
    Raises EvaluationError where that would be everything, for want of anything kept, and where the
    data have changed since the run learnt from them; RunError where the run's own answers, which
    name those pictures, are damaged.
    """
    everything = np.arange(len(dataset), dtype=np.int64)
    if task.part == "all":
        return everything
    kept, own_test = _kept_by_run(dataset, task), dataset.own_test
    if task.part == "train":
        if kept is None and own_test is None:
            raise EvaluationError(
                f"Nobody knows which pictures of {dataset.name} a model learnt from: choose all of "
                "them, or data that keep pictures for testing."
            )
        return np.flatnonzero(~own_test) if kept is None else kept.learnt
    if kept is not None:
        return kept.apart
    return everything if own_test is None else np.flatnonzero(own_test)


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What a run made of the pictures of its data; both ascend."""

    apart: np.ndarray
    """(n,) int64: positions of those that it kept for its test, or else for validation."""
    learnt: np.ndarray
    """(m,) int64: of those that it kept for nothing."""


def _kept_by_run(dataset: Dataset, task: Task) -> _Kept | None:
    """None where the model is of no run, or of one on other data."""
    info = models.info(task.model)
    weights = models.on_machine(info) if info.source == "run" else None
    if weights is None or not (weights.parent / PREDICTIONS).exists():
        return None
    spec = _spec(weights.parent)
    if "data" not in spec or data.located(spec["data"]) != data.located(task.data):
        return None
    answers = Predictions.load(weights.parent / PREDICTIONS)
    own = dataset if spec.get("classes") is None else data.choose(dataset, spec["classes"])
    names = _details(weights.parent).get("pictures")
    held = answers.positions
    if (
        (len(held) and held.max() >= len(own))
        or not np.array_equal(own.labels[held], answers.labels)
        or (names is not None and names != data.names_digest(own))
    ):
        raise EvaluationError(
            f"{dataset.name} has changed since {task.model} learnt from it, so nobody knows which "
            "of its pictures are new to the model: put them back as they were, or choose all."
        )
    test = answers.of(TEST)
    apart = test.positions if len(test) else held
    learnt = np.setdiff1d(np.arange(len(own)), held)
    whole = own.positions if isinstance(own, data.Subset) else np.arange(len(own))
    return _Kept(np.sort(whole[apart]), whole[learnt])


def _spec(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / _RUN).read_bytes())["spec"])
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _details(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / DETAILS).read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}
