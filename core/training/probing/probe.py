"""A probe: logistic regression on what a frozen network makes of pictures.

Alain and Bengio 2016, "Understanding intermediate layers using linear classifier probes". On
features that are there already a fit takes well under a second, so that it can be played with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError

_MOST_ROUNDS = 2000


@dataclass(frozen=True, slots=True)
class Probe:
    """A linear layer: ``features @ weight.T + bias`` are the logits."""

    weight: np.ndarray
    """(classes, F) float32"""
    bias: np.ndarray
    """(classes,) float32"""

    def logits(self, features: np.ndarray) -> np.ndarray:
        """(n, F) -> (n, classes)"""
        return features @ self.weight.T + self.bias


def fit_probe(
    features: np.ndarray, labels: np.ndarray, classes: int, *, c: float = 1.0, even: bool = False
) -> Probe:
    """Fit scikit-learn's LogisticRegression to (n, F) features, brought to mean 0 and deviation 1.

    ``c`` is the inverse of the strength of its penalty; ``even`` lets rare classes weigh more. A
    class without a picture gets no weights and a bias by which it never wins. TrainingError where
    there are not two classes to tell apart, and where the features are not finite.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    if len(np.unique(labels)) < 2:
        raise TrainingError("A probe needs pictures of two classes at least to learn from.")
    if not np.isfinite(features).all():
        raise TrainingError(
            "The network's features are not finite numbers: its weights are damaged, or it "
            "cannot work with such pictures."
        )
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = features.std(axis=0, dtype=np.float64)
    deviation[deviation < 1e-12] = 1.0
    scaled = (features - mean) / deviation
    # a lone thread: BLAS's own fight over the cores with torch's
    with threadpool_limits(1):
        model = LogisticRegression(
            C=c, max_iter=_MOST_ROUNDS, class_weight="balanced" if even else None
        ).fit(scaled, labels)
    weight, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row, for the second class against the first
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    weight = weight / deviation
    bias = bias - weight @ mean
    all_weights = np.zeros((classes, features.shape[1]))
    all_biases = np.full(classes, -1e9 if len(model.classes_) < classes else 0.0)
    all_weights[model.classes_], all_biases[model.classes_] = weight, bias
    return Probe(all_weights.astype(np.float32), all_biases.astype(np.float32))


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Accuracy on held-out pictures against the number of training pictures of each class."""

    counts: tuple[int, ...]
    accuracy: np.ndarray
    """(counts, seeds), 0 to 1"""


def learning_curve(
    train: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    counts: Sequence[int],
    *,
    seeds: int = 5,
    c: float = 1.0,
) -> LearningCurve:
    """Fit probes to so many pictures of each class, drawn anew for each seed.

    ``train`` and ``held_out`` are (n, F) features and (n,) labels. A class that has fewer pictures
    than a count gives all of its own.
    """
    features, labels = train
    found = np.empty((len(counts), seeds))
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(labels))
        rank = rank_in_class(labels[order])
        for row, count in enumerate(counts):
            chosen = order[rank < count]
            probe = fit_probe(features[chosen], labels[chosen], int(labels.max()) + 1, c=c)
            guessed = probe.logits(held_out[0]).argmax(axis=1)
            found[row, seed] = (guessed == held_out[1]).mean()
    return LearningCurve(tuple(counts), found)


def rank_in_class(labels: np.ndarray) -> np.ndarray:
    """(n,): how many of the same label come before each."""
    rank = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        rank[at] = np.arange(len(at))
    return rank
