"""Labels to look at again: pictures whose label the model contradicts with conviction.

The scores and the thresholds are those of confident learning: Northcutt, Jiang and Chuang,
"Confident learning: estimating uncertainty in dataset labels", JAIR 2021. All of them follow from
the probability of the true class and the five most probable classes.
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics import ratio
from core.evaluation.truth.real import RIGHT, SKIPPED

VERDICTS = ("label", "model", "unknown")
"""Whose mistake it is by the reassessed labels: the prediction is among them, it is not, or there
are none."""
LABEL, MODEL, UNDECIDED = range(len(VERDICTS))
_ROUNDING = 1e-6  # by which float32 may miss a threshold that it made itself; also cleanlab's
_BLOCK = 1 << 15  # rows that fit into the cache


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """The wrong answers, those that the model is surest of first. Arrays are (k,), aligned."""

    rows: np.ndarray
    """int64: the rows of the answers."""
    confidence: np.ndarray
    """Probability of what was predicted; falls."""
    self_confidence: np.ndarray
    """Probability of the label."""
    margin: np.ndarray
    """`label_quality`, from 0 to 0.5 for a wrong answer."""
    confident: np.ndarray
    """bool: confident learning counts the picture as one of another class."""
    verdict: np.ndarray
    """uint8: positions in `VERDICTS`."""


def suspects(
    labels: np.ndarray,
    top: np.ndarray,
    top_probability: np.ndarray,
    loss: np.ndarray,
    classes: int,
    *,
    real: np.ndarray | None = None,
) -> Suspects:
    """Rank the wrong answers by how sure the model is of them, ties by row.

    (n,) true classes, (n, k) most probable classes, the first first, and their probabilities,
    (n,) cross-entropies in nats; ``real`` are the (n,) verdicts of the reassessed labels.
    """
    own = self_confidence(loss)
    thresholds = class_thresholds(labels, own, classes)
    rows = np.flatnonzero(top[:, 0] != labels)
    labels, top, top_probability, own = (
        array[rows] for array in (labels, top, top_probability, own)
    )
    held = confident_class(labels, top, top_probability, own, thresholds)
    verdict = np.full(len(rows), UNDECIDED, np.uint8)
    if real is not None:
        verdict[real[rows] != SKIPPED] = MODEL
        verdict[real[rows] == RIGHT] = LABEL
    columns = (
        rows,
        top_probability[:, 0],
        own,
        label_quality(own, best_other(labels, top, top_probability)),
        (held >= 0) & (held != labels),
        verdict,
    )
    order = surest_first(top_probability[:, 0])
    return Suspects(*(column[order] for column in columns))


def surest_first(probability: np.ndarray) -> np.ndarray:
    """(n,) float32 from 0 to 1 -> (n,) int64 positions, the largest first, equals by position.

    Sorts the bits of the numbers, which rise with them, and the positions below these as one:
    several times as fast as a stable `numpy.argsort`.
    """
    bits = np.array(probability, np.float32).view(np.uint32)
    keys = (~bits).astype(np.uint64) << np.uint64(32)
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def self_confidence(loss: np.ndarray) -> np.ndarray:
    """(n,) float cross-entropies in nats -> (n,) probabilities of the true class, as precise."""
    return np.exp(-loss)


def label_quality(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The normalised margin, (p(label) - p(most probable other class) + 1) / 2, for n pictures.

    From 0 for a label that is surely wrong to 1. ``own`` is of `self_confidence`, ``other`` of
    `best_other`. It is cleanlab's own score where cleanlab is installed, which none needs to be.
    """
    try:
        from cleanlab.rank import get_normalized_margin_for_each_label
    except ImportError:
        return (own - other + 1) / 2
    # of all classes only these two matter
    return get_normalized_margin_for_each_label(
        np.zeros(len(own), np.int64), np.stack([own, other], 1)
    )


def best_other(labels: np.ndarray, top: np.ndarray, top_probability: np.ndarray) -> np.ndarray:
    """(n,) float64: the probability of the most probable class but the label; 0 for one class."""
    other = top_probability[:, 0].astype(np.float64)
    hits = np.flatnonzero(top[:, 0] == labels)
    if top.shape[1] > 1:
        other[hits] = np.where(top[hits, 1] >= 0, top_probability[hits, 1], 0.0)
    else:
        other[hits] = 0.0
    return other


def class_thresholds(labels: np.ndarray, own: np.ndarray, classes: int) -> np.ndarray:
    """(C,): how sure the model is of a class on average where that is the label.

    NaN for a class without pictures: no picture is confidently one of it.
    """
    return ratio(np.bincount(labels, own, classes), np.bincount(labels, minlength=classes))


def confident_class(
    labels: np.ndarray,
    top: np.ndarray,
    top_probability: np.ndarray,
    own: np.ndarray,
    thresholds: np.ndarray,
) -> np.ndarray:
    """(n,) int64: the most probable class whose threshold is reached; -1 where none is.

    Among the label and the k most probable classes. A class beyond the k could only be it
    where none of the k is: its probability is at most 1 / (k + 1).
    """
    needed = np.append(thresholds - _ROUNDING, np.nan)  # the last is of -1, which is no class
    found = np.empty(len(top), np.int64)
    for start in range(0, len(top), _BLOCK):
        rows = slice(start, start + _BLOCK)
        answer = np.full(len(top[rows]), -1, np.int64)
        probability = np.zeros(len(answer), top_probability.dtype)
        for answers, values in zip(top[rows].T[::-1], top_probability[rows].T[::-1], strict=True):
            reached = values >= needed[answers]
            np.copyto(answer, answers, where=reached)
            np.copyto(probability, values, where=reached)
        label, p = labels[rows], own[rows]
        own_reached = (p >= needed[label]) & (p > probability) & (answer != label)
        found[rows] = np.where(own_reached, label, answer)
    return found
