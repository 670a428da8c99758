"""Several models on one picture: the average over the classes that they share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import ModelError
from core.predict import Classification, Prediction


@dataclass(frozen=True, slots=True)
class Average:
    """The mean of several models' probabilities over their shared classes, largest first.

    Each model's probabilities are first scaled to sum to 1 over the shared classes (what it would
    say if it knew no others); `inside` is the sum that it had there before, one number a model.
    """

    predictions: tuple[Prediction, ...]  # `index` counts the shared classes, not a model's outputs
    inside: tuple[float, ...]


def average(answers: Sequence[Classification]) -> Average:
    """Average models with different class lists. Classes are matched by wnid, never by name.

    Raises ModelError when they share no class.
    """
    positions = [
        {c.wnid: i for i, c in enumerate(answer.classes) if c.wnid is not None}
        for answer in answers
    ]
    shared = [wnid for wnid in positions[0] if all(wnid in p for p in positions[1:])]
    if not shared:
        raise ModelError("These models share no class, so their answers cannot be averaged.")
    rows = np.stack(
        [
            answer.probabilities[[position[wnid] for wnid in shared]].astype(np.float64)
            for answer, position in zip(answers, positions, strict=True)
        ]
    )
    inside = rows.sum(1)
    scaled = rows / np.maximum(inside, np.finfo(np.float64).tiny)[:, None]
    mean = scaled.mean(0)
    first = answers[0]
    return Average(
        tuple(
            Prediction(
                int(i),
                shared[i],
                first.classes[positions[0][shared[i]]].label,
                float(mean[i]),
            )
            for i in np.argsort(-mean, kind="stable")
        ),
        tuple(float(share) for share in inside),
    )
