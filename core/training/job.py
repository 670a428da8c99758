"""A recipe followed from the data set to the tuned model: what the worker of a run does."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from core import models
from core.errors import CancelledError, DeviceError, ModelError, TrainingError
from core.models.device import is_out_of_memory
from core.training import setting
from core.training.after import outcome
from core.training.after.outcome import Untuned, untuned
from core.training.learning import boards
from core.training.learning.lesson import Lesson
from core.training.learning.loop import Result, check_loss, train
from core.training.learning.progress import Progress, Report
from core.training.learning.student import Student
from core.training.link import Context, Link, NoLink
from core.training.material.features import Features, features
from core.training.material.material import Material, gather
from core.training.material.pictures import Pictures, Rows
from core.training.material.seen import seen_before
from core.training.probing.probe import fit_probe
from core.training.recipe import Recipe, from_json

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def fine_tune(spec: dict[str, Any], context: Context) -> dict[str, Any]:
    """Follow the recipe ``spec`` in the run's folder; returns what `outcome.record` does, and more.

    Leaves model.safetensors and predictions.npz there. Raises what is wrong with recipe, data or
    model, and CancelledError.
    """
    return _follow(from_json(spec), Link(context))


def follow(spec: dict[str, Any], device: str) -> None:
    """Take part, under torchrun, in a run that the process of rank 0 writes down."""
    _follow(from_json(spec), NoLink(device))


def _follow(recipe: Recipe, link: Link | NoLink) -> dict[str, Any]:
    started = time.perf_counter()
    fabric = setting.fabric(link.device, recipe.precision)
    with _memory_explained(recipe, link.device):
        _check_model(recipe)
        material = gather(recipe, link.tell)
        student = Student(recipe, material.classes)
        pictures = Pictures(material.dataset, student.preprocess, recipe.augment, recipe.seed)
        unreadable = pictures.read(
            material.used,
            material.split.train,
            lambda done, of: link.tell("reading the pictures", done, of),
        )
        material = material.without(unreadable)
        material.check()
        link.keep_to(material)
        if link.is_new:
            for warning in (*material.warnings, seen_before(recipe)):
                if warning:
                    link.report({"kind": "warning", "text": warning})
        frozen = _Frozen(recipe, material, pictures, fabric, link)
        before = _untuned(recipe, material, frozen)
        source = frozen.rows() if student.eats_features else pictures
        labels = material.dataset.labels
        lesson = Lesson(student, source, labels, len(material.classes), *material.parts[:2])
        if recipe.tune in ("probe", "probe-all") and link.load() is None:
            _probe(recipe, student, material, frozen)
        with _reporting(recipe, link) as report:
            if recipe.tune == "probe":
                result = _judge_probe(lesson, fabric, report)
            else:
                finds_rate = recipe.learning_rate is None and link.is_new
                link.tell("finding the learning rate" if finds_rate else "training", 0, 0)
                result = train(recipe, lesson, report, link.should_stop, fabric=fabric, keeper=link)
        if result.is_cancelled:
            if link.folder is not None and result.best_epoch:
                student.save(link.folder / outcome.MODEL)
            raise CancelledError
        link.tell("measuring the result", 0, 0)
        answers = lesson.examine(fabric, material.held_out)
        if answers is not None and result.learning_rate is not None:  # the last step's doing
            check_loss(answers.loss, lesson.classes, result.steps - 1, result.learning_rate)
        if link.folder is not None:
            outcome.save(link.folder, lesson, answers, material, before)
    record = outcome.record(lesson, material, before, answers) | asdict(result)
    del record["is_cancelled"]
    return record | {"seconds": time.perf_counter() - started}


def _check_model(recipe: Recipe) -> None:
    if models.info(recipe.model).is_untrained and recipe.tune != "scratch":
        raise TrainingError(
            f"{recipe.model} has learnt nothing yet that could be tuned: train it from scratch."
        )


class _Frozen:
    """The features of the network as it came, computed when they are first wanted."""

    def __init__(
        self,
        recipe: Recipe,
        material: Material,
        pictures: Pictures,
        fabric: "Fabric",
        link: Link | NoLink,
    ) -> None:
        self._recipe, self._material, self._pictures = recipe, material, pictures
        self._fabric, self._link = fabric, link

    def of(self, positions: np.ndarray) -> Features:
        """By the first process, for all. Raises CancelledError."""
        found = None
        if self._fabric.is_global_zero:
            found = features(
                self._recipe.model,
                self._pictures,
                positions,
                self._material.digests,
                device=self._fabric.device,
                progress=lambda done, of: self._link.tell("computing features", done, of),
                should_stop=self._link.should_stop,
            )
        found = self._fabric.broadcast(found)
        if found is None:
            raise CancelledError
        return found

    def rows(self) -> Rows:
        """Of all pictures, in their place."""
        used = self._material.used
        return Rows(self.of(used).values, used)


def _untuned(recipe: Recipe, material: Material, frozen: _Frozen) -> Untuned:
    if recipe.tune == "scratch":
        return Untuned(None, "It began with random weights.")
    if not len(material.held_out):
        return Untuned(None, "There are no pictures to measure it on.")
    try:
        return untuned(recipe.model, material, lambda: frozen.of(material.held_out).logits)
    except ModelError as error:
        return Untuned(None, str(error))


def _probe(recipe: Recipe, student: Student, material: Material, frozen: _Frozen) -> None:
    import torch

    train = material.split.train
    known = frozen.of(train)
    probe = fit_probe(
        known.values,
        material.dataset.labels[train],
        len(material.classes),
        c=recipe.probe_c,
        even=recipe.class_weights,
    )
    with torch.no_grad():
        student.head.weight.copy_(torch.from_numpy(probe.weight))
        student.head.bias.copy_(torch.from_numpy(probe.bias))


def _judge_probe(lesson: Lesson, fabric: "Fabric", report: Report) -> Result:
    """Reported as the only epoch that it is."""
    train, held_out = (lesson.examine(fabric, part) for part in (lesson.train, lesson.validation))
    report(
        {
            "kind": "epoch",
            "epoch": 1,
            "epochs": 1,
            "step": 1,
            "train_loss": train.loss,
            "train_accuracy": train.accuracy,
            "learning_rate": None,
            **Progress().judge(held_out, lesson.validation, lesson.student.network),
        }
    )
    return Result(1, 1, 1, learning_rate=None, stopped_early=False, is_cancelled=False)


@contextmanager
def _reporting(recipe: Recipe, link: Link | NoLink) -> Iterator[Report]:
    def report(event: Mapping[str, Any]) -> None:
        link.report(event)
        if event["kind"] == "rates":
            link.tell("training", 0, 0)

    if recipe.tensorboard and link.folder is not None:
        with boards.beside(report, link.folder, link.first_step) as doubled:
            yield doubled
    else:
        yield report


@contextmanager
def _memory_explained(recipe: Recipe, device: str) -> Iterator[None]:
    """Which knob to turn when the memory is used up."""
    try:
        yield
    except (RuntimeError, MemoryError, DeviceError) as error:
        if not (isinstance(error, DeviceError) or is_out_of_memory(error)):
            raise
        raise TrainingError(
            f"{device} ran out of memory with batches of {recipe.batch} pictures: try batches of "
            f"{max(1, recipe.batch // 2)}, a smaller input_size, a smaller model, or tune less of "
            "it (last, head or probe)."
        ) from error
