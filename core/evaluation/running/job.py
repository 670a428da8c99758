"""A task done from the data set to the figures: what the worker of an evaluation does."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core import data, models
from core.data import Dataset
from core.errors import CancelledError, EvaluationError, ModelError, WeightsUnavailableError
from core.evaluation.answers import FOLDER, Answers
from core.evaluation.fit import fit
from core.evaluation.running import part
from core.evaluation.running import table as tables
from core.evaluation.running.engine import Network, Subject, answer
from core.evaluation.running.order import interval
from core.evaluation.running.table import Table
from core.evaluation.running.task import Task, from_json
from core.evaluation.slices.signals import ALL_SIGNALS, SIGNALS
from core.models import Preprocess

if TYPE_CHECKING:
    import torch

_NEWS = 20  # events of an evaluation


class Context(Protocol):
    """A job's link to its run, as `core.runs.RunContext` has it."""

    folder: Path

    @property
    def device(self) -> str:
        """Such as ``cuda:0``."""

    def report(self, event: Mapping[str, Any]) -> None:
        """Add an event to the run's history."""

    def tell(self, what: str, done: int, of: int) -> None:
        """Say what is being done now."""

    def should_stop(self) -> bool:
        """Whether the user wants the run to end."""


def evaluate(spec: dict[str, Any], context: Context) -> dict[str, Any]:
    """Do the task in the run's folder, or go on with it; returns the headline figures.

    Raises what is wrong with the data, the model or the device, EvaluationError where the data set
    changed since the run was begun, and CancelledError.
    """
    task = from_json(spec)
    started = time.perf_counter()
    context.tell("opening the data set", 0, 0)
    dataset = data.open(task.data)
    positions = part.chosen(dataset, task)
    context.tell("loading the model", 0, 0)
    device = models.resolve_device(context.device)
    network, preprocess, features = _network(task.model, device)
    table = _table(context.folder / FOLDER, task, dataset, positions, features)
    subject = Subject(network, preprocess, dataset, table.meta["claims"], device)

    told = 0

    def tell() -> None:
        nonlocal told
        done = int(np.count_nonzero(table["state"]))
        context.tell("asking the model", done, len(table))
        if done - told >= len(table) / _NEWS or done == len(table):
            told = done
            context.report({"kind": "answers", **progress(table, dataset.blocks)})

    if not answer(subject, table, tell, context.should_stop):
        raise CancelledError
    context.tell("measuring the result", 0, 0)
    found = Answers(table).headline.as_record()
    return found | {"seconds": time.perf_counter() - started}


def progress(table: Table, blocks: np.ndarray | None) -> dict[str, Any]:
    """How far it is, and what the answers so far say of all pictures, as JSON.

    ``blocks`` are those of `Dataset.blocks`.
    """
    state, rank = np.array(table["state"]), np.array(table["rank"])
    judged = np.flatnonzero((state == tables.ANSWERED) & (rank >= 0))
    right = rank[judged] == 0
    of_rows = None if blocks is None else blocks[table["position"][judged]]
    low, high = interval(right, of_rows)
    # what is left can at most be all right, or all wrong
    known = np.array([bool(claim) for claim in table.meta["claims"]])[table["label"]]
    total = int(np.count_nonzero(known & (state != tables.UNREADABLE)))
    if total:
        correct = int(np.count_nonzero(right))
        low = max(low, correct / total)
        high = min(high, 1 - (len(right) - correct) / total)
    return {
        "done": int(np.count_nonzero(state)),
        "of": len(table),
        "unreadable": int(np.count_nonzero(state == tables.UNREADABLE)),
        "top1": float(right.mean()) if len(right) else None,
        "low": low,
        "high": high,
    }


def _network(model: str, device: "torch.device") -> tuple[Network, Preprocess, int]:
    """What gives features, if there are any, and logits; its transform; how many features."""
    import torch

    preprocess = models.preprocess_of(model)
    try:
        network = models.feature_network(model).to(device, memory_format=torch.channels_last)
    except WeightsUnavailableError:
        raise
    except ModelError:  # its last layer takes no vectors: there is nothing to find neighbours by
        module = models.load(model, str(device)).module
        return lambda inputs: (None, module(inputs)), preprocess, 0
    size = preprocess.input_size
    with torch.inference_mode(), models.guard(device):
        features, _ = network(torch.zeros(1, 3, size, size, device=device))
    return network, preprocess, features.shape[1]


def _table(folder: Path, task: Task, dataset: Dataset, at: np.ndarray, features: int) -> Table:
    """The run's table: a new one, or the one that it left."""
    files = [dataset.file(i) for i in at.tolist()]
    labels = dataset.labels[at]
    if tables.is_there(folder):
        table = tables.load(folder, write=True)
        if not _is_same(table, at, files, labels):
            raise _changed(f"The pictures of {dataset.name} have")
        if table.meta["weights"] != models.weights_digest(task.model):
            raise _changed(f"The weights of {task.model} have")
        return table
    known_to_model = models.classes_of(task.model)
    found = fit(dataset, at, known_to_model)
    found.check(task.model, dataset.name)
    meta = {
        "format": tables.FORMAT,
        "n": len(at),
        "data": dataset.name,
        "classes": [(known.wnid, known.label) for known in dataset.classes],
        "model": models.info(task.model).name,
        "weights": models.weights_digest(task.model),
        "outputs": [(known.wnid, known.label) for known in known_to_model],
        "claims": found.matching.outputs,
        "synsets": _synsets(found.matching.synsets),
        "features": features,
        "signals": len(SIGNALS if dataset.boxes is None else ALL_SIGNALS),
    }
    return tables.create(folder, meta, {"position": at, "label": labels}, files)


def _is_same(table: Table, at: np.ndarray, files: list[str], labels: np.ndarray) -> bool:
    same = len(table) == len(labels) and np.array_equal(table["position"], at)
    return same and np.array_equal(table["label"], labels) and table.files() == files


def _changed(what: str) -> EvaluationError:
    return EvaluationError(
        f"{what} changed since the evaluation was begun, so it cannot go on: put them back as they "
        "were, or evaluate again."
    )


def _synsets(taken_for: Sequence[Sequence[str]]) -> list[str | None]:
    """The wnid that each class was taken for, where it is one, and no other class's."""
    times = Counter(wnid for wnids in taken_for for wnid in wnids)
    return [wnids[0] if len(wnids) == 1 and times[wnids[0]] == 1 else None for wnids in taken_for]
