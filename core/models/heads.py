"""The last layer of a network, its replacement, and the stage before it. Imports torch."""

import threading
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import nn

from core.errors import ModelError

_MOST = 0.8  # of the trunk's parameters: a part that holds more is looked into
_ENOUGH = 0.2  # of them: the last stage holds as many at least


class Head(NamedTuple):
    """Where a network makes its logits."""

    slot: str
    """Name of the module that stands where the architecture has its last layer."""
    layer: str
    """Name of the last layer, a Linear or a Conv2d: the slot itself, or behind dropout in it."""


class Dropped(nn.Sequential):
    """Dropout, then the last layer."""


class WithFeatures(nn.Module):
    """A network that gives what its last layer gets beside what it makes of it.

    Several threads may ask it at once.
    """

    def __init__(self, module: nn.Module, layer: str) -> None:
        super().__init__()
        self._module = module
        self._kept = threading.local()
        module.get_submodule(layer).register_forward_pre_hook(self._keep)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self._module(pixels)
        return self._kept.features, logits

    def _keep(self, _: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._kept.features = inputs[0]


def find_head(module: nn.Module) -> Head:
    """Raises ModelError where no single layer makes the logits."""
    slot = _timm_slot(module) if hasattr(module, "get_classifier") else _last_layer(module)
    parent = slot.rpartition(".")[0]
    if isinstance(module.get_submodule(parent), Dropped):
        slot = parent
    head = Head(slot, f"{slot}.1" if isinstance(module.get_submodule(slot), Dropped) else slot)
    if not isinstance(module.get_submodule(head.layer), nn.Linear | nn.Conv2d):
        raise _no_single_layer()
    return head


def new_head(module: nn.Module, outputs: int, dropout: float = 0.0, *, keep: bool = False) -> Head:
    """Put a fresh last layer with so many outputs in place, behind dropout where that is above 0.

    It has a bias, which a probe needs, also where the old one had none. With ``keep`` it begins
    with the weights of the old one, which has as many outputs.

    Raises ModelError where no single layer makes the logits.
    """
    slot, old_name = find_head(module)
    old = module.get_submodule(old_name)
    layer: nn.Module
    if isinstance(old, nn.Conv2d):
        layer = nn.Conv2d(old.in_channels, outputs, 1)
    else:
        layer = nn.Linear(old.in_features, outputs)
    if keep:
        with torch.no_grad():
            layer.weight.copy_(old.weight)
            nn.init.zeros_(layer.bias) if old.bias is None else layer.bias.copy_(old.bias)
    module.set_submodule(slot, Dropped(nn.Dropout(dropout), layer) if dropout else layer)
    return find_head(module)


def last_stage(module: nn.Module) -> tuple[str, ...]:
    """Names of the last parts of the trunk, which is all but the last layer, in their order.

    A part that holds more than four fifths of the trunk's parameters is taken apart into its own;
    of what there is then, so many of the last as hold a fifth together.
    """
    head = find_head(module).slot
    total = _size(module) - _size(module.get_submodule(head))
    stage: list[str] = []
    held = 0
    for name, part in reversed(list(_parts(module, "", head, total))):
        if held >= _ENOUGH * total:
            break
        stage.insert(0, name)
        held += _size(part)
    return tuple(stage)


def _parts(
    module: nn.Module, prefix: str, head: str, total: int
) -> Iterator[tuple[str, nn.Module]]:
    for name, part in module.named_children():
        path = f"{prefix}{name}"
        if path == head or not _size(part):
            continue
        is_large = _size(part) > _MOST * total and any(True for _ in part.children())
        if is_large or head.startswith(f"{path}."):
            yield from _parts(part, f"{path}.", head, total)
        else:
            yield path, part


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _timm_slot(module: nn.Module) -> str:
    name = module.pretrained_cfg["classifier"]  # type: ignore[index]
    parts = dict(module.named_modules())
    if isinstance(name, tuple):
        # a second one, for distillation or for tokens, has its say in the logits
        raise _no_single_layer()
    if isinstance(parts.get(name), nn.Linear | nn.Conv2d | Dropped):
        return name
    classifier = module.get_classifier()  # type: ignore[operator]
    found = next((name for name, part in parts.items() if part is classifier), None)
    if found is None:
        raise _no_single_layer()
    return found


def _last_layer(module: nn.Module) -> str:
    """torchvision's models and ours name their last layer last."""
    layers = [n for n, part in module.named_modules() if isinstance(part, nn.Linear | nn.Conv2d)]
    if not layers:
        raise _no_single_layer()
    return layers[-1]


def _no_single_layer() -> ModelError:
    return ModelError(
        "The outputs of this network are not made by one last layer, so it cannot be given other "
        "classes: choose another model."
    )
