"""What is left of a run: the tuned model, its answers on held-out pictures, and figures."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core import evaluation, models
from core.data import names_digest
from core.evaluation import Predictions
from core.evaluation.running.part import DETAILS, PREDICTIONS
from core.training.learning.answers import Answers
from core.training.learning.lesson import Lesson
from core.training.material.material import Material

MODEL = "model.safetensors"
"""What there is of each class, apart from the figures, of which hundreds are read for a list."""
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Untuned:
    """What the model says before any tuning, its own outputs grouped by the run's classes."""

    probabilities: np.ndarray | None
    """(held-out pictures, classes) float32; None where its outputs do not stand for all classes."""
    reason: str = ""
    """Why there is nothing."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """Which of them stand for which class."""


def untuned(model: str, material: Material, logits: Callable[[], np.ndarray]) -> Untuned:
    """Group what the model says of the held-out pictures, which ``logits`` computes, by synset."""
    matching = evaluation.match(material.classes, models.classes_of(model))
    if len(matching.missing) > len(matching.labels) - 2:
        return Untuned(None, "The model had no outputs for two of these classes.")
    outputs = {"matched": matching.as_record(), "unmatched": list(matching.missing)}
    return Untuned(evaluation.grouped(logits(), matching), outputs=outputs)


def save(
    folder: Path, lesson: Lesson, answers: Answers | None, material: Material, before: Untuned
) -> None:
    """Write the tuned model, and what it says of the held-out pictures, into a run's folder.

    Raises OSError.
    """
    details = {
        "classes": [list(pair) for pair in material.classes],
        "class_counts": material.class_counts().tolist(),
        "pictures": names_digest(material.dataset),
        **before.outputs,
    }
    (folder / DETAILS).write_text(json.dumps(details))
    if answers is not None:
        Predictions(
            material.held_out,
            _part(material),
            answers.labels,
            evaluation.softmax(answers.logits),
            before.probabilities,
        ).save(folder / PREDICTIONS)
    lesson.student.save(folder / MODEL)


def record(
    lesson: Lesson, material: Material, before: Untuned, answers: Answers | None
) -> dict[str, Any]:
    """The figures, as JSON: each part's accuracy beside that of knowing nothing, or no tuning."""
    parameters = list(lesson.student.module.parameters())
    found: dict[str, Any] = {
        "counts": dict(zip(PARTS, map(len, material.parts), strict=True)),
        "validation": None,
        "test": None,
        "majority": {},
        "untuned": {"reason": before.reason} if before.reason else {},
        "parameters": sum(p.numel() for p in parameters),
        "trained_parameters": sum(p.numel() for p in parameters if p.requires_grad),
    }
    part, learnt = _part(material), lesson.labels[lesson.train]
    for number in np.unique(part):
        name, chosen = PARTS[number], part == number
        labels = answers.labels[chosen]
        logits = answers.logits[chosen]
        given = evaluation.log_softmax(logits)
        found[name] = asdict(evaluation.score(labels, evaluation.softmax(logits)))
        # not of probabilities, which end where float32 does
        found[name]["loss"] = float(-given[np.arange(len(labels)), labels].mean())
        found["majority"][name] = evaluation.majority(learnt, labels)
        if before.probabilities is not None:
            found["untuned"][name] = asdict(evaluation.score(labels, before.probabilities[chosen]))
    return found


def _part(material: Material) -> np.ndarray:
    """(held-out pictures,) uint8: the place in `PARTS` of each one's part."""
    _, validation, test = map(len, material.parts)
    return np.repeat([1, 2], [validation, test]).astype(np.uint8)
