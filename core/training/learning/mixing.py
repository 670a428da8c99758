"""Mixup and cutmix: pictures in pairs, and labels with them.

A batch comes shuffled, so each picture's partner is its neighbour: 0 with 1, 2 with 3. Whoever
shares a batch out in whole pairs gets the same mixtures however many share it.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Targets:
    """What is right for a batch: to ``share`` the first labels, for the rest the second."""

    first: "Tensor"
    """(N,) int64"""
    second: "Tensor"
    """(N,) int64"""
    share: float = 1.0


def mix(
    inputs: "Tensor", labels: "Tensor", mixup: float, cutmix: float, dice: np.random.Generator
) -> tuple["Tensor", Targets]:
    """Mix each picture with its neighbour: (N, C, H, W), or (N, F) features for mixup alone.

    ``mixup`` (Zhang et al. 2017) and ``cutmix`` (Yun et al. 2019) are the alphas of their Beta
    distributions; 0 is off, and with both on, either comes half of the time.
    """
    if not mixup and not cutmix:
        return inputs, Targets(labels, labels)
    partner = _neighbours(len(labels))
    cut = bool(cutmix) and (not mixup or dice.random() < 0.5)
    alpha = cutmix if cut else mixup
    share = float(dice.beta(alpha, alpha))
    if not cut:
        mixed = share * inputs + (1 - share) * inputs[partner]
    else:
        height, width = inputs.shape[-2:]
        rows, columns = _box(share, height, width, dice)
        mixed = inputs.clone()
        mixed[..., rows, columns] = inputs[partner][..., rows, columns]
        covered = (rows.stop - rows.start) * (columns.stop - columns.start)
        share = 1 - covered / (height * width)
    return mixed, Targets(labels, labels[partner], share)


def _neighbours(count: int) -> np.ndarray:
    """(count,): 1, 0, 3, 2, ...; the last of an odd number stays alone."""
    partner = np.arange(count) ^ 1
    return np.where(partner < count, partner, np.arange(count))


def _box(share: float, height: int, width: int, dice: np.random.Generator) -> tuple[slice, slice]:
    """A rectangle of 1 - share of the area around any pixel, cut off at the edges."""
    side = math.sqrt(1 - share)
    down, across = int(dice.integers(height)), int(dice.integers(width))
    half_height, half_width = int(height * side) // 2, int(width * side) // 2
    return (
        slice(max(0, down - half_height), min(height, down + half_height)),
        slice(max(0, across - half_width), min(width, across + half_width)),
    )
