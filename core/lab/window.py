"""A window that steps over a grid: what convolution and pooling have in common.

Pairs are (down, across). Rows and columns of a window are counted in the grid with its padding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import LayerError

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Which cells a window meets, and how it goes on from one place to the next."""

    size: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    """Cells that are added on either side."""
    dilation: Pair = (1, 1)
    """From one cell of the window to the next; 1 leaves nothing out between them."""

    @property
    def reach(self) -> Pair:
        """Cells from the first to the last that it meets: dilation (size - 1) + 1."""
        down, across = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True))
        return down, across

    def steps(self, grid: Pair) -> Pair:
        """How many places it has on a grid: floor((n + 2 padding - reach) / stride) + 1.

        Raises LayerError where it does not fit.
        """
        framed = tuple(n + 2 * p for n, p in zip(grid, self.padding, strict=True))
        if any(r > n for r, n in zip(self.reach, framed, strict=True)):
            raise LayerError(
                f"The window reaches over {_by(self.reach)} cells, and the input has only "
                f"{_by(framed)} with its padding: make the kernel or its dilation smaller, or the "
                "padding or the input larger."
            )
        down, across = (
            (n - r) // s + 1 for n, r, s in zip(framed, self.reach, self.stride, strict=True)
        )
        return down, across

    def cells(self, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows and the columns that it meets for one cell of the output."""
        down, across = (
            at * s + d * np.arange(k)
            for at, s, d, k in zip(
                (row, column), self.stride, self.dilation, self.size, strict=True
            )
        )
        return down, across


def pad(inputs: np.ndarray, padding: Pair, mode: str = "zeros", value: float = 0.0) -> np.ndarray:
    """(channels, rows, columns) with cells added on all four sides.

    `mode` "zeros" adds `value`; "reflect" what lies as far within the edge as the new cell lies
    outside, as torch's. Raises LayerError where there is too little within.
    """
    around = ((0, 0), (padding[0], padding[0]), (padding[1], padding[1]))
    if mode == "zeros":
        return np.pad(inputs, around, constant_values=value)
    if any(p >= n for p, n in zip(padding, inputs.shape[1:], strict=True)):
        raise LayerError(
            f"An input of {_by(inputs.shape[1:])} cells cannot be reflected by {_by(padding)}: "
            "choose less padding, or zeros."
        )
    return np.pad(inputs, around, mode="reflect")


def meetings(padded: np.ndarray, window: Window, steps: Pair) -> Iterator[tuple[Pair, np.ndarray]]:
    """For each cell of the window, row by row, what it meets at all its places.

    A view (channels, rows, columns) of the padded input, as large as the output.
    """
    for i, j in np.ndindex(window.size):
        top, left = i * window.dilation[0], j * window.dilation[1]
        rows = slice(top, top + (steps[0] - 1) * window.stride[0] + 1, window.stride[0])
        columns = slice(left, left + (steps[1] - 1) * window.stride[1] + 1, window.stride[1])
        yield (i, j), padded[:, rows, columns]


def _by(pair: tuple[int, ...]) -> str:
    return " × ".join(map(str, pair))
