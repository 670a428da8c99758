"""The training, epoch by epoch: one network plain, its twin with the remedies."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from core.lab.overfitting.digits import SIDE, Digits, Split, augmented, generator, split
from core.lab.overfitting.network import Network, begin, logits, step, training_logits

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

LEARNING_RATE, MOMENTUM = 0.02, 0.9
BATCH = 25  # pictures, about: an epoch is cut into even batches


@dataclass(frozen=True, slots=True)
class Task:
    """What both networks are given."""

    pictures: int = 200
    wrong: float = 0.0
    """The share of wrong labels among them."""
    width: int = 128
    """Units of a hidden layer."""
    epochs: int = 60
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Remedies:
    """What is done against overfitting; nothing to begin with."""

    l2: float = 0.0
    """The weight decay."""
    dropout: float = 0.0
    """The probability of a hidden unit to drop out, below 1."""
    patience: int | None = None
    """Epochs without a lower validation loss, after which early stopping ends the training."""
    batch_norm: bool = False
    augmentation: bool = False


PLAIN = Remedies()


@dataclass(frozen=True, slots=True)
class Epoch:
    """The network after an epoch, asked without dropout about unchanged pictures."""

    number: int
    """From 1."""
    train_loss: float
    """Cross-entropy, without the penalty of L2; by the labels that are taught."""
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    norm: float
    """Of the weights."""

    @property
    def gap(self) -> float:
        """How much more accurate it is on what it learnt from."""
        return self.train_accuracy - self.val_accuracy


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A training as far as it is."""

    epochs: tuple[Epoch, ...]
    kept: Epoch
    """The one whose weights are kept: the last, or early stopping's best."""
    network: Network
    """Its weights."""

    @property
    def least(self) -> Epoch:
        """The first one with the least validation loss."""
        return min(self.epochs, key=lambda epoch: epoch.val_loss)


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A validation picture that is taken for another digit."""

    picture: "np.ndarray"
    """(8, 8) float32 within 0 and 1."""
    truth: int
    said: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How good a network is in the end."""

    test_accuracy: float
    """On pictures that neither training nor early stopping has looked at."""
    test_pictures: int
    wrong_labels: int
    """Training pictures that were given a wrong one."""
    memorised: int
    """Those of them that are answered with it."""
    mistakes: tuple[Mistake, ...]
    """All on the validation part."""


def training(task: Task, remedies: Remedies) -> Iterator[Fit]:
    """Train, and yield how far it is after each epoch.

    All draws come from the seed: the same task and remedies give the same numbers, and two sets of
    remedies the same pictures, initial weights and batches. Raises what `split` raises.
    """
    import torch
    from torch.nn import functional

    parts = split(task.pictures, task.wrong, task.seed)
    network = begin(task.width, remedies.batch_norm, task.seed)
    parameters = network.parameters
    velocities = [torch.zeros_like(parameter) for parameter in parameters]
    decays = [remedies.l2 * (parameter.ndim == 2) for parameter in parameters]  # of weights alone
    order, moves, drops = (generator(task.seed, name) for name in ("order", "moves", "dropout"))
    epochs: list[Epoch] = []
    kept, best = None, network
    for number in range(1, task.epochs + 1):
        shuffled = torch.randperm(task.pictures, generator=order)
        for batch in shuffled.tensor_split(max(1, round(task.pictures / BATCH))):
            pictures = parts.train.pictures[batch]
            if remedies.augmentation:
                pictures = augmented(pictures, moves)
            answers = training_logits(network, pictures, remedies.dropout, drops)
            loss = functional.cross_entropy(answers, parts.train.labels[batch])
            gradients = torch.autograd.grad(loss, parameters)
            step(parameters, gradients, velocities, decays, rate=LEARNING_RATE, momentum=MOMENTUM)
        epochs.append(_measured(number, network, parts))
        if kept is None or remedies.patience is None or epochs[-1].val_loss < kept.val_loss:
            kept, best = epochs[-1], network.copy()
        yield Fit(tuple(epochs), kept, best)
        if remedies.patience is not None and number - kept.number >= remedies.patience:
            return


def race(task: Task, remedies: Remedies) -> Iterator[tuple[Fit, Fit]]:
    """The training without remedies and the one with them, an epoch of each at a time.

    One that early stopping has ended stays as it is.
    """
    last: tuple[Fit, Fit] | None = None
    for plain, treated in zip_longest(training(task, PLAIN), training(task, remedies)):
        last = (plain, treated or last[1])  # type: ignore[index]  # at least one epoch came before
        yield last


def judge(network: Network, parts: Split) -> Verdict:
    """How good a network is on all three parts."""
    wrong = parts.train.labels != parts.train.truth
    memorised = wrong & (_said(network, parts.train) == parts.train.labels)
    test = _said(network, parts.test) == parts.test.truth
    said = _said(network, parts.validation)
    missed = (said != parts.validation.truth).nonzero().flatten().tolist()
    return Verdict(
        float(test.float().mean()),
        len(test),
        int(wrong.sum()),
        int(memorised.sum()),
        tuple(
            Mistake(
                parts.validation.pictures[i].view(SIDE, SIDE).numpy(),
                int(parts.validation.truth[i]),
                int(said[i]),
            )
            for i in missed
        ),
    )


def _measured(number: int, network: Network, parts: Split) -> Epoch:
    train = _loss_and_accuracy(network, parts.train)
    validation = _loss_and_accuracy(network, parts.validation)
    return Epoch(number, *train, *validation, network.norm)


def _loss_and_accuracy(network: Network, digits: Digits) -> tuple[float, float]:
    import torch
    from torch.nn import functional

    with torch.no_grad():
        answers = logits(network, digits.pictures)
        loss = functional.cross_entropy(answers, digits.labels)
    return float(loss), float((answers.argmax(1) == digits.labels).float().mean())


def _said(network: Network, digits: Digits) -> "Tensor":
    import torch

    with torch.no_grad():
        return logits(network, digits.pictures).argmax(1)
