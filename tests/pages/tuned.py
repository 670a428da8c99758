"""Finished runs for the tests of pages: real folders, with answers that are made up."""

import io
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from core import data, evaluation, models, runs, training
from core.evaluation import Predictions
from core.runs import locks

MODEL = models.DEFAULT_MODEL
HUES = {"red": 0, "green": 1, "blue": 2}


def folder(path: Path, each: int = 12, classes: Sequence[str] = tuple(HUES)) -> Path:
    """Noisy squares of one colour, in class folders."""
    dice = np.random.default_rng(0)
    for number, label in enumerate(classes):
        (path / label).mkdir(parents=True)
        for i in range(each):
            pixels = dice.integers(0, 60, (64, 64, 3), np.uint8)
            pixels[..., number % 3] += 150
            encoded = io.BytesIO()
            Image.fromarray(pixels).save(encoded, "PNG")
            (path / label / f"{i:02}.png").write_bytes(encoded.getvalue())
    return path


def answers(
    labels: np.ndarray, positions: np.ndarray, classes: int, *, before: bool = True
) -> Predictions:
    """Every fourth is wrong, taken for the next class; before, every second was. Half is test."""
    n = np.arange(len(labels))

    def said(every: int, sure: float) -> np.ndarray:
        guessed = np.where(n % every == 0, (labels + 1) % classes, labels)
        found = np.full((len(n), classes), (1 - sure) / (classes - 1), np.float32)
        found[n, guessed] = sure - n / 1000  # no two alike
        return found / found.sum(1, keepdims=True)

    return Predictions(positions, 1 + n % 2, labels, said(4, 0.9), said(2, 0.8) if before else None)


def done(
    name: str,
    predictions: Predictions,
    *,
    outputs: dict | None = None,
    model_name: str = MODEL,
    **settings: object,
) -> runs.Run:
    """A run on a registered data set that has ended well."""
    dataset = data.open(name)
    classes = [(known.wnid, known.label) for known in dataset.classes]
    recipe = training.suggest(name, model_name, "head").changed(**settings)
    claim = runs.create("train", recipe.as_json())
    tuned = models.tunable(MODEL, classes, seed=3)
    models.save_tuned(claim.folder / "model.safetensors", tuned.module, tuned.metadata)
    predictions.save(claim.folder / "predictions.npz")
    counts = [[int((dataset.labels == at).sum()), 0, 0] for at in range(len(classes))]
    details = {"classes": classes, "class_counts": counts, **(outputs or {})}
    (claim.folder / "details.json").write_text(json.dumps(details))
    result = {
        "counts": {"train": 100, "validation": 0, "test": 0},
        "validation": None,
        "test": None,
        "majority": {},
        "untuned": {}
        if outputs
        else {"reason": "The model had no outputs for two of these classes."},
        "best_epoch": 1,
        "epochs": 1,
        "steps": 1,
        "parameters": 1,
        "trained_parameters": 1,
        "learning_rate": 0.01,
        "seconds": 1.0,
        "stopped_early": False,
    }
    for number, part in ((1, "validation"), (2, "test")):
        own = predictions.of(number)
        if len(own):
            result[part] = asdict(evaluation.score(own.labels, own.probabilities))
            result["majority"][part] = 0.25
            result["counts"][part] = len(own)
    ended = {"state": "done", "message": "", "result": result, "time": time.time()}
    (claim.folder / "result.json").write_text(json.dumps(ended))
    locks.release(claim.lock)
    return runs.get(claim.folder.name)
