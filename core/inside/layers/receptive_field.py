"""Which part of the picture a cell of a feature map can see."""

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.images import Box

if TYPE_CHECKING:
    from torch import Tensor

CORE_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Span:
    """Along one axis, cell i sees the pixels from start + i x stride on, `size` of them.

    None sees `end` or anything behind it: where windows do not fit evenly, the last pixels are
    dropped, and padding further on brings none of them back.
    """

    start: int = 0
    size: int = 1
    stride: int = 1
    end: int = sys.maxsize

    def slide(self, kernel: int, stride: int, padding: int, dilation: int, cells: int) -> "Span":
        """After a convolution or a pooling to so many cells (Araujo, Norris, Sim, Distill 2019)."""
        return Span(
            self.start - padding * self.stride,
            self.size + (kernel - 1) * dilation * self.stride,
            self.stride * stride,
            self.end,
        ).cut(cells)

    def cut(self, cells: int) -> "Span":
        """Where there are no more than so many cells."""
        seen = self.start + (cells - 1) * self.stride + self.size
        return replace(self, end=min(self.end, seen))

    def join(self, other: "Span") -> "Span | None":
        """What two branches see together; None if their strides differ."""
        if self.stride != other.stride:
            return None
        start = min(self.start, other.start)
        last = max(self.start + self.size, other.start + other.size)
        return Span(start, last - start, self.stride, max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What the cells of a layer can see in theory, padding included.

    `whole`: the entire picture, because something before pools or normalises over all of it.
    """

    rows: Span = Span()
    columns: Span = Span()
    whole: bool = False

    def window(self, row: int, column: int, height: int, width: int) -> Box:
        """The pixels that one cell can see of a picture of that size."""
        if self.whole:
            return Box(0, 0, height, width)
        top, bottom = _reach(self.rows, row, height)
        left, right = _reach(self.columns, column, width)
        return Box(top, left, bottom, right)

    def join(self, other: "ReceptiveField") -> "ReceptiveField | None":
        """What two branches see together; None if that is no sliding window."""
        if self.whole or other.whole:
            return WHOLE
        rows, columns = self.rows.join(other.rows), self.columns.join(other.columns)
        return None if rows is None or columns is None else ReceptiveField(rows, columns)


WHOLE = ReceptiveField(whole=True)


@dataclass(frozen=True, slots=True)
class MeasuredField:
    """What a cell answers to on one picture, by the gradient of its value."""

    influence: np.ndarray
    """(H, W) float32: the gradient's absolute value, summed over the colours."""

    @property
    def reach(self) -> Box | None:
        """Where the influence is not zero; None if it is zero everywhere."""
        return _bounds(self.influence > 0)

    @property
    def core(self) -> Box | None:
        """The box that 95 % of the squared gradient needs: the effective field.

        Rows and columns are cut off from the outside inwards, the weakest first. Luo, Li, Urtasun,
        Zemel, "Understanding the effective receptive field", 2016.
        """
        energy = self.influence.astype(np.float64) ** 2
        total = energy.sum()
        reach = self.reach
        if reach is None or total == 0:
            return reach
        top, left, bottom, right = reach.top, reach.left, reach.bottom, reach.right
        spare = (1 - CORE_SHARE) * total
        while True:
            inside = energy[top:bottom, left:right]
            sides = (inside[0].sum(), inside[:, 0].sum(), inside[-1].sum(), inside[:, -1].sum())
            weakest = int(np.argmin(sides))
            if sides[weakest] > spare or bottom - top == 1 or right - left == 1:
                return Box(top, left, bottom, right)
            spare -= sides[weakest]
            top, left = top + (weakest == 0), left + (weakest == 1)
            bottom, right = bottom - (weakest == 2), right - (weakest == 3)


def influence(cell_values: "Tensor", tensor: "Tensor") -> np.ndarray:
    """|d cell / d pixel| summed over colours, (H, W) float32.

    To be called in grad mode. `cell_values` (channels,) are mixed with fixed random signs, so that
    channels cannot cancel each other by chance of their weights.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    signs = torch.randint(0, 2, (len(cell_values),), generator=generator) * 2 - 1
    mixed = (cell_values * signs.to(cell_values)).sum()
    (gradient,) = torch.autograd.grad(mixed, tensor, retain_graph=True)
    return gradient[0].abs().sum(0).float().cpu().numpy()


def _reach(span: Span, cell: int, length: int) -> tuple[int, int]:
    """First pixel and the one after the last, cut to the picture; never empty."""
    first = span.start + cell * span.stride
    begin = min(max(first, 0), length - 1)
    return begin, max(min(first + span.size, length, span.end), begin + 1)


def _bounds(mask: np.ndarray) -> Box | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
