"""A finished evaluation with all that an export must cope with, and tables made up."""

import numpy as np

from core import models
from core.evaluation.running import table as tables
from core.evaluation.running.job import evaluate
from core.evaluation.running.task import Task
from tests.core.evaluation.running.pets import CATS_DOGS_FISH, Context, folder


def done(path):
    """Pets, pictures of a class that no model knows, and one that is broken: folder and figures."""
    root = folder(path / "pets", 6, (*CATS_DOGS_FISH, "zxqv"))
    (root / "zxqv" / "00.png").write_bytes(b"no picture")
    context = Context()
    return context.folder, evaluate(Task(str(root), models.DEFAULT_MODEL).as_json(), context)


def made_up(path, names, classes, predicted=None, labels=None):
    """A table of one answer for each name; without labels the classes go round, all rightly."""
    n = len(names)
    meta = {
        "format": tables.FORMAT, "n": n, "data": "made up", "classes": classes,
        "model": "test/model", "weights": "0" * 64, "outputs": classes,
        "claims": [[at] for at in range(len(classes))],
        "features": 0, "signals": 9,
    }  # fmt: skip
    labels = np.arange(n) % len(classes) if labels is None else labels
    said = labels if predicted is None else np.asarray(predicted)
    rng = np.random.default_rng(0)
    top = np.full((n, tables.TOP), -1, np.int32)
    top[:, 0] = said
    probability = np.zeros((n, tables.TOP), np.float32)
    probability[:, 0] = rng.uniform(0.2, 1, n)
    columns = {
        "position": np.arange(n),
        "label": labels,
        "state": np.full(n, tables.ANSWERED),
        "top": top,
        "top_probability": probability,
        "rank": (said != labels).astype(np.int32),
        "loss": np.where(said == labels, -np.log(probability[:, 0]), rng.uniform(2, 9, n)),
        "entropy": rng.uniform(0, 2, n),
        "signals": rng.uniform(0, 9, (n, 9)),
    }
    return tables.create(path, meta, columns, names)
