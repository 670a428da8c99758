"""Probes to play with: features computed once, then fitted anew at every change.

All of it works on rows of a `Bench`, one a picture, in the order of their positions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core import evaluation
from core.data import Dataset
from core.data.splits import Split
from core.data.stock import Stock
from core.errors import TrainingError
from core.evaluation import VALIDATION, Predictions, Score, softmax
from core.models import ImageModel
from core.training.material.features import features
from core.training.material.pictures import Pictures
from core.training.probing.probe import (
    LearningCurve,
    fit_probe,
    learning_curve,
    rank_in_class,
)

Progress = Callable[[int, int], None]
FOLDS, SEEDS = 5, 5
_STEPS = (1, 2, 5)  # times powers of ten


@dataclass(frozen=True, eq=False)
class Bench:
    """Features of the training and the validation pictures of a data set."""

    positions: np.ndarray
    """(n,) int64: where each picture is in the data set."""
    features: np.ndarray
    """(n, F) float32"""
    labels: np.ndarray
    """(n,) int64"""
    learns: np.ndarray
    """(n,) bool: whether it is a training picture."""
    classes: int

    def most_pictures(self, classes: Sequence[int]) -> int:
        """Training pictures of the largest of these classes."""
        counts = np.bincount(self.labels[self.learns], minlength=self.classes)
        return int(counts[list(classes)].max(initial=0))


@dataclass(frozen=True, slots=True)
class Setting:
    """What can be changed at the bench."""

    classes: tuple[int, ...]
    """Those that are on, ascending; their places here are their numbers in a `Fit`."""
    per_class: int
    """Training pictures of each class at most."""
    c: float
    """The inverse of the strength of the penalty on weights."""
    dropped: frozenset[int] = frozenset()
    """Positions of training pictures that are left out."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A probe's answers to the validation pictures of the classes that are on."""

    answers: Predictions
    score: Score
    majority: float
    pictures: int
    """That it learnt from."""
    training_accuracy: float
    """On those."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A training picture, and what a probe that had not learnt from it says of it."""

    position: int
    label: int
    """Its class, as a position in the data set's classes, as is `predicted`."""
    predicted: int
    probability: float
    """Of `predicted`."""
    loss: float
    """Of its own class, in nats."""


def bench(
    model: ImageModel,
    dataset: Dataset,
    stock: Stock,
    split: Split,
    progress: Progress | None = None,
) -> Bench:
    """Compute features of all pictures but those of the test; what is there already is kept.

    Pictures that ``stock`` says cannot be read are left out. ``progress`` is told of batches, and
    may raise to stop. Raises ModelError where the model has no features, and TrainingError where
    there are no pictures.
    """
    import sklearn.linear_model  # noqa: F401 (whose import would else be part of the first fit)

    positions = np.sort(np.concatenate([split.train, split.validation]))
    positions = positions[~np.isin(positions, list(stock.unreadable))]
    if not len(positions):
        raise TrainingError(f"{dataset.name} has no pictures that can be read: add some.")
    found = features(
        model.name,
        Pictures(dataset, model.preprocess, None, 0),
        positions,
        stock.digests,
        device=model.device,
        progress=progress,
    )
    assert found is not None  # only `should_stop` makes it None
    return Bench(
        positions,
        found.values,
        dataset.labels[positions],
        np.isin(positions, split.train),
        len(dataset.classes),
    )


def chosen(at: Bench, setting: Setting) -> np.ndarray:
    """Rows of the training pictures that a setting leaves, ascending.

    The pictures of a class come in an order of their own, so that more of them are the same and
    some more.
    """
    allowed = at.learns & np.isin(at.labels, setting.classes)
    allowed &= ~np.isin(at.positions, list(setting.dropped))
    rows = np.random.default_rng(0).permutation(len(at.labels))
    rows = rows[allowed[rows]]
    return np.sort(rows[rank_in_class(at.labels[rows]) < setting.per_class])


