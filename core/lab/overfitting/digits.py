"""The digits that are learnt from and judged on, with wrong labels and small moves on demand."""

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DataError

if TYPE_CHECKING:
    from torch import Generator, Tensor

SIDE = 8  # pixels
CLASSES = 10
VALIDATION = 300  # pictures
MOST_PICTURES = 500  # for training
TURN, SHIFT = 15, 1  # the most that `augmented` turns (degrees) and shifts (pixels)
_INK = 16  # the largest value of a pixel in scikit-learn's file


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """n pictures with what they show."""

    pictures: "Tensor"
    """(n, 64) float32 within 0 (paper) and 1 (ink), row by row."""
    labels: "Tensor"
    """(n,) int64: what is taught."""
    truth: "Tensor"
    """(n,) int64: what it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Three parts without a picture in common."""

    train: Digits
    validation: Digits
    test: Digits


def split(pictures: int, wrong: float, seed: int) -> Split:
    """The first `pictures` of a shuffled lot for training, 300 for validation, and a test part.

    Fewer pictures are the beginning of more. A share `wrong` of the training labels is replaced by
    another class, drawn evenly. The 1,797 digits are scikit-learn's; the test part is what even
    the largest training part leaves, 997 of them. DataError for numbers that cannot be had.
    """
    import torch

    if not 1 <= pictures <= MOST_PICTURES or not 0 <= wrong <= 1:
        raise DataError(f"Choose 1 to {MOST_PICTURES} pictures, and a share of wrong labels.")
    everything, truth = _all_digits()
    order = torch.randperm(len(truth), generator=generator(seed, "split"))

    def part(positions: "Tensor") -> Digits:
        return Digits(everything[positions], truth[positions], truth[positions])

    start = VALIDATION + MOST_PICTURES
    train = part(order[VALIDATION : VALIDATION + pictures])
    labels = _with_wrong(train.truth, wrong, generator(seed, "labels"))
    return Split(
        Digits(train.pictures, labels, train.truth), part(order[:VALIDATION]), part(order[start:])
    )


def augmented(pictures: "Tensor", dice: "Generator") -> "Tensor":
    """(n, 64) of the same: each turned by at most 15° and shifted by at most a pixel, evenly drawn.

    Values between the pixels are bilinear, and paper moves in from outside.
    """
    import torch
    from torch.nn import functional

    turn, right, down = 2 * torch.rand(3, len(pictures), generator=dice) - 1
    angle = turn * math.radians(TURN)
    reach = SHIFT * 2 / SIDE  # a picture is 2 wide in the coordinates of affine_grid
    rows = [angle.cos(), -angle.sin(), right * reach, angle.sin(), angle.cos(), down * reach]
    moves = torch.stack(rows, 1).view(-1, 2, 3)
    squares = pictures.view(-1, 1, SIDE, SIDE)
    places = functional.affine_grid(moves, list(squares.shape), align_corners=False)
    return functional.grid_sample(squares, places, align_corners=False).view(-1, SIDE * SIDE)


def generator(seed: int, purpose: str) -> "Generator":
    """Dice of one's own for each purpose, so that one remedy changes no draw of another."""
    import torch

    entropy = np.random.SeedSequence([seed, *purpose.encode()])
    return torch.Generator().manual_seed(int(entropy.generate_state(1)[0]))


def _with_wrong(truth: "Tensor", wrong: float, dice: "Generator") -> "Tensor":
    import torch

    labels = truth.clone()
    chosen = torch.randperm(len(truth), generator=dice)[: round(wrong * len(truth))]
    step = torch.randint(1, CLASSES, (len(truth),), generator=dice)
    labels[chosen] = (labels[chosen] + step[chosen]) % CLASSES
    return labels


@functools.cache
def _all_digits() -> tuple["Tensor", "Tensor"]:
    import torch
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return torch.tensor(pixels / _INK, dtype=torch.float32), torch.tensor(labels)
