"""The figures of the card: measured on the shipped file, through Netlens's own way of a picture."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core import data, models
from core.evaluation.answers import Answers, check_same
from core.evaluation.metrics import wilson
from core.evaluation.scores.per_class import PerClass, per_class
from core.inside.trust.localisation import PointingGame, pointing_game
from tools.bundled.asking import Half, as_model, halves, logits

_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class OnPhotographs:
    """Of n photographs of the model's classes that chose nothing."""

    n: int
    top1: float
    low: float
    high: float
    """95 % interval of top-1."""
    top5: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All that the card says beside what the file says of itself."""

    answers: Answers
    """To the validation pictures."""
    classes: PerClass
    pointing: PointingGame
    photographs: OnPhotographs | None
    forward_ms: float
    """Median time of one forward pass of one picture, on one core."""
    processor: str


def measure(file: Path, answers: Answers, dataset: str, photographs: Path | None) -> Measured:
    """Of the model in a file, and its answers to a data set. Raises NetlensError."""
    model = as_model(file)
    labelled = data.open(dataset)
    check_same(labelled, answers)
    second = None
    if photographs is not None:
        _, second = halves(photographs, [str(c.wnid) for c in model.classes])
    return Measured(
        answers,
        per_class(answers.counts),
        pointing_game(model, labelled, range(len(labelled))),
        None if second is None else _on_photographs(model, second),
        forward_ms(model),
        _processor(),
    )


def forward_ms(model: models.ImageModel) -> float:
    """Median time of one forward pass of one picture on one core, in milliseconds."""
    size = model.preprocess.input_size
    pixels = torch.randn(1, 3, size, size)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    took = []
    try:
        with torch.inference_mode():
            for _ in range(_ROUNDS):
                started = time.perf_counter()
                model.module(pixels)
                took.append((time.perf_counter() - started) * 1000)
    finally:
        torch.set_num_threads(before)
    return statistics.median(took)


def _on_photographs(model: models.ImageModel, half: Half) -> OnPhotographs:
    said = logits(model, half.dataset, half.known)
    ranks = (said > said[np.arange(len(said)), half.labels][:, None]).sum(1)
    right = int((ranks == 0).sum())
    return OnPhotographs(
        len(said), right / len(said), *wilson(right, len(said)), float((ranks < 5).mean())
    )


def _processor() -> str:
    from core.runs import environment

    return ", ".join(environment.describe(["cpu"])["devices"].values())
