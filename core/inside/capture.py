"""Activations and gradients of a network, captured by a call that leaves nothing behind.

Hooks exist for one call, under the model's lock; they ignore other threads, keep clones (a later
in-place operation would overwrite what they saw) and are removed whatever happens. Gradients come
from `torch.autograd.grad`, never from ``.backward()``, and their graph begins at the first captured
layer: what comes before it runs as in a plain prediction. The idea of a call without state is
Captum's (Kokhlikyan et al. 2020).
"""

import contextlib
import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import LayerError
from core.images import Picture
from core.models import ImageModel, guard

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Captured:
    """What one forward pass gave."""

    logits: "Tensor"
    """(N, classes), on the model's device; in the graph where gradients were asked for."""
    outputs: "dict[str, Tensor]"
    """The output of each layer, as the layer gave it: (N, ...)."""


def pixels(model: ImageModel, picture: Picture) -> "Tensor":
    """What the network gets of a picture: (1, 3, H, W), normalised, on its device."""
    return ready(model, model.preprocess(picture.image)[None])


def ready(model: ImageModel, tensor: "Tensor") -> "Tensor":
    """A batch of normalised pictures on the model's device, in half precision if it wants that."""
    return tensor.to(model.device, dtype=_dtype(model, tensor))


def run(model: ImageModel, tensor: "Tensor") -> np.ndarray:
    """(N, 3, H, W) -> logits, (N, classes) float32, without a graph.

    Raises DeviceError when the device runs out of memory.
    """
    with model.lock, guard(model.device):
        return _logits(model, tensor)


def capture(
    model: ImageModel,
    tensor: "Tensor",
    layers: Sequence[str],
    *,
    gradients: bool = False,
    module: "nn.Module | None" = None,
) -> Captured:
    """One forward pass over (N, 3, H, W) that keeps the outputs of `layers`.

    ``name#k`` is the k-th call of a module that runs several times, a bare name the first one. With
    `gradients`, the outputs are in the graph of the logits, so that `torch.autograd.grad` gets
    there, and nothing before the first of them is (unless `tensor` itself requires a gradient).
    `module` runs in the place of the model's own (a copy of it). To be called with the model's lock
    held. Raises LayerError for a layer that does not exist, did not run, or gives no tensor of real
    numbers.
    """
    import torch

    network = model.module if module is None else module
    kept: dict[str, Tensor] = {}
    wanted = _by_module(network, layers)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        # a picture that wants its own gradient has the whole network in the graph
        stack.enter_context(torch.set_grad_enabled(gradients and tensor.requires_grad))
        stack.enter_context(evaluating(network))
        owner = threading.get_ident()
        for name, calls in wanted.items():
            hook = _keeping(name, calls, kept, gradients, owner)
            handle = network.get_submodule(name).register_forward_hook(hook)
            stack.callback(handle.remove)
        if tensor.is_inference():
            tensor = tensor.clone()
        logits = first_tensor(network(ready(model, tensor)))
    missing = [layer for layer in layers if layer not in kept]
    if missing or logits is None:
        raise LayerError(
            f"{missing[0] if missing else 'The network'} gives nothing to look at in a forward "
            "pass: choose another layer of the table."
        )
    return Captured(logits, kept)


@contextlib.contextmanager
def evaluating(module: "nn.Module") -> Iterator[None]:
    """The module in evaluation mode; each part gets its own flag back."""
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


def first_tensor(output: object) -> "Tensor | None":
    """The tensor that a module gives: its output, or the first in a tuple, list or dictionary."""
    import torch

    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = tuple(output.values())
    if isinstance(output, tuple | list):
        return next((part for part in output if isinstance(part, torch.Tensor)), None)
    return None


def split_call(layer: str) -> tuple[str, int]:
    """``name#k`` -> the module's name and the number of the call, from 1."""
    name, _, call = layer.partition("#")
    return name, int(call) if call.isdecimal() and call.isascii() else 1


def _by_module(network: "nn.Module", layers: Sequence[str]) -> dict[str, dict[int, str]]:
    """Module -> number of the call -> the layer's name as it was asked for."""
    wanted: dict[str, dict[int, str]] = {}
    for layer in layers:
        name, call = split_call(layer)
        try:
            network.get_submodule(name)
        except AttributeError as error:
            raise LayerError(f"There is no layer {layer!r} in this network.") from error
        wanted.setdefault(name, {})[call] = layer
    return wanted


def _keeping(
    name: str, calls: dict[int, str], kept: "dict[str, Tensor]", gradients: bool, owner: int
) -> Callable[..., Any]:
    """A hook that keeps the outputs of some calls of one module."""
    import torch

    count = 0

    def hook(_: "nn.Module", __: object, output: object) -> object:
        nonlocal count
        if threading.get_ident() != owner:
            return None
        count += 1
        tensor = first_tensor(output)
        if count not in calls or tensor is None or not tensor.is_floating_point():
            return None
        if not gradients:
            kept[calls[count]] = tensor.detach().clone()
            return None
        if tensor.requires_grad:
            leaf = tensor.clone()
        else:
            leaf = tensor.detach().clone().requires_grad_()
            torch.set_grad_enabled(True)  # the graph begins here; no_grad's end restores the mode
        kept[calls[count]] = leaf
        # the network goes on with a copy, which it may overwrite
        return _replace_first(output, leaf.clone())

    return hook


def _replace_first(output: object, tensor: "Tensor") -> object:
    import torch

    if isinstance(output, torch.Tensor):
        return tensor
    if isinstance(output, dict):
        key = next(key for key, part in output.items() if isinstance(part, torch.Tensor))
        other = copy.copy(output)  # of its own kind, whose values may also be attributes
        other[key] = tensor
        return other
    parts = list(output)  # type: ignore[call-overload]
    at = next(i for i, part in enumerate(parts) if isinstance(part, torch.Tensor))
    parts[at] = tensor
    if hasattr(output, "_make"):  # a named tuple
        return output._make(parts)
    return tuple(parts) if isinstance(output, tuple) else parts


def _logits(model: ImageModel, tensor: "Tensor") -> np.ndarray:
    import torch

    with torch.inference_mode(), evaluating(model.module):
        return model.module(ready(model, tensor)).float().cpu().numpy()


def _dtype(model: ImageModel, tensor: "Tensor") -> "torch.dtype":
    """The precision of the network's weights, which may be float64 in a check of the arithmetic."""
    parameter = next(model.module.parameters(), None)
    return tensor.dtype if parameter is None else parameter.dtype
