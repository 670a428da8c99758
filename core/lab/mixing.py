"""Erasing, mixup and cutmix: changes to a network's input, two of which change the label too."""

import math

import numpy as np
from PIL import Image

from core.images import Box

SHARES = tuple(number / 10 for number in range(11))
"""From 0 to 1, to show a whole range."""


def box(area: float, size: int, across: float = 0.5, down: float = 0.5) -> Box:
    """A square with a share of the area of `size` x `size`, around any place, cut off at the edges.

    `across` and `down` run from 0 to 1. The arithmetic of Yun et al. 2019, as the training has it.
    """
    half = int(size * math.sqrt(area)) // 2
    column, row = (min(int(place * size), size - 1) for place in (across, down))
    return Box(
        max(0, row - half), max(0, column - half), min(size, row + half), min(size, column + half)
    )


def erase(image: Image.Image, where: Box) -> Image.Image:
    """The picture with a black rectangle (Zhong et al. 2017)."""
    erased = image.copy()
    erased.paste(0, (where.left, where.top, where.right, where.bottom))
    return erased


def mixup(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """share times the first, and the rest the second; arrays of one shape (Zhang et al. 2017)."""
    return (share * first + (1 - share) * second).astype(first.dtype)


def cutmix(first: np.ndarray, second: np.ndarray, where: Box) -> np.ndarray:
    """(3, size, size): the first with a rectangle of the second (Yun et al. 2019)."""
    mixed = first.copy()
    rows, columns = slice(where.top, where.bottom), slice(where.left, where.right)
    mixed[:, rows, columns] = second[:, rows, columns]
    return mixed


def share_left(where: Box, size: int) -> float:
    """The share of the area that a rectangle leaves of the first picture: its label's share."""
    return 1 - where.area / (size * size)


def mixed_target(classes: int, first: int, second: int, share: float) -> np.ndarray:
    """(classes,): the share of the first class, and the rest of the second, which may be it too."""
    target = np.zeros(classes)
    target[first] = share
    target[second] += 1 - share
    return target
