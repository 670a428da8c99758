"""A small network on two moons, trained by any rule and batch size from the same first weights.

2 inputs, 16 hidden units with tanh, 2 logits, cross-entropy; the gradient is written out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.lab.classifier import log_softmax
from core.lab.descent.line import batches
from core.lab.descent.rules import Optimiser, descend, out_of_bounds

EXAMPLES = 200
"""For training, and as many to judge by."""
HIDDEN = 16
NOISE = 0.2
WEIGHTS = 2 * HIDDEN + HIDDEN + 2 * HIDDEN + 2

_RECORDS = 100  # of the loss, over a training
_SEED = 0


@dataclass(frozen=True, slots=True)
class Moons:
    """Labelled points of two classes."""

    points: np.ndarray
    """(n, 2)."""
    labels: np.ndarray
    """(n,): 0 or 1."""


@dataclass(frozen=True, slots=True)
class Training:
    """How one training went."""

    updates: np.ndarray
    """(k,): after how many updates the loss was measured; from 0 to the last."""
    examples: np.ndarray
    """(k,): how many examples had been seen by then, each counted anew in every epoch."""
    losses: np.ndarray
    """(k,): over all training examples."""
    accuracy: float
    """At the end, on examples that it was not trained on; 0 to 1."""
    weights: np.ndarray
    """(82,): at the end; both layers' weights and biases in the order of ``parameters()``."""

    @property
    def diverged(self) -> bool:
        """Whether it was given up because its weights went out of all bounds."""
        return out_of_bounds(self.weights)


@cache
def moons(seed: int = _SEED) -> Moons:
    """Two half circles with noise, by scikit-learn; seed 0 is for training, 1 to judge by."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(EXAMPLES, noise=NOISE, random_state=seed)
    return Moons(points, labels)


@cache
def first_weights() -> np.ndarray:
    """(82,): as ``torch.nn.Linear`` draws them after ``torch.manual_seed(0)``."""
    import torch

    random = torch.Generator().manual_seed(_SEED)
    drawn = []
    for inputs, outputs in ((2, HIDDEN), (HIDDEN, 2)):
        weight = torch.empty(outputs, inputs)
        torch.nn.init.kaiming_uniform_(weight, a=5**0.5, generator=random)
        bias = torch.empty(outputs).uniform_(-(inputs**-0.5), inputs**-0.5, generator=random)
        drawn += [weight.flatten(), bias]
    return torch.cat(drawn).double().numpy()


def logits(weights: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, 2): what the network with these (82,) weights says of (n, 2) points."""
    return _forward(weights, points)[1]


def loss(weights: np.ndarray, data: Moons) -> float:
    """Mean cross-entropy."""
    log_probabilities = log_softmax(logits(weights, data.points))
    return -float(log_probabilities[np.arange(len(data.labels)), data.labels].mean())


def gradient(weights: np.ndarray, data: Moons) -> np.ndarray:
    """(82,): the derivative of the mean cross-entropy by each weight."""
    hidden, out = _forward(weights, data.points)
    by_logits = np.exp(log_softmax(out))
    by_logits[np.arange(len(data.labels)), data.labels] -= 1
    by_logits /= len(data.labels)
    second = weights[3 * HIDDEN : 5 * HIDDEN].reshape(2, HIDDEN)
    by_sums = by_logits @ second * (1 - hidden**2)
    return np.concatenate(
        [
            (by_sums.T @ data.points).ravel(),
            by_sums.sum(0),
            (by_logits.T @ hidden).ravel(),
            by_logits.sum(0),
        ]
    )


def train(
    size: int,
    epochs: int,
    optimiser: Optimiser,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Training:
    """Train by batches of `size` examples; `progress` is told the updates done and all of them."""
    data = moons()
    drawn = batches(EXAMPLES, size, epochs)
    start = first_weights()
    every = max(1, len(drawn) // _RECORDS)
    updates, losses, weights = [0], [loss(start, data)], start

    def of_batch(at: np.ndarray, update: int) -> np.ndarray:
        batch = drawn[update]
        return gradient(at, Moons(data.points[batch], data.labels[batch]))

    with np.errstate(over="ignore", invalid="ignore"):
        steps = descend(of_batch, start, optimiser, len(drawn))
        for done, step in enumerate(steps, 1):
            weights = step.weights
            if done % every == 0 or done == len(drawn) or out_of_bounds(weights):
                updates.append(done)
                losses.append(loss(weights, data))
                progress(done, len(drawn))
        said = logits(weights, moons(1).points).argmax(1)
    seen = np.concatenate([[0], np.cumsum([len(batch) for batch in drawn])])
    return Training(
        np.array(updates),
        seen[updates],
        np.array(losses),
        float(np.mean(said == moons(1).labels)),
        weights,
    )


def _forward(weights: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activations (n, 16) and logits (n, 2)."""
    first, second = weights[: 3 * HIDDEN], weights[3 * HIDDEN :]
    hidden = np.tanh(points @ first[: 2 * HIDDEN].reshape(HIDDEN, 2).T + first[2 * HIDDEN :])
    return hidden, hidden @ second[: 2 * HIDDEN].reshape(2, HIDDEN).T + second[2 * HIDDEN :]
