"""Which pictures of a data set judge a model fairly, and which it learnt from."""

import json
from pathlib import Path

import numpy as np

from core import models
from core.data import Dataset
from core.errors import EvaluationError
from core.evaluation.predictions import TEST, Predictions
from core.evaluation.running.task import Task

_PREDICTIONS, _RUN = "predictions.npz", "run.json"


def chosen(dataset: Dataset, task: Task) -> np.ndarray:
    """(n,) int64: the positions of the pictures that the task is about, ascending.

    For the part ``test`` these are, where the model was tuned here on the same data, the pictures
    that the run kept for its test, or else for validation: of those that it learnt from it knows
    the answers. Otherwise what the data set itself keeps for testing; all pictures where it keeps
    none. The part ``train`` is what neither the run nor the data set kept apart. Raises
    EvaluationError where everything would be that, for want of anything kept, and RunError where
    the run's own answers, which name those pictures, are damaged.
    """
    everything = np.arange(len(dataset), dtype=np.int64)
    if task.part == "all":
        return everything
    kept, own_test = _kept_by_run(task), dataset.own_test
    if kept is not None and (not len(kept) or kept.positions.max() >= len(dataset)):
        kept = None
    if task.part == "train":
        if kept is None and own_test is None:
            raise EvaluationError(
                f"Nobody knows which pictures of {dataset.name} a model learnt from: choose all of "
                "them, or data that keep pictures for testing."
            )
        learnt = ~own_test if kept is None else ~np.isin(everything, kept.positions)
        return np.flatnonzero(learnt)
    if kept is not None:
        test = kept.of(TEST)
        return np.sort((test if len(test) else kept).positions)
    return everything if own_test is None else np.flatnonzero(own_test)


def _kept_by_run(task: Task) -> Predictions | None:
    """What a run said of the pictures that it kept apart; None if of another data set, or a part.

    None also where the model is of no run.
    """
    info = models.info(task.model)
    weights = models.on_machine(info) if info.source == "run" else None
    if weights is None or not (weights.parent / _PREDICTIONS).exists():
        return None
    if not _is_about(weights.parent, task.data):
        return None
    return Predictions.load(weights.parent / _PREDICTIONS)


def _is_about(folder: Path, data: str) -> bool:
    """Whether a run learnt from all classes of this data set."""
    try:
        spec = json.loads((folder / _RUN).read_bytes())["spec"]
        return spec["data"] == data and spec.get("classes") is None
    except (OSError, ValueError, TypeError, KeyError):
        return False
