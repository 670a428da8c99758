"""A network, and the part of it that learns."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.models import save_tuned, tunable
from core.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from torch import nn

Classes = Sequence[tuple[str | None, str]]


class Student:
    """A copy of a model with outputs for other classes, frozen but for what the recipe tunes."""

    def __init__(self, recipe: Recipe, classes: Classes) -> None:
        import torch

        self._recipe = recipe
        self._tunable = tunable(
            recipe.model,
            classes,
            pretrained=recipe.tune != "scratch",
            input_size=recipe.input_size,
            dropout=recipe.dropout,
            seed=recipe.seed,
        )
        self.module: nn.Module = self._tunable.module.to(memory_format=torch.channels_last)
        self.preprocess = self._tunable.preprocess
        self.head: nn.Module = self.module.get_submodule(self._tunable.head)
        self.module.requires_grad_(False)
        for part in self._learning():
            part.requires_grad_(True)
        self.network: nn.Module = self.module
        """What learns step by step: all of it, or the head where that eats features."""
        if self.eats_features:
            self.network = torch.nn.Sequential(torch.nn.Dropout(recipe.dropout), self.head)
        self.learn(False)

    @property
    def eats_features(self) -> bool:
        """Whether what is frozen needs to be computed but once for each picture."""
        import torch

        recipe = self._recipe
        return (
            recipe.tune in ("probe", "head")
            and recipe.augment is None
            and not recipe.cutmix
            and isinstance(self.head, torch.nn.Linear)
        )

    def learn(self, on: bool = True) -> None:
        """Set what learns to training, and all else to evaluation; or everything, with ``on`` off.

        Batch norms in frozen parts never move, and with ``freeze_norm`` none does.
        """
        import torch

        self.module.eval()
        self.network.eval()
        if not on:
            return
        for part in self._learning():
            part.train()
        if self._recipe.dropout:  # it stands beside the head
            self.module.get_submodule(self._tunable.head.rpartition(".")[0]).train()
        if self.eats_features:
            self.network.train()
        if self._recipe.freeze_norm:
            for part in self.module.modules():
                if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                    part.eval()

    def groups(self) -> list[dict[str, Any]]:
        """Parameter groups, each with its ``scale``: the share of the rate that it learns at."""
        head = {id(parameter) for parameter in self.head.parameters()}
        found: dict[tuple[bool, bool], list[torch.Tensor]] = {}
        for parameter in self.module.parameters():
            if parameter.requires_grad:
                kind = (id(parameter) in head, parameter.ndim > 1)
                found.setdefault(kind, []).append(parameter)
        return [
            {
                "params": parameters,
                "scale": 1.0 if is_head else self._recipe.trunk_rate,
                "weight_decay": self._recipe.weight_decay if is_weight else 0.0,
            }
            for (is_head, is_weight), parameters in found.items()
        ]

    def save(self, path: Path) -> None:
        """Write the model with its classes and its transform."""
        save_tuned(path, self.module, self._tunable.metadata)

    def _learning(self) -> "Iterator[nn.Module]":
        tune = self._recipe.tune
        if tune in ("all", "scratch", "probe-all"):
            yield self.module
            return
        yield self.head
        if tune == "last":
            for name in self._tunable.last_stage:
                yield self.module.get_submodule(name)
