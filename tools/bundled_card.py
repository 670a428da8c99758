"""The text of the bundled model's card."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.training.changes import changes
from core.training.history import Epoch
from core.training.learning.plan import Plan
from core.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run tells of the model that it has trained."""

    metadata: Mapping[str, Any]
    """Of the file that is shipped, see `core.models.header`."""
    recipe: Recipe
    published: Recipe
    """The one in the repository, with the run's data."""
    result: Mapping[str, Any]
    epochs: tuple[Epoch, ...]
    environment: Mapping[str, Any]
    hours: float
    """From the first step to the last, interruptions included."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a model on n pictures."""

    n: int
    top1: float
    top5: float
    forward_ms: float
    """Median time of one forward pass."""


def card(
    trained: Trained, test: Figures, changed: int, photographs: Figures | None, file: Path
) -> str:
    """The card in Markdown.

    ``changed`` is how many of the test pictures get another class than the run gave them; ``file``
    is what is shipped.
    """
    metadata, recipe, counts = trained.metadata, trained.recipe, trained.result["counts"]
    classes = len(metadata["classes"])
    return f"""# {file.stem}

A small ResNet that Netlens trains itself, so that the first picture can be classified without a
connection. It knows {classes} of ImageNet's 1,000 classes. It is for teaching, not for work.

## Figures
On Tiny ImageNet's {test.n:,} validation pictures: **top-1 {test.top1:.2%},
top-5 {test.top5:.2%}**, measured on the file in this folder through Netlens's own preprocessing.
It answers otherwise than the run itself did on {changed:,} of them: the weights are rounded to half
precision, and the run computed with precision "{recipe.precision}".
{_elsewhere(photographs)}
One forward pass took {test.forward_ms:.1f} ms (median) on the machine that wrote this card.

## What it is
- Basic blocks {_joined(metadata["blocks"])} with
  {_joined(metadata["widths"])} channels, a 3 x 3 stem with stride 2, and a last stage
  that keeps 8 x 8 cells; {trained.result["parameters"] / 1e6:.2f} million parameters, stored in
  half precision ({file.stat().st_size / 1e6:.1f} MB).
- Input: shorter side to {metadata["input_size"]} pixels ({metadata["resize"]}), centre crop,
  ImageNet's mean and standard deviation.

## How it was made
- Data: {counts["train"]:,} of Tiny ImageNet's training pictures ({classes} classes, 64 x 64
  pixels), nothing else. {counts["validation"]:,} more of them chose among the epochs: the weights
  are those after epoch {trained.result["best_epoch"]} of {recipe.epochs}. The validation pictures
  above chose nothing.
- Recipe: [{file.stem}.json](../recipes/{file.stem}.json){_differences(trained)}.
- Seed {recipe.seed}, {_machine(trained.environment)}.
- {trained.hours:.1f} hours from the first step to the last.
- Commands: `python -m core train --recipe assets/recipes/{file.stem}.json --data DIR`, then
  `python tools/export_bundled.py RUN [--photographs DIR]`, where the first DIR holds Tiny ImageNet
  as Parquet, RUN is the run's folder, and photographs lie in a folder for each class.

| epoch | pixels | training loss | top-1 on {counts["validation"]:,} pictures held out |
|---|---|---|---|
{_curve(trained)}

## Limits
- It names one of its {classes} classes whatever it is shown, with a probability that says nothing
  of whether the picture shows any of them.
- It sees {metadata["input_size"]} x {metadata["input_size"]} pixels: fine texture is lost, and
  small objects in large photographs with it.
- It is trained on ImageNet's labels, with their errors and their view of the world.

## Licence of the data
Tiny ImageNet is a part of ImageNet, whose pictures belong to their makers and are given for
non-commercial research and education. No picture is in this repository.
"""


def _elsewhere(photographs: Figures | None) -> str:
    if photographs is None:
        return ""
    return f"""
On {photographs.n:,} photographs of its classes at larger sizes: top-1 {photographs.top1:.1%},
top-5 {photographs.top5:.1%}. Some of them may be among the pictures that Tiny ImageNet was made
from.
"""


def _differences(trained: Trained) -> str:
    """Where the run did not do what the recipe in the repository says."""
    found = changes(trained.published.as_json(), trained.recipe.as_json())
    if not found:
        return ""
    told = ", ".join(
        f"{key} {after} in place of {before}" for key, (before, after) in found.items()
    )
    return f", but with {told}"


def _machine(environment: Mapping[str, Any]) -> str:
    packages, devices = environment["packages"], environment["devices"]
    return (
        f"torch {packages['torch']}, {', '.join(devices.values())} "
        f"({environment['threads']} threads), Netlens {environment['commit'] or 'without a commit'}"
    )


def _curve(trained: Trained) -> str:
    plan = Plan(trained.recipe, np.arange(trained.result["counts"]["train"]))
    return "\n".join(
        f"| {e.epoch} | {plan.size(e.epoch * plan.steps - 1) or trained.metadata['input_size']} "
        f"| {e.train_loss:.3f} | {'' if e.val_accuracy is None else f'{e.val_accuracy:.1%}'} |"
        for e in trained.epochs
    )


def _joined(numbers: list[int]) -> str:
    return "-".join(map(str, numbers))
