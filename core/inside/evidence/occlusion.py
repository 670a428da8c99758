"""Occlusion: cover a part of the picture and see what the answer loses.

Source: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks",
arXiv:1311.2901, section 4.2.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.errors import PictureError
from core.images import Picture
from core.inside.capture import pixels, run
from core.inside.evidence.heatmap import Heatmap
from core.inside.evidence.target import Target, predicted_target
from core.inside.evidence.variants import Progress, ShouldStop, never, values_of
from core.models import ImageModel

if TYPE_CHECKING:
    from torch import Tensor

_PATCHES = 8  # along the shorter side, by default


def default_patch(height: int, width: int) -> int:
    """An eighth of the shorter side, in pixels: 28 of 224, 8 of 64."""
    return max(1, round(min(height, width) / _PATCHES))


def occlusion(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    patch: int | None = None,
    stride: int | None = None,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> Heatmap:
    """What the target (the predicted class where none is given) loses where a patch covers it.

    A square of `patch` pixels in the mean colour stands on the middle of each cell; a cell is about
    `stride` pixels wide, so that the cells tile the picture, and at its edges the patch is moved
    inside as a whole. A cell's value is the target for the whole picture minus the target for the
    covered one, in logits: positive where the pixels were evidence. By default a patch is an eighth
    of the shorter side, and the stride half of that.

    Raises PictureError for a patch or a stride that does not fit, CancelledError, DeviceError.
    """
    whole = pixels(model, picture)
    height, width = (int(side) for side in whole.shape[-2:])
    patch = default_patch(height, width) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    _check(patch, stride, height, width)
    logits = run(model, whole)[0]
    target = predicted_target(model.classes, logits) if target is None else target
    score = float(target(logits))
    tops, lefts = positions(height, patch, stride), positions(width, patch, stride)
    covered = values_of(
        model,
        _covered(whole[0], tops, lefts, patch),
        len(tops) * len(lefts),
        target,  # type: ignore[arg-type]
        what="Occlusion",
        units="patches",
        progress=progress,
        should_stop=should_stop,
    )
    raw = (score - covered).reshape(len(tops), len(lefts)).astype(np.float32)
    crop = model.preprocess.crop(picture.image)
    notes = _notes(raw, target, patch, stride)
    return Heatmap(model.name, "", "occlusion", target, raw, score, crop, notes)


def positions(side: int, patch: int, stride: int) -> list[int]:
    """Where patches begin along a side of that many pixels: one for each cell.

    The cells tile the side, as those of every other map do; a patch is centred on its cell, and
    moved inside at the ends, so that all patches cover equally much.
    """
    count = -(-side // stride)
    centres = ((i + 0.5) * side / count for i in range(count))
    return [min(max(int(centre - patch / 2 + 0.5), 0), side - patch) for centre in centres]


def _covered(
    whole: "Tensor", tops: Sequence[int], lefts: Sequence[int], patch: int
) -> "Iterator[Tensor]":
    for top in tops:
        for left in lefts:
            variant = whole.clone()
            variant[:, top : top + patch, left : left + patch] = 0  # normalised: the mean colour
            yield variant


def _check(patch: int, stride: int, height: int, width: int) -> None:
    side = min(height, width)
    for name, value in (("patch", patch), ("stride", stride)):
        if not 1 <= value <= side:
            raise PictureError(
                f"A {name} of {value:,} pixels does not fit the {width} × {height} pixels that the "
                f"model sees: choose 1 to {side}."
            )


def _notes(raw: np.ndarray, target: Target, patch: int, stride: int) -> tuple[str, ...]:
    notes = [
        f"Each cell says how much {target.label} loses when {patch} × {patch} pixels around it are "
        "covered with the mean colour."
    ]
    if stride > patch:
        notes.append("The stride is larger than the patch: some pixels are never covered.")
    if not np.isfinite(raw).all():
        notes.append("Some values are no numbers: the model's precision did not suffice here.")
    elif (raw <= 0).all():
        notes.append(f"No patch speaks for {target.label}: covering any of them lowers nothing.")
    return tuple(notes)
