"""Finding out what a loaded model is made of: once for each, by running it over noise."""

import copy
import threading
import weakref
from collections import Counter
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.inside.capture import capture, ready
from core.inside.layers.blocks import blocks
from core.inside.layers.layer import Layer
from core.inside.layers.network import Network
from core.inside.layers.spatial import Layout
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.inside.layers.trace import Call

_known: "weakref.WeakKeyDictionary[ImageModel, dict[tuple[int, int], Network]]" = (
    weakref.WeakKeyDictionary()
)
_lock = threading.Lock()


def network(model: ImageModel, size: tuple[int, int] | None = None) -> Network:
    """The layers of a model, found out once by running it over noise, and remembered.

    `size`: height and width of its input where that is not the model's own. Raises ModelError for
    a network whose modules cannot be watched, DeviceError when the device runs out of memory.
    """
    size = size or (model.preprocess.input_size, model.preprocess.input_size)
    with model.lock:
        with _lock:
            found = _known.setdefault(model, {}).get(size)
        if found is None:
            _refuse(model)
            with guard(model.device):
                found = _examine(model, size)
            with _lock:
                _known[model][size] = found
    return found


def _refuse(model: ImageModel) -> None:
    import torch

    module = model.module
    if any(parameter.is_inference() for parameter in module.parameters()):
        raise ModelError(
            f"The weights of {model.name} were made in torch's inference mode, which keeps "
            "gradients from passing: load the model outside of it."
        )
    if isinstance(module, torch.jit.ScriptModule) or type(module).__name__ == "OptimizedModule":
        raise ModelError(
            f"{model.name} is compiled, and what is inside of it cannot be watched: load the model "
            "without torch.compile or torch.jit."
        )
    quantised = any("quantized" in type(part).__module__ for part in module.modules())
    if quantised or any(t.is_quantized for t in module.state_dict().values() if torch.is_tensor(t)):
        raise ModelError(
            f"{model.name} is quantised, and whole numbers have no gradients: load the model in "
            "floating point."
        )


def _examine(model: ImageModel, size: tuple[int, int]) -> Network:
    import torch

    from core.inside.layers.trace import trace

    noise = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    calls = trace(model.module, ready(model, noise))
    modules = dict(model.module.named_modules())
    counts = Counter(call.module for call in calls)
    layouts = {_name(call, counts): _layout(call) for call in calls}
    reached = _reached(model, noise, {n: la for n, la in layouts.items() if la is not None})
    layers = tuple(
        Layer(
            name=_name(call, counts),
            type=type(modules[call.module]).__name__,
            shape=call.shape[1:],
            calls=counts[call.module],
            parameters=sum(p.numel() for p in modules[call.module].parameters()),
            bytes=call.bytes,
            overwritten=call.overwritten,
            storage=call.storage,
            leaf=next(modules[call.module].children(), None) is None,
            layout=layouts[_name(call, counts)],
            field=call.mark.field,
            evidence=reached.get(_name(call, counts), False),
        )
        for call in calls
    )
    silent = tuple(name for name in modules if name and name not in counts)
    classes = len(model.classes)
    return Network(model.name, layers, blocks(layers), size, silent, classes)


def _name(call: "Call", counts: Counter[str]) -> str:
    return call.module if counts[call.module] == 1 else f"{call.module}#{call.number}"


def _layout(call: "Call") -> Layout | None:
    """Where space lies; None for what has none, or where its place was lost on the way.

    Pieces of the picture in the batch axis (windows, patches, heads) are no maps of the picture,
    and neither is a matrix of attention, tokens by tokens.
    """
    layout, shape = call.mark.layout, call.shape
    if layout is None or shape[0] != 1:
        return None
    if layout.tokens and shape.count(shape[layout.rows_axis]) > 1:
        return None
    return layout


def _reached(model: ImageModel, noise: "Tensor", layouts: dict[str, Layout]) -> dict[str, bool]:
    """Whether the logits depend on the cells of each layer: by gradient, all in one go."""
    found = _with_gradient(model, noise, layouts, None)
    if not any(found.values()):
        # weights of zero, as the heads of some networks begin their training with, hide the rest
        found = _with_gradient(model, noise, layouts, _without_zeros(model.module))
    return found


def _with_gradient(
    model: ImageModel, noise: "Tensor", layouts: dict[str, Layout], module: "nn.Module | None"
) -> dict[str, bool]:
    import torch

    captured = capture(model, noise, list(layouts), gradients=True, module=module)
    with torch.inference_mode(False), torch.enable_grad():
        signs = torch.randn(captured.logits.shape, generator=torch.Generator().manual_seed(1))
        answer = (captured.logits * signs.to(captured.logits)).sum()
    if not answer.requires_grad:
        return {}
    gradients = torch.autograd.grad(answer, list(captured.outputs.values()), allow_unused=True)
    return {
        name: gradient is not None and bool(layouts[name].maps(gradient).any())
        for name, gradient in zip(captured.outputs, gradients, strict=True)
    }


def _without_zeros(module: "nn.Module") -> "nn.Module":
    """A copy whose weights that are zero throughout are small random numbers."""
    import torch

    copied = copy.deepcopy(module)
    generator = torch.Generator().manual_seed(2)
    for parameter in copied.parameters():
        if not parameter.any():
            noise = torch.randn(parameter.shape, generator=generator) * 0.02
            parameter.data.copy_(noise)
    return copied
