"""Which pictures of a data set judge a model fairly."""

import json
from pathlib import Path

import numpy as np

from core import models
from core.data import Dataset
from core.evaluation.predictions import TEST, Predictions
from core.evaluation.running.task import Task

_PREDICTIONS, _RUN = "predictions.npz", "run.json"


def chosen(dataset: Dataset, task: Task) -> np.ndarray:
    """(n,) int64: the positions of the pictures that the task is about.

    For the part ``test`` these are, where the model was tuned here on the same data, the pictures
    that the run kept for its test, or else for validation: of those that it learnt from it knows
    the answers. Otherwise what the data set itself keeps for testing; all pictures where it keeps
    none. Raises RunError where the run's own answers, which name those pictures, are damaged.
    """
    everything = np.arange(len(dataset), dtype=np.int64)
    if task.part == "all":
        return everything
    kept = _kept_by_run(task)
    if kept is not None and len(kept) and kept.max() < len(dataset):
        return np.sort(kept)
    own_test = dataset.own_test
    return everything if own_test is None else np.flatnonzero(own_test)


def _kept_by_run(task: Task) -> np.ndarray | None:
    """None where the model is of no run on the same whole data set."""
    info = models.info(task.model)
    weights = models.on_machine(info) if info.source == "run" else None
    if weights is None or not (weights.parent / _PREDICTIONS).exists():
        return None
    if not _is_about(weights.parent, task.data):
        return None
    answers = Predictions.load(weights.parent / _PREDICTIONS)
    test = answers.of(TEST)
    return (test if len(test) else answers).positions


def _is_about(folder: Path, data: str) -> bool:
    """Whether a run learnt from all classes of this data set."""
    try:
        spec = json.loads((folder / _RUN).read_bytes())["spec"]
        return spec["data"] == data and spec.get("classes") is None
    except (OSError, ValueError, TypeError, KeyError):
        return False
