"""A run -> the model file that is shipped: half precision, its input size, its calibration."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from core import data, models
from core.evaluation import VALIDATION, Predictions
from core.evaluation.metrics import softmax
from core.models.header import ARCHITECTURE
from core.runs import State
from core.runs.run import look
from core.training.after.outcome import MODEL, PREDICTIONS
from core.training.after.review import check_same, review
from tools.bundled import training
from tools.bundled.asking import Half, as_model, halves, logits
from tools.bundled.choices import auroc, energy, log_loss, temperature, threshold

SIZES = (64, 72)
"""Sides of the input that are tried, multiples of the network's stride. 80 would be a little better
still, but takes more than 15 ms a picture on one core without instructions for matrices."""


def export(folder: Path, target: Path, photographs: Path | None = None) -> dict[str, Any]:
    """Write the model of the run in ``folder``; returns what was chosen.

    ``target`` is still the bundled model that the run went on from, if it went on from that. The
    input size and the temperature are those of the least loss on the pictures that the run held
    out of its training, and, of the first half of the photographs of the model's classes, if there
    are any. Exits where it is no such run; raises NetlensError for what cannot be read.
    """
    if not folder.is_dir():
        sys.exit(f"{folder} is no folder of a run.")
    run = look(folder)
    if run.state is not State.DONE or run.result is None:
        sys.exit(f"{folder} is no run that has come to its end: {run.state}.")
    if run.result.get("learning_rate") is None:
        sys.exit(f"{folder} has not learnt step by step: a probe is not shipped.")
    module, tuned = models.read_model(folder / MODEL)
    metadata = shipped(tuned)
    held_out = Predictions.load(folder / PREDICTIONS).of(VALIDATION)
    dataset = data.open(run.spec["data"])
    check_same(dataset, held_out, review(folder, run.result).counts)

    metadata["training"] = training.parts(folder, run.spec, run.result, tuned["input_size"], target)
    wnids = [wnid for wnid, _ in metadata["classes"]]
    chosen, measured = (None, None) if photographs is None else halves(photographs, wnids)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / target.name
        models.save_model(file, module, metadata)
        tried = [
            _try(file, size, dataset, held_out, chosen)
            for size in sorted({*SIZES, tuned["input_size"]})
        ]
        best = min(tried, key=lambda one: (one["loss"], one["size"] != tuned["input_size"]))
        metadata["input_size"], metadata["sizes"] = best["size"], tried
        metadata["temperature"] = best["temperature"]
        _divide(module.fc, best["temperature"])
        models.save_model(file, module, metadata)
        if chosen is not None and measured is not None:
            metadata["reject"], metadata["familiarity"] = _rejecting(file, chosen, measured)
    target.parent.mkdir(parents=True, exist_ok=True)
    models.save_model(target, module, metadata)
    return {"sizes": tried, "size": best["size"], "reject": metadata.get("reject")}


def shipped(tuned: Mapping[str, Any]) -> dict[str, Any]:
    """What a bundled model's file says of itself, from what a run's does."""
    if tuned["model"] != models.DEFAULT_MODEL:
        sys.exit(f"The run's model is built like {tuned['model']}: it cannot be the bundled one.")
    if tuned["dropout"]:
        sys.exit("The run's model has dropout, for which the bundled model's file has no place.")
    if any(wnid is None for wnid, _ in tuned["classes"]):
        sys.exit("The run's classes have no wnids: give its data a column wnid.")
    preprocess = tuned["preprocess"]
    return {
        "architecture": ARCHITECTURE,
        **tuned["build"],
        "classes": tuned["classes"],
        "input_size": tuned["input_size"],
        "resize": preprocess["interpolation"],
        "mean": preprocess["mean"],
        "std": preprocess["std"],
        "reject": None,
    }


def _try(
    file: Path, size: int, dataset: data.Dataset, held_out: Predictions, photographs: Half | None
) -> dict[str, float]:
    """The losses of one input size, each set of pictures counting once."""
    model = as_model(file, size)
    said = logits(model, dataset, held_out.positions.tolist())
    warmth = temperature(held_out.labels, said)
    found = {
        "size": size,
        "temperature": warmth,
        "held_out": len(said),
        "top1": _accuracy(held_out.labels, said),
        "loss": log_loss(held_out.labels, said, warmth) if len(said) else 0.0,
    }
    if photographs is not None:
        said = logits(model, photographs.dataset, photographs.known)
        loss = log_loss(photographs.labels, said, warmth)
        found |= {
            "photographs": len(said),
            "photographs_top1": _accuracy(photographs.labels, said),
            "photographs_loss": loss,
            "loss": found["loss"] + loss,
        }
    return found


def _accuracy(labels: np.ndarray, said: np.ndarray) -> float:
    return float((said.argmax(1) == labels).mean()) if len(labels) else 0.0


def _divide(layer: nn.Linear, by: float) -> None:
    """The temperature becomes a part of the last layer, so that nobody needs to know of it."""
    layer.weight.data.div_(by)
    layer.bias.data.div_(by)


def _rejecting(
    file: Path, chosen: Half, measured: Half
) -> tuple[dict[str, float] | None, dict[str, float]]:
    """The threshold by one half of the photographs, and what it does to the other half."""
    model = as_model(file)
    known = logits(model, chosen.dataset, chosen.known)
    right = softmax(known).max(1)[known.argmax(1) == chosen.labels]
    if not len(right):
        return None, {}
    below = threshold(right)
    known = logits(model, measured.dataset, measured.known)
    others = logits(model, measured.dataset, measured.others)
    sure, others_sure = (softmax(said).max(1) for said in (known, others))
    is_right = known.argmax(1) == measured.labels
    told = {
        "own": len(known),
        "own_rejected": float((sure < below).mean()),
        "right": int(is_right.sum()),
        "others": len(others),
        "auroc": auroc(sure, others_sure),
        "auroc_energy": auroc(energy(known), energy(others)),
    }
    lost = float((sure[is_right] < below).mean()) if is_right.any() else 0.0
    return {"below": below, "right": lost, "others": float((others_sure < below).mean())}, told
