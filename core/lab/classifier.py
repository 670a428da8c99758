"""From feature maps to classes: pooling, the fully connected layer, softmax."""

from collections.abc import Sequence

import numpy as np


def global_average(maps: np.ndarray) -> np.ndarray:
    """(channels, rows, columns) -> (channels,): the mean over the cells of each map.

    "Network in network", Lin, Chen, Yan, 2013.
    """
    return maps.mean((1, 2), dtype=np.float64)


def contributions(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(features,): what each feature adds to one class's logit; their sum and the bias are it."""
    return features.astype(np.float64) * weights


def class_activation(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(rows, columns): the maps, added up with the weights of one class.

    Its mean plus the bias is the class's logit: pooling and adding up can change places. "Learning
    deep features for discriminative localization", Zhou et al., 2016.
    """
    return np.tensordot(weights.astype(np.float64), maps, 1)


def softmax(logits: Sequence[float], temperature: float = 1.0) -> np.ndarray:
    """(classes,): exp(logit / temperature), divided by the sum of all of them."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max())  # the largest is 1: none can overflow
    return powers / powers.sum()


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """(..., classes): the natural logarithms of the softmax, none of which overflows."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def powers(logits: Sequence[float], temperature: float = 1.0) -> np.ndarray:
    """(classes,): exp(logit / temperature) as it stands in the formula; infinite beyond 1.8e308."""
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(logits, np.float64) / temperature)


def as_one(logits: Sequence[float], temperature: float = 1.0) -> float:
    """The logit of all these classes together: T ln of the sum of exp(logit / T)."""
    scaled = np.asarray(logits, np.float64) / temperature
    return float(temperature * (scaled.max() + np.log(np.exp(scaled - scaled.max()).sum())))


def entropy(probabilities: np.ndarray) -> float:
    """-sum of p ln p, from 0 for a sure answer to ln of the number of classes, in nats."""
    some = probabilities[probabilities > 0]
    return float(-(some * np.log(some)).sum())
