"""Evaluations that nobody ran, of any size: ImageNet's classes, taken for their neighbours mostly.

What hangs together in a real one does so here: the probabilities fall and add up to at most 1, the
loss is that of the true class, the rank its place, and entropy is of all outputs.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core import catalog, runs
from core.evaluation.answers import FOLDER, Answers
from core.evaluation.hierarchy.heights import Hierarchy
from core.evaluation.running import table as tables
from core.evaluation.running.table import ANSWERED, FORMAT, TOP, Table
from core.evaluation.slices.signals import SIGNALS
from core.runs import Run, locks

_FAR = 0.1  # of the errors, to any class at all
_NEAR = 20  # classes that a class is taken for else
_BLOCK = 1 << 17
_SHARPNESS = [signal.name for signal in SIGNALS].index("sharpness")


def table(folder: Path, n: int, classes: int = 1000, name: str | None = None) -> Table:
    """Of n answers about so many classes of ImageNet-1k, sorted by class as data sets are.

    There are at least six classes. ``name`` is the pattern of the files' names, which gets their
    numbers from 1; by default they are as those of ImageNet's training pictures.
    """
    known = [(one.wnid, one.label) for one in catalog.load().classes("1k")[:classes]]
    meta = {
        "format": FORMAT,
        "n": n,
        "data": "synthetic",
        "classes": known,
        "model": "none",
        "weights": "0" * 64,
        "outputs": known,
        "claims": [[at] for at in range(classes)],
        "features": 0,
        "signals": len(SIGNALS),
    }
    labels = np.repeat(np.arange(classes), np.diff(np.arange(classes + 1) * n // classes))
    names = _names(labels, [wnid for wnid, _ in known], name)
    made = tables.create(folder, meta, {"position": np.arange(n), "label": labels}, names)
    dice = np.random.default_rng(0)
    near = neighbours([wnid for wnid, _ in known])
    skill = dice.beta(7.2, 2.8, classes)  # about 0.7 right, less what is blurred
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(n, start + _BLOCK))
        made.put(rows, answers(dice, labels[rows], near, skill))
    made["state"][:] = ANSWERED
    made.settle({})
    return made


def run(n: int, classes: int = 1000) -> Run:
    """A run of this home that is done, with such answers; its pictures are nowhere."""
    claim = runs.create("evaluate", {"data": "synthetic", "model": "none"}, name="Synthetic")
    made = table(claim.folder / FOLDER, n, classes)
    record = Answers(made).headline.as_record() | {"seconds": 1.0}
    ended = {"state": "done", "message": "", "result": record, "time": time.time()}
    (claim.folder / "result.json").write_text(json.dumps(ended))
    locks.release(claim.lock)
    return runs.get(claim.folder.name)


def neighbours(wnids: list[str]) -> np.ndarray:
    """(C, at most 20) the nearest other classes of each in WordNet, the nearest first."""
    every = np.arange(len(wnids))
    pairs = np.meshgrid(every, every, indexing="ij")
    heights = Hierarchy(wnids).heights(*(of.ravel() for of in pairs)).reshape(pairs[0].shape)
    return np.argsort(heights, axis=1, kind="stable")[:, 1 : _NEAR + 1]


def answers(
    dice: np.random.Generator, labels: np.ndarray, near: np.ndarray, skill: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of a table for (n,) true classes, by the (C,) shares of right answers."""
    n, classes = len(labels), len(near)
    signals = _signals(dice, n)
    right = dice.random(n) < skill[labels] - 0.1 * (signals[:, _SHARPNESS] < 100)
    rank = np.where(right, 0, dice.geometric(0.25, n)).clip(max=classes - 1)
    # others than the truth, of which its nearest are the likeliest
    first = (near.shape[1] * dice.random(n) ** 3).astype(np.int64)
    others = near[labels[:, None], (first[:, None] + np.arange(TOP)) % near.shape[1]]
    top = np.take_along_axis(others, np.arange(TOP) - (rank[:, None] < np.arange(TOP)), 1)
    among = np.flatnonzero(rank < TOP)
    top[among, rank[among]] = labels[among]
    far = np.flatnonzero(~right & (dice.random(n) < _FAR))
    drawn = dice.integers(0, classes, len(far))
    is_new = (drawn != labels[far]) & (top[far] != drawn[:, None]).all(1)
    top[far[is_new], 0] = drawn[is_new]
    return {
        "top": top,
        "rank": rank,
        "signals": signals,
        "sha256": dice.integers(0, 256, (n, 32), np.uint8),
        **_probabilities(dice, rank, classes),
    }


def _probabilities(dice: np.random.Generator, rank: np.ndarray, classes: int) -> dict:
    """Surer where it is right; what the first five leave is shared out evenly."""
    n, right = len(rank), rank == 0
    first = np.where(right, dice.beta(5, 1.5, n), dice.beta(2.5, 2.5, n)).clip(0.05, 0.9999)
    second = np.minimum(first, (1 - first) / 2)
    top = np.stack([first, *(second * 0.5**place for place in range(TOP - 1))], 1)
    rest = (1 - top.sum(1)) / (classes - TOP)
    own = np.where(rank < TOP, np.take_along_axis(top, rank[:, None].clip(max=4), 1)[:, 0], rest)
    entropy = -(top * np.log(top)).sum(1) - (classes - TOP) * rest * np.log(rest)
    return {"top_probability": top, "loss": -np.log(own), "entropy": entropy}


def _signals(dice: np.random.Generator, n: int) -> np.ndarray:
    """(n, S) such as photographs have."""
    width, height = np.round(400 * dice.lognormal(0, 0.3, (2, n)))
    values = {
        "width": width,
        "height": height,
        "aspect": width / height,
        "brightness": dice.normal(117, 30, n).clip(0, 255),
        "contrast": dice.normal(55, 14, n).clip(0, 127.5),
        "sharpness": dice.lognormal(6, 1.3, n),
        "colourfulness": dice.gamma(2.5, 16, n),
        "grey": dice.random(n) < 0.02,
        "lost": 1 - np.minimum(width, height) / np.maximum(width, height),
    }
    return np.stack([values[signal.name] for signal in SIGNALS], 1).astype(np.float32)


def _names(labels: np.ndarray, wnids: list[str], pattern: str | None) -> Iterator[str]:
    for number, label in enumerate(labels.tolist(), start=1):
        wnid = wnids[label]
        yield pattern.format(number) if pattern else f"train/{wnid}/{wnid}_{number}.JPEG"
