"""A model file asked about pictures, for logits; and photographs in two halves."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from core import data, models
from core.data import Dataset
from core.errors import DataError
from core.images import read_image
from core.inside.capture import run
from core.models.builders import build
from core.models.preprocess import from_settings, resized

_BATCH = 32


def as_model(file: Path, size: int | None = None) -> models.ImageModel:
    """The model of a file in the bundled model's format, for pictures of its size or another."""
    info = models.info(models.DEFAULT_MODEL)
    built = build(info, file)
    preprocess = built.preprocess
    if size is not None:
        preprocess = from_settings(resized(preprocess.settings, size))
    module = built.module.eval().requires_grad_(False)
    where = torch.device("cpu")
    return models.ImageModel(
        info.name, info, module, preprocess, built.classes, where, False, built.reject
    )


def logits(model: models.ImageModel, dataset: Dataset, positions: Sequence[int]) -> np.ndarray:
    """(n, classes) float32. Raises PictureError for one that cannot be read."""
    rows = [np.empty((0, len(model.classes)), np.float32)]
    for first in range(0, len(positions), _BATCH):
        pictures = [
            read_image(dataset.read(at), dataset.file(at)).image
            for at in positions[first : first + _BATCH]
        ]
        rows.append(run(model, torch.stack([model.preprocess(image) for image in pictures])))
    return np.concatenate(rows)


@dataclass(frozen=True, slots=True)
class Half:
    """About every second photograph of a folder."""

    dataset: Dataset
    known: tuple[int, ...]
    """Positions of photographs of the model's classes."""
    labels: np.ndarray
    """(n,) int64: their outputs of the model."""
    others: tuple[int, ...]


def halves(folder: Path, wnids: Sequence[str]) -> tuple[Half, Half]:
    """The half that chooses, and the half that is measured on.

    A photograph's bytes alone decide on its half: it stays there whatever else comes into the
    folder, and so do its copies. Raises DataError, also where a half has none of either kind.
    """
    dataset = data.open(folder)
    outputs = {wnid: at for at, wnid in enumerate(wnids)}
    is_second = np.array(
        [hashlib.sha256(dataset.read(at)).digest()[0] % 2 for at in range(len(dataset))], bool
    )
    found = _half(dataset, ~is_second, outputs), _half(dataset, is_second, outputs)
    if not all(half.known and half.others for half in found):
        raise DataError(
            f"{folder} has too few photographs of the model's classes, or of others: it takes some "
            "of both to choose by and some to measure on."
        )
    return found


def _half(dataset: Dataset, chosen: np.ndarray, outputs: dict[str, int]) -> Half:
    at_known = np.intersect1d(dataset.of_classes(outputs), np.flatnonzero(chosen))
    others = np.setdiff1d(np.flatnonzero(chosen), at_known)
    known = at_known.tolist()
    labels = [outputs[str(dataset.classes[dataset.labels[at]].wnid)] for at in known]
    return Half(dataset, tuple(known), np.array(labels, np.int64), tuple(others.tolist()))
