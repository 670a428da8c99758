"""What the model says of changed pictures: asked once for each, and remembered."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from PIL import Image

from core.inside.capture import run
from core.lab.augmentation import workable
from core.predict import rank
from ui.long_job import Progress, long_job
from ui.remember import remembered, subject_key
from ui.subject import Subject

_KEPT_CURVES = 24
_KEPT_ANSWERS = 200
_LEAST_SIDE = 512  # pixels: larger pictures are made smaller before they are changed
_TOP = 5


def base(seen: Subject) -> Image.Image:
    """The picture that is changed."""
    picture = seen.picture
    side = max(_LEAST_SIDE, 2 * seen.model.preprocess.resize)
    return remembered(
        "lab_workable", (picture.sha256, side), lambda: workable(picture.image, side), most=8
    )


def ask_model(seen: Subject, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
    """(classes,): the logits for the (3, side, side) tensor that `make` gives.

    `key` is what it depends on beside the picture and the model.
    """
    return remembered(
        "lab_augmented",
        (*subject_key(seen.model, seen.picture), key),
        lambda: _logits(seen, make()),
        most=_KEPT_ANSWERS,
    )


def ask_model_often(
    seen: Subject, key: Hashable, makes: Sequence[Callable[[], np.ndarray]]
) -> list[np.ndarray] | None:
    """The same for many tensors; None when it was cancelled."""

    def compute(progress: Progress) -> list[np.ndarray]:
        found = []
        for make in makes:
            found.append(_logits(seen, make()))
            progress(len(found), len(makes))
        return found

    return long_job(
        "lab_curve",
        (*subject_key(seen.model, seen.picture), key),
        button="Compute the curve",
        what="The curve",
        units="pictures",
        compute=compute,
        at_once=True,
        kept=_KEPT_CURVES,
    )


def top_rows(
    seen: Subject, before: np.ndarray, now: np.ndarray
) -> tuple[list[str], list[float], list[float]]:
    """The most probable classes of now, and their probabilities before and now."""
    best = rank(seen.model.classes, now, _TOP)
    first = int(before.argmax())
    chosen = [p.index for p in best]
    if first not in chosen:
        chosen[-1] = first
    labels = [seen.model.classes[k].label for k in chosen]
    return labels, before[chosen].tolist(), now[chosen].tolist()


def _logits(seen: Subject, tensor: np.ndarray) -> np.ndarray:
    import torch

    batch = torch.from_numpy(np.ascontiguousarray(tensor, np.float32)[None])
    return run(seen.model, batch)[0]
