"""Losses with their gradients: mean squared error, and cross-entropy of two classes and of many.

All are means over the examples, as torch's are unless it is told otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.lab.classifier import log_softmax, softmax

_LOWEST_LOG = -100.0  # where torch.nn.functional.binary_cross_entropy cuts the logarithm
_LEAST_VARIANCE = 1e-12  # and what it divides its gradient by at least


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss over n examples and what it is made of; all floats are doubles."""

    value: float
    """The mean of the terms."""
    terms: np.ndarray
    """(n,): each example's own loss."""
    gradient: np.ndarray
    """The derivative of `value` with respect to each input, in their shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """Labels and predictions in [0, 1] to begin with."""

    labels: tuple[float, ...]
    predictions: tuple[float, ...]


WORKED_EXAMPLE = Example((1, 0, 1), (0.8, 0.2, 0.9))
"""Of which a widely copied text says that the mean squared error is 0.1."""


def mean_squared_error(predictions: Sequence[float], labels: Sequence[float]) -> Loss:
    """The mean of (prediction - label) squared, as ``torch.nn.functional.mse_loss``."""
    errors = _doubles(predictions) - _doubles(labels)
    terms = errors**2
    return Loss(float(terms.mean()), terms, 2 * errors / errors.size)


def binary_cross_entropy(predictions: Sequence[float], labels: Sequence[float]) -> Loss:
    """The mean of -y ln p - (1 - y) ln(1 - p), as ``torch.nn.functional.binary_cross_entropy``.

    Predictions p and labels y lie in [0, 1]. As there, a logarithm is at least -100, and a
    gradient's divisor p (1 - p) at least 1e-12.
    """
    p, y = _doubles(predictions), _doubles(labels)
    terms = -y * _log(p) - (1 - y) * _log(1 - p)
    gradient = (p - y) / np.maximum(p * (1 - p), _LEAST_VARIANCE) / p.size
    return Loss(float(terms.mean()), terms, gradient)


def smoothed(label: int, classes: int, smoothing: float = 0.0) -> np.ndarray:
    """(classes,): the label as a distribution, of which `smoothing` is spread over all classes.

    As Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision".
    """
    target = np.full(classes, smoothing / classes)
    target[label] += 1 - smoothing
    return target


def cross_entropy(logits: Sequence[float], target: np.ndarray) -> Loss:
    """-sum of target times ln softmax(logits) of one example; the gradient is that by the logits.

    `target`, (classes,), sums to 1. As ``torch.nn.functional.cross_entropy``, which is given the
    class or such a distribution. `terms` has one number for each class.
    """
    z = _doubles(logits)
    terms = -target * log_softmax(z)
    return Loss(float(terms.sum()), terms, softmax(logits) - target)


def _log(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(values), _LOWEST_LOG)


def _doubles(values: Sequence[float]) -> np.ndarray:
    return np.asarray(values, np.float64)
