"""Numbers about answers: accuracy with its interval, confusions, and what guessing would reach."""

import math
from dataclasses import dataclass

import numpy as np

# a probability of 0 for the true class would cost infinitely much; this is the least that float32
# tells from 0 without loss of precision
_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Score:
    """Of n answers."""

    accuracy: float
    """The share that is right."""
    low: float
    high: float
    """The 95 % interval of that share by `wilson`."""
    n: int
    loss: float
    """Mean cross-entropy in nats."""


def score(labels: np.ndarray, probabilities: np.ndarray) -> Score:
    """(n,) true classes and (n, C) probabilities, with n at least 1; ties go to the first class."""
    right = int((probabilities.argmax(1) == labels).sum())
    n = len(labels)
    return Score(right / n, *wilson(right, n), n, float(losses(labels, probabilities).mean()))


def losses(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(n,) true classes, (n, C) probabilities -> (n,) float64 cross-entropies in nats.

    At most 87.3: a probability of 0 counts as the smallest normal float32.
    """
    of_true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(of_true.clip(_LEAST, 1.0))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """(n, C) -> (n, C) float64 logarithms of the probabilities."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, C) -> (n, C) float32 probabilities."""
    return np.exp(log_softmax(logits)).astype(np.float32)


def wilson(right: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, ``right`` of ``n``, within 0 and 1; all of that where n is 0.

    Neither need be whole: answers may count for less than one each.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
    Unlike share ± z · standard error it holds for few answers and for none or all of them right.
    """
    if n == 0:
        return 0.0, 1.0
    share = right / n
    centre = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # at the ends it is 0 and 1 exactly, which rounding may miss
    low = 0.0 if right == 0 else (centre - reach) / scale
    high = 1.0 if right == n else (centre + reach) / scale
    return low, high


def intervals(right: np.ndarray, n: np.ndarray) -> np.ndarray:
    """`wilson` of each of K shares, (K,) right of (K,) n -> (K, 2) float64, low and high."""
    both = zip(np.asarray(right).tolist(), np.asarray(n).tolist(), strict=True)
    return np.array([wilson(*share) for share in both], np.float64).reshape(-1, 2)


def ratio(part: np.ndarray, whole: np.ndarray, empty: float = math.nan) -> np.ndarray:
    """part / whole in float64, ``empty`` where the whole is 0."""
    whole = np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(whole.shape, empty), where=whole != 0)


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How often each class was taken for each: (C, C) int64, rows are the truth.

    ``labels`` and ``predicted`` are (n,) positions from 0 to classes - 1.
    """
    pairs = np.array(labels, np.int64)  # of millions, copied once only
    pairs *= classes
    pairs += np.asarray(predicted, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def majority(train_labels: np.ndarray, labels: np.ndarray) -> float:
    """What always saying the most frequent class of the training part gets right, from 0 to 1.

    Of several such classes the first counts; 0 where there are no ``labels``.
    """
    if len(labels) == 0:
        return 0.0
    return float((labels == np.bincount(train_labels).argmax()).mean())
