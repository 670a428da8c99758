"""Mistakes in the preprocessing: tensors that look right to a program and not to a network."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from core.lab.preprocessing import Settings, Way, follow, middle, normalise, resize, scale

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of ImageNet's training pictures, as torchvision gives them."""
HALVES = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
"""Those that bring 0 to 1 to -1 to 1."""


def mistaken(image: Image.Image, way: Way) -> dict[str, np.ndarray]:
    """What each mistake makes of a picture whose right way is `way`.

    Name -> (3, input_size, input_size) float32.
    """
    return {name: make(image, way) for name, make in _MAKERS.items()}


def other_statistics(settings: Settings) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation that another family of models has."""
    return IMAGENET if (settings.mean, settings.std) == HALVES else HALVES


def _corner(image: Image.Image, way: Way) -> np.ndarray:
    side = way.settings.input_size
    return _finished(resize(image, way.settings).crop((0, 0, side, side)), way)


def _unresized(image: Image.Image, way: Way) -> np.ndarray:
    return _finished(image.crop(middle(image.size, way.settings.input_size)), way)


def _other_shape(image: Image.Image, way: Way) -> np.ndarray:
    """Squashed where the model is shown the middle, and the other way round."""
    settings = way.settings
    if settings.squash:
        return follow(image, replace(settings, squash=False)).tensor
    side = settings.input_size
    return follow(image, replace(settings, resize=side, squash=True, square_first=False)).tensor


def _reshaped(_: Image.Image, way: Way) -> np.ndarray:
    """Rows of red, green, blue, red, ... read as three planes."""
    return _normalised(np.asarray(way.crop, np.float32).reshape(way.tensor.shape) / 255, way)


def _finished(crop: Image.Image, way: Way) -> np.ndarray:
    return _normalised(scale(crop), way)


def _normalised(values: np.ndarray, way: Way) -> np.ndarray:
    return normalise(values, way.settings.mean, way.settings.std)


_MAKERS: dict[str, Callable[[Image.Image, Way], np.ndarray]] = {
    "corner": _corner,
    "unresized": _unresized,
    "shape": _other_shape,
    "bgr": lambda _, way: _normalised(way.scaled[::-1], way),
    "unnormalised": lambda _, way: way.scaled,
    "unscaled": lambda _, way: _normalised(way.scaled * 255, way),
    "statistics": lambda _, way: normalise(way.scaled, *other_statistics(way.settings)),
    "upside-down": lambda _, way: way.tensor[:, ::-1],
    "transposed": lambda _, way: way.tensor.transpose(0, 2, 1),
    "reshaped": _reshaped,
}
