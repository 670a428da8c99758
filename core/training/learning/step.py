"""One step: a batch forward, its loss backward, the weights moved."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import CancelledError, TrainingError
from core.training.learning.lesson import Lesson
from core.training.learning.mixing import mix
from core.training.learning.objective import Objective, balanced
from core.training.learning.plan import Plan
from core.training.learning.rates import STEPS, Rates, sweep
from core.training.material.augmenting import seed_of
from core.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from lightning_fabric import Fabric
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """What one process gets of a batch, and what it must know of all of it."""

    positions: np.ndarray
    """(n,) of the whole batch."""
    inputs: "Tensor"
    labels: "Tensor"
    divisor: float
    """Of the loss, for the whole batch."""
    seeds: tuple[int, ...]
    """Epoch and step."""


class Stepper:
    """Holds network, optimiser and objective, set up for the processes that share the work."""

    def __init__(self, recipe: Recipe, data: Lesson, fabric: "Fabric") -> None:
        import torch

        self.network, self.optimizer = data.student.network, _optimizer(recipe, data)
        """As they are saved; `fabric.setup` puts its own around them."""
        self._wrapped, self._wrapped_optimizer = fabric.setup(self.network, self.optimizer)
        self._recipe, self._data, self._fabric = recipe, data, fabric
        weights = None
        if recipe.class_weights:
            even = balanced(data.labels[data.train], data.classes)
            weights = torch.from_numpy(even).to(fabric.device)
        self._objective = Objective(weights, recipe.label_smoothing)

    def batches(self, plan: Plan, epoch: int, start: int = 0) -> Iterator[Batch]:
        """An epoch's batches from the ``start``-th on, this process's share of each."""
        import torch

        whole = plan.batches(epoch)[start:]
        first = epoch * plan.steps + start
        shares = [plan.share(batch) for batch in whole]
        loaded = self._data.source.batches(
            shares, self._fabric.device, epoch, lambda number: plan.size(first + number)
        )
        for number, inputs in enumerate(loaded):
            labels, all_labels = (
                torch.from_numpy(self._data.labels[positions]).to(self._fabric.device)
                for positions in (shares[number], whole[number])
            )
            divisor = self._objective.divisor(all_labels)
            yield Batch(whole[number], inputs, labels, divisor, (epoch, start + number))

    def learn(self, batch: Batch, rate: float, stop: bool = False) -> tuple[float, int, bool]:
        """Learn once; the loss over all processes, how many were right, and if any is to stop."""
        import torch

        seeds = (self._recipe.seed, *batch.seeds)
        torch.manual_seed(seed_of(*seeds, self._fabric.global_rank))  # dropout draws from it
        inputs, targets = mix(
            batch.inputs,
            batch.labels,
            self._recipe.mixup,
            self._recipe.cutmix,
            np.random.default_rng(seeds),
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        logits = self._logits(inputs)
        loss = self._objective.total(logits, targets) / batch.divisor
        self._wrapped_optimizer.zero_grad()
        self._fabric.backward(loss * self._fabric.world_size)  # which takes the processes' mean
        self._wrapped_optimizer.step()
        right = (logits.detach().argmax(dim=1) == batch.labels).sum()
        sums = torch.stack([loss.detach(), right.float(), torch.tensor(float(stop)).to(loss)])
        total, right, stops = self._fabric.all_reduce(sums, reduce_op="sum").tolist()
        return total, round(right), stops > 0

    def sweep(self, plan: Plan, should_stop: Callable[[], bool]) -> Rates:
        """Look for a learning rate; the network and the optimiser are put back afterwards."""
        parts = (self.network, self.optimizer)
        before = [copy.deepcopy(part.state_dict()) for part in parts]
        batches = self._endless(plan)

        def step(rate: float) -> float:
            loss, _, stop = self.learn(next(batches), rate, should_stop())
            if stop:
                raise CancelledError
            return loss

        self._data.student.learn()
        found = sweep(step, STEPS)
        for part, state in zip(parts, before, strict=True):
            part.load_state_dict(state)
        return found

    def _logits(self, inputs: "Tensor") -> "Tensor":
        try:
            return self._wrapped(inputs)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            raise TrainingError(
                "A batch norm cannot learn from a single value: raise batch to 2 or more, or "
                "input_size, or freeze the norms."
            ) from error

    def _endless(self, plan: Plan) -> Iterator[Batch]:
        epoch = plan.recipe.epochs  # other orders and changes than those of the training
        while True:
            yield from self.batches(plan, epoch)
            epoch += 1


def _optimizer(recipe: Recipe, data: Lesson) -> "torch.optim.Optimizer":
    """AdamW (Loshchilov and Hutter 2017), or SGD with Nesterov's momentum where there is any."""
    import torch

    groups = data.student.groups()
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=0.0)
    return torch.optim.SGD(groups, lr=0.0, momentum=recipe.momentum, nesterov=recipe.momentum > 0)
