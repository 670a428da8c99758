"""Activation functions with their derivatives, and what becomes of a gradient in a chain of them.

All are defined number by number, as torch's; where a corner has no derivative, it is torch's too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEAK = 0.01
"""Slope of the leaky ReLU below zero, torch's own default."""
SATURATED = 0.01
"""Where the derivative is smaller than that, a function is called saturated here."""

_Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Activation:
    """One function. Both are given doubles of any shape, and give back the same shape."""

    name: str
    value: _Function
    slope: _Function
    """Its derivative."""
    turns_off: bool = False
    """Whether the derivative is zero on whole intervals by definition, not just too small."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What the derivatives of many numbers do to the gradient; the three sum up to 1."""

    off: float
    """Zero by the function's definition: nothing passes."""
    saturated: float
    """Else smaller than `SATURATED`."""
    passing: float


@dataclass(frozen=True, slots=True)
class Chain:
    """One number on its way through n layers of one neuron each."""

    values: np.ndarray
    """(n + 1,): the number at the start, and what each layer gives."""
    slopes: np.ndarray
    """(n,): the derivative of each layer by its own input, weight times the function's."""
    gradients: np.ndarray
    """(n + 1,): the derivative of each of `values` by the first: the product of the slopes."""


def is_off(function: Activation, slopes: np.ndarray) -> np.ndarray:
    """Where derivatives of this function, in any shape, are zero by its definition.

    Those of a sigmoid become zero too where they are smaller than the smallest double.
    """
    return (slopes == 0) & function.turns_off


def shares(function: Activation, slopes: np.ndarray) -> Shares:
    """Of derivatives of this function in any shape."""
    off = float(is_off(function, slopes).mean())
    saturated = float((np.abs(slopes) < SATURATED).mean()) - off
    return Shares(off, saturated, 1 - off - saturated)


def chain(function: Activation, start: float, weight: float, depth: int) -> Chain:
    """Layer after layer, x -> f(weight x), and the chain rule along them."""
    values, slopes = [float(start)], []
    for _ in range(depth):
        inner = np.asarray(weight * values[-1])
        values.append(float(function.value(inner)))
        slopes.append(weight * float(function.slope(inner)))
    return Chain(np.array(values), np.array(slopes), np.cumprod([1.0, *slopes]))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(x)  # exact far below 0 too, where it is tiny and not 0


def _sigmoid_slope(x: np.ndarray) -> np.ndarray:
    return _sigmoid(x) * _sigmoid(-x)


def _normal(x: np.ndarray) -> np.ndarray:
    """The share of the standard normal distribution below x."""
    from scipy.special import ndtr

    return ndtr(x)


def _density(x: np.ndarray) -> np.ndarray:
    """Of the standard normal distribution."""
    return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _tanh_slope(x: np.ndarray) -> np.ndarray:
    return 1 - np.tanh(x) ** 2


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation("ReLU", lambda x: np.maximum(x, 0), lambda x: 1.0 * (x > 0), True),
    "leaky": Activation(
        "Leaky ReLU",
        lambda x: np.where(x > 0, x, LEAK * x),
        lambda x: np.where(x > 0, 1.0, LEAK),
    ),
    "relu6": Activation(
        "ReLU6", lambda x: np.clip(x, 0, 6), lambda x: 1.0 * ((x > 0) & (x < 6)), True
    ),
    "sigmoid": Activation("Sigmoid", _sigmoid, _sigmoid_slope),
    "tanh": Activation("Tanh", np.tanh, _tanh_slope),
    "gelu": Activation("GELU", lambda x: x * _normal(x), lambda x: _normal(x) + x * _density(x)),
    "silu": Activation(
        "SiLU",
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) + x * _sigmoid_slope(x),
    ),
}
"""By a short name. GELU is the exact one (Hendrycks, Gimpel 2016), x times the normal distribution
function, not its approximation by tanh; ReLU6 is that of MobileNetV2, SiLU that of EfficientNet."""
