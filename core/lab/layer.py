"""A layer with weights: how many it has, and how many multiply-adds one picture costs there."""

import math
from dataclasses import dataclass
from typing import Literal

Kind = Literal["conv", "linear", "attention"]


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution, a dense layer or an attention, with the shapes of one picture's pass."""

    name: str
    """The module's dotted name."""
    kind: Kind
    inputs: tuple[int, ...]
    """What goes in: (channels, rows, columns); of the others (..., numbers)."""
    outputs: tuple[int, ...]
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1
    bias: bool = True
    heads: int = 1
    """Of an attention."""

    @property
    def width(self) -> tuple[int, int]:
        """Channels, or numbers a place, that go in and come out."""
        axis = 0 if self.kind == "conv" else -1
        return self.inputs[axis], self.outputs[axis]

    @property
    def places(self) -> int:
        """At how many places it computes: cells of its maps, or tokens; 1 for a vector."""
        return math.prod(self.outputs) // self.width[1]

    @property
    def window(self) -> int:
        """How many numbers one output is a weighted sum of, in a convolution or dense layer."""
        return math.prod(self.kernel) * self.width[0] // self.groups

    @property
    def parameters(self) -> int:
        """Weights and biases. An attention has four square matrices: queries, keys, values, out."""
        if self.kind == "attention":
            return 4 * (self.width[0] + self.bias) * self.width[0]
        return (self.window + self.bias) * self.width[1]

    @property
    def multiply_adds(self) -> int:
        """Of the weighted sums; biases, norms and activations are not counted, as is usual.

        An attention multiplies each token by four matrices, and each token by each other twice: for
        the scores, and for the mean of the values.
        """
        if self.kind == "attention":
            return 4 * self.places * self.width[0] ** 2 + 2 * self.places**2 * self.width[0]
        return self.places * self.window * self.width[1]

    @property
    def is_depthwise(self) -> bool:
        """Each channel is convolved by itself."""
        return self.kind == "conv" and self.groups == self.width[0] > 1
