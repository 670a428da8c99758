"""The training loop."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import TrainingError
from core.training.learning.lesson import Lesson
from core.training.learning.plan import Plan
from core.training.learning.progress import Keeper, NoKeeper, Progress, Report, ShouldStop
from core.training.learning.rates import Rates
from core.training.learning.schedules import factor
from core.training.learning.step import Stepper
from core.training.recipe import Recipe

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_SAVE_EVERY = 60.0  # seconds
_TOO_MUCH = 100.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a training went; the network holds the weights of the best epoch."""

    best_epoch: int
    """From 1; 0 where not one was finished."""
    epochs: int
    """That were run."""
    steps: int
    learning_rate: float | None
    """The highest; None where nothing was learnt step by step."""
    stopped_early: bool
    """Because nothing got better any more."""
    is_cancelled: bool
    """Because it was told to stop: it can go on from its checkpoint."""


def train(
    recipe: Recipe,
    data: Lesson,
    report: Report,
    should_stop: ShouldStop,
    *,
    fabric: "Fabric",
    keeper: Keeper | None = None,
) -> Result:
    """Teach ``data.student`` as the recipe says: the same lines alone and in many processes.

    Told to stop, it does so after a checkpoint. Interrupted at any moment and called again, it goes
    on from its last checkpoint to weights that are the same to the bit (on a CPU). Raises
    TrainingError where the loss diverges.
    """
    keeper = keeper or NoKeeper()
    plan = Plan(recipe, data.train, fabric.global_rank, fabric.world_size)
    stepper = Stepper(recipe, data, fabric)
    progress = Progress.resume(fabric.broadcast(keeper.load()), stepper)
    if progress.rate is None:
        progress.rate = recipe.learning_rate or _find_rate(plan, stepper, report, should_stop)
    saved_at = time.monotonic()

    def save() -> None:
        nonlocal saved_at
        if fabric.is_global_zero:
            keeper.save(progress.to_bytes(stepper), progress.epoch * plan.steps + progress.step)
        saved_at = time.monotonic()

    def rate_at(step: int) -> float:
        return progress.rate * factor(recipe.schedule, step, plan.total, recipe.warm_up)

    stop = False
    while progress.epoch < recipe.epochs and not progress.is_patience_over(recipe.patience):
        data.student.learn()
        for batch in stepper.batches(plan, progress.epoch, progress.step):
            now = progress.epoch * plan.steps + progress.step
            loss, right, stop = stepper.learn(batch, rate_at(now), should_stop())
            check_loss(loss, data.classes, now, progress.rate)
            progress.add(loss, right, len(batch.positions))
            if plan.is_told(now):
                report(
                    {
                        "kind": "step",
                        "step": now + 1,
                        "of": plan.total,
                        "epoch": (now + 1) / plan.steps,
                        "loss": loss,
                        "learning_rate": rate_at(now),
                    }
                )
            if stop:
                break
            if time.monotonic() - saved_at > _SAVE_EVERY:
                save()
        if stop:
            save()
            break
        last = (progress.epoch + 1) * plan.steps - 1
        data.student.learn(False)
        answers = data.examine(fabric, data.validation)
        if answers is not None:
            check_loss(answers.loss, data.classes, last, progress.rate)
        judged = progress.judge(answers, data.validation, data.student.network)
        report(
            {
                "kind": "epoch",
                "epoch": progress.epoch + 1,
                "epochs": recipe.epochs,
                "step": last + 1,
                "train_loss": progress.loss / plan.steps,
                "train_accuracy": None if recipe.is_mixing else progress.right / progress.seen,
                "learning_rate": rate_at(last),
                **judged,
            }
        )
        progress.next_epoch()
        save()
    if progress.best is not None:
        data.student.network.load_state_dict(progress.best)
    return Result(
        best_epoch=0 if progress.best is None else progress.best_epoch + 1,
        epochs=progress.epoch,
        steps=progress.epoch * plan.steps,
        learning_rate=progress.rate,
        stopped_early=not stop and progress.epoch < recipe.epochs,
        is_cancelled=stop,
    )


def _find_rate(
    plan: Plan, stepper: Stepper, report: Report, should_stop: Callable[[], bool]
) -> float:
    found: Rates = stepper.sweep(plan, should_stop)
    report(
        {
            "kind": "rates",
            "rates": list(found.rates),
            "losses": list(found.losses),
            "chosen": found.chosen,
        }
    )
    return found.chosen


def check_loss(loss: float, classes: int, step: int, rate: float) -> None:
    """TrainingError where it is no number, or far above that of guessing, ln(classes)."""
    if math.isfinite(loss) and loss <= _TOO_MUCH * (1 + np.log(classes)):
        return
    how = f"rose to {loss:.3g}" if math.isfinite(loss) else "is no number any more"
    raise TrainingError(
        f"The training diverged: its loss {how} at step {step + 1}. The learning rate of "
        f"{rate:g} is too high for this recipe: try a tenth of it, or have it found."
    )
