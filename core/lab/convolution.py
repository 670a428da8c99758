"""Convolution, and what a layer of it costs.

As every framework of deep learning does it, the kernel is laid on the picture as it stands:
mathematics calls that cross-correlation, and turns the kernel by half a turn for a convolution.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import LayerError
from core.lab.window import Pair, Window, meetings, pad


@dataclass(frozen=True, slots=True)
class Step:
    """One place of the window: all that goes into one number of the output."""

    window: np.ndarray
    """(channels, height, width): the cells that it meets."""
    products: np.ndarray
    """The same, times the kernel."""
    sums: np.ndarray
    """(channels,): of the products."""
    value: float
    """The sum over all channels, and the bias."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one layer for one picture."""

    parameters: int
    multiply_adds: int
    """A product that is added to a sum counts once; biases are not counted."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.parameters + other.parameters, self.multiply_adds + other.multiply_adds)


def convolve(
    inputs: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    mode: str = "zeros",
) -> np.ndarray:
    """(channels, rows, columns) -> (outputs, rows, columns), as ``torch.nn.functional.conv2d``.

    `weight` is (outputs, channels / groups, height, width). `mode` is how the padding is filled,
    "zeros" or "reflect". Raises LayerError where the kernel does not fit.
    """
    outputs, of_a_group, *size = weight.shape
    if len(inputs) != of_a_group * groups or outputs % groups:
        raise LayerError(
            f"A kernel for {of_a_group} channels in {groups} groups with {outputs} outputs does "
            f"not fit {len(inputs)} channels: both numbers of channels have to be multiples of the "
            "groups."
        )
    window = Window((size[0], size[1]), stride, padding, dilation)
    steps = window.steps(inputs.shape[1:])
    padded = pad(inputs, padding, mode)
    grouped = weight.reshape(groups, outputs // groups, of_a_group, *size)
    total = np.zeros((groups, outputs // groups, *steps))
    for (i, j), met in meetings(padded, window, steps):
        by_group = met.reshape(groups, of_a_group, *steps)
        total += np.einsum("goc,gcrs->gors", grouped[..., i, j], by_group, optimize=True)
    total = total.reshape(outputs, *steps)
    return total if bias is None else total + np.asarray(bias)[:, None, None]


def step(
    padded: np.ndarray, kernel: np.ndarray, window: Window, cell: Pair, bias: float = 0.0
) -> Step:
    """One cell (row, column) of the output, with what it is made of.

    `padded` is (channels, rows, columns) with its padding, `kernel` (channels, height, width).
    """
    rows, columns = window.cells(*cell)
    met = padded[:, rows[:, None], columns]
    products = met * kernel
    sums = products.sum((1, 2))
    return Step(met, products, sums, float(sums.sum() + bias))


def cost(
    channels: int, outputs: int, size: Pair, cells: Pair, *, groups: int = 1, bias: bool = False
) -> Cost:
    """Of a convolution whose output has these cells (rows, columns) in each channel."""
    weights = outputs * (channels // groups) * size[0] * size[1]
    return Cost(weights + outputs * bias, weights * cells[0] * cells[1])


def separable_cost(
    channels: int, outputs: int, size: Pair, cells: Pair, *, bias: bool = False
) -> Cost:
    """Of a depthwise convolution, each channel by itself, and a 1 x 1 convolution over them.

    As Howard et al. (2017), "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
    Applications", who count the same.
    """
    depthwise = cost(channels, channels, size, cells, groups=channels, bias=bias)
    return depthwise + cost(channels, outputs, (1, 1), cells, bias=bias)