def fit(at: Bench, setting: Setting) -> Fit:
    """Fit a probe and ask it about the validation pictures.

    Raises TrainingError where fewer than two classes have pictures to learn from, and where there
    is none to be asked about.
    """
    labels, rows, held = _parts(at, setting)
    probe = fit_probe(at.features[rows], labels[rows], len(setting.classes), c=setting.c)
    answers = Predictions(
        at.positions[held],
        np.full(len(held), VALIDATION, np.uint8),
        labels[held],
        softmax(probe.logits(at.features[held])),
    )
    learnt = probe.logits(at.features[rows]).argmax(1)
    return Fit(
        answers,
        evaluation.score(answers.labels, answers.probabilities),
        evaluation.majority(labels[rows], labels[held]),
        len(rows),
        float((learnt == labels[rows]).mean()),
    )


def misfits(at: Bench, setting: Setting, most: int) -> tuple[Misfit, ...]:
    """The training pictures that fit their classes worst, as in Northcutt et al. 2021.

    Each is judged by a probe that learnt from the other four fifths; the one that was in the
    training itself would believe any label. A class with a single picture is left out: without it,
    nobody knows that class. Raises TrainingError as `fit`.
    """
    rows = chosen(at, setting)
    labels = _renumbered(at, setting)[rows]
    shuffled = np.random.default_rng(1).permutation(len(rows))
    fold = np.empty(len(rows), np.int64)
    fold[shuffled] = rank_in_class(labels[shuffled]) % FOLDS
    probabilities = np.zeros((len(rows), len(setting.classes)), np.float32)
    for number in np.unique(fold):
        others, own = rows[fold != number], rows[fold == number]
        if not len(others):
            raise TrainingError("There must be two pictures of a class to judge one by the other.")
        probe = fit_probe(
            at.features[others], labels[fold != number], len(setting.classes), c=setting.c
        )
        probabilities[fold == number] = softmax(probe.logits(at.features[own]))
    losses = evaluation.losses(labels, probabilities)
    losses[np.bincount(labels)[labels] < 2] = -1.0
    order = np.argsort(-losses, kind="stable")[:most]
    predicted = probabilities.argmax(1)
    return tuple(
        Misfit(
            int(at.positions[rows[i]]),
            setting.classes[labels[i]],
            setting.classes[predicted[i]],
            float(probabilities[i, predicted[i]]),
            float(losses[i]),
        )
        for i in order
        if losses[i] >= 0
    )


def counts_up_to(most: int) -> tuple[int, ...]:
    """1, 2, 5, 10, 20 ... and ``most``, which is at least 1."""
    rounds = range(len(str(most)))
    below = [step * 10**power for power in rounds for step in _STEPS if step * 10**power < most]
    return (*below, most)


def curve(at: Bench, setting: Setting, progress: Progress | None = None) -> LearningCurve:
    """Accuracy against pictures a class, with `SEEDS` draws; ``progress`` may raise to stop.

    Raises TrainingError as `fit`.
    """
    labels, rows, held = _parts(at, setting)
    counts = counts_up_to(int(np.bincount(labels[rows]).max()))
    found = []
    for done, count in enumerate(counts):
        if progress:
            progress(done, len(counts))
        part = learning_curve(
            (at.features[rows], labels[rows]),
            (at.features[held], labels[held]),
            (count,),
            seeds=SEEDS,
            c=setting.c,
        )
        found.append(part.accuracy)
    return LearningCurve(counts, np.concatenate(found))


def _parts(at: Bench, setting: Setting) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels as a `Fit` has them, rows to learn from, and rows to be asked about."""
    labels, rows = _renumbered(at, setting), chosen(at, setting)
    held = np.flatnonzero(~at.learns & (labels >= 0))
    if not len(held):
        raise TrainingError(
            "There are no validation pictures of these classes: add pictures, or choose others."
        )
    if len(np.unique(labels[rows])) < 2:
        raise TrainingError(
            "Pictures of two classes are needed to learn from: choose more, or drop fewer."
        )
    return labels, rows, held


def _renumbered(at: Bench, setting: Setting) -> np.ndarray:
    """(n,): places of the labels among the classes that are on; -1 for the others."""
    numbers = np.full(at.classes, -1, np.int64)
    numbers[list(setting.classes)] = np.arange(len(setting.classes))
    return numbers[at.labels]
