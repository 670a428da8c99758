"""The layers of a loaded model, in the order in which they run, and which of them to look at."""

import copy
import difflib
import math
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import LayerError, ModelError
from core.inside.capture import capture, ready
from core.inside.layer import Layer
from core.inside.spatial import Layout
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.inside.trace import Call

_NO_WORK = {"Identity", "Dropout", "Dropout2d", "StochasticDepth", "DropPath", "Flatten", "Permute"}
_EXPANDED = 0.6  # a block that holds more of all leaves than this is opened
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Network:
    """The layers of one model for pictures of one size."""

    model: str
    layers: tuple[Layer, ...]
    """Every module but the root, each call by itself, in the order in which they end."""
    blocks: tuple[Layer, ...]
    """Few enough to draw: the network cut into pieces one after the other, down to the logits."""
    input_size: tuple[int, int]
    silent: tuple[str, ...]
    """Modules that exist and do not run in a forward pass."""
    classes: int

    def get(self, name: str) -> Layer:
        """The layer of that name. Raises LayerError, with the nearest names."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        calls = [layer for layer in self.layers if layer.name.partition("#")[0] == name]
        if calls:
            raise LayerError(
                f"{name} runs {len(calls)} times in a forward pass: choose {calls[0].name} to "
                f"{calls[-1].name}."
            )
        if name in self.silent:
            raise LayerError(f"{name} does not run when {self.model} classifies: choose another.")
        names = [layer.name for layer in self.layers]
        near = difflib.get_close_matches(name, names, n=4, cutoff=0.4) or names[-4:]
        raise LayerError(
            f"{self.model} has no layer {name!r}. The nearest names: {', '.join(near)}."
        )

    def spatial(self, name: str) -> Layer:
        """The layer of that name, which has maps. Raises LayerError."""
        layer = self.get(name)
        if layer.grid is None:
            raise LayerError(
                f"{name} of {self.model} has no maps: its output is one vector of "
                f"{math.prod(layer.shape):,} numbers. Choose a layer before it, such as "
                f"{self.for_maps.name}."
            )
        return layer

    @property
    def with_maps(self) -> tuple[Layer, ...]:
        """The layers that have a grid of cells."""
        return tuple(layer for layer in self.layers if layer.grid is not None)

    @property
    def for_maps(self) -> Layer:
        """Where to begin to look at feature maps. Raises LayerError if nothing has a grid.

        The end of the last stage whose maps still have a quarter of the picture's rows: there a
        person recognises the picture in them. A network without such maps (a ViT) has one grid
        throughout; then it is the block in its middle.
        """
        self._refuse_without_maps()
        blocks = [block for block in self.blocks if block.grid is not None] or self.with_maps
        fine = [block for block in blocks if self._is_fine(block)]
        return self._outermost(fine[-1]) if fine else blocks[len(blocks) // 2]

    @property
    def for_attribution(self) -> Layer:
        """Where to ask for maps of evidence. Raises LayerError if nothing has a grid.

        The last layer whose cells the logits still depend on: its cells know most of what the
        network knows, and for a network that ends in pooling and one linear layer the map sums to
        the logit minus the bias. Within an attention module only parts of the evidence pass by.
        """
        self._refuse_without_maps()
        attention = tuple(f"{la.name}." for la in self.layers if "attn" in la.type.lower())
        attention += tuple(f"{la.name}." for la in self.layers if "attention" in la.type.lower())
        maps = [la for la in self.with_maps if not la.type.startswith("AdaptiveAvgPool")]
        width = next((la.channels for la in reversed(maps) if la.channels != self.classes), None)
        carrying = [la for la in maps if la.evidence and not la.name.startswith(attention)]
        best = [la for la in carrying if la.channels == width]
        return self._outermost((best or carrying or maps)[-1])

    @property
    def why_maps(self) -> str:
        """Why `for_maps`, in a sentence."""
        layer = self.for_maps
        rows, columns = layer.grid or (0, 0)
        if self._is_fine(layer):
            return (
                f"{layer.name} is suggested: the last layer with maps with about a quarter of the "
                f"picture's rows ({rows} × {columns} cells), in which the picture can still be "
                "recognised."
            )
        return (
            f"{layer.name} is suggested: every layer has about the same {rows} × {columns} cells, "
            "and this one is in the middle of the network."
        )

    @property
    def why_attribution(self) -> str:
        """Why `for_attribution`, in a sentence."""
        layer = self.for_attribution
        later = self.with_maps[-1]
        if not later.evidence and later.name != layer.name:
            return (
                f"{layer.name} is suggested: the last layer whose cells the answer depends on. "
                f"Of {later.name} only other tokens are read."
            )
        return f"{layer.name} is suggested: the last layer before space is pooled away."

    def _is_fine(self, layer: Layer) -> bool:
        """About a quarter of the picture's rows: 56 of 224, or 55 where there is no padding."""
        return layer.grid is not None and 4.2 * layer.grid[0] >= self.input_size[0]

    def _refuse_without_maps(self) -> None:
        if not self.with_maps:
            raise LayerError(
                f"No layer of {self.model} keeps a grid of cells, so there are no maps to show."
            )

    def _outermost(self, last: Layer) -> Layer:
        """The outermost of the layers that give the very same output as this one."""
        same = [
            layer
            for layer in self.with_maps
            if layer.storage == last.storage and layer.grid == last.grid and not layer.overwritten
        ]
        return min([*same, last], key=lambda layer: layer.name.count("."))


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

    from core.inside.trace import trace

    noise = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    calls = trace(model.module, ready(model, noise))
    modules = dict(model.module.named_modules())
    counts = Counter(call.module for call in calls)
    guesses = _guesses(calls)
    layouts = {_name(call, counts): _layout(call, guesses) for call in calls}
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
    return Network(model.name, layers, _blocks(layers), size, silent, classes)


def _name(call: "Call", counts: Counter[str]) -> str:
    return call.module if counts[call.module] == 1 else f"{call.module}#{call.number}"


def _guesses(calls: "tuple[Call, ...]") -> tuple[set[tuple[int, int]], list[int]]:
    """Grids that occur in this network, or half as fine, and numbers of tokens before a grid."""
    known = [call.mark.layout for call in calls if call.mark.layout is not None]
    grids = {layout.grid for layout in known if math.prod(layout.grid) > 1}
    for rows, columns in tuple(grids):
        while rows > 4 and columns > 4:
            rows, columns = -(-rows // 2), -(-columns // 2)  # noqa: PLW2901
            grids.add((rows, columns))
    return grids, sorted({layout.prefix for layout in known} | {0}, reverse=True)


def _layout(call: "Call", guesses: tuple[set[tuple[int, int]], list[int]]) -> Layout | None:
    """Where space lies: followed from the picture or, where that was lost, told by the shape."""
    if call.mark.layout is not None or not call.shape or call.shape[0] != 1:
        return call.mark.layout
    grids, prefixes = guesses
    shape = call.shape
    if len(shape) == 4:
        for axis in (2, 1):
            if shape[axis : axis + 2] in grids:
                return Layout(axis, axis + 1, shape[axis : axis + 2])
    if len(shape) == 3:
        for prefix in prefixes:
            fitting = [grid for grid in grids if math.prod(grid) == shape[1] - prefix]
            if len(fitting) == 1:
                return Layout(1, 1, fitting[0], prefix)
    return None


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


def _blocks(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Modules one after the other: the outermost ones, opened where that shows more.

    A plain sequence is opened where its parts have more than two grids (two are a stage with its
    reduction), and any module that holds most of the network.
    """
    leaves = sum(layer.leaf for layer in layers)
    parts: dict[str, list[Layer]] = {}
    ran = {layer.name.partition("#")[0] for layer in layers}
    for layer in layers:
        parts.setdefault(_parent(layer.name.partition("#")[0], ran), []).append(layer)

    def open_up(layer: Layer, depth: int) -> Iterator[Layer]:
        inside = [] if layer.calls > 1 else parts.get(layer.name, [])
        count = sum(la.leaf and la.name.startswith(f"{layer.name}.") for la in layers)
        most = count > _EXPANDED * leaves
        several = layer.type == "Sequential" and len({la.grid for la in inside}) > 2
        if inside and depth < _DEPTH and (several or most):
            for part in inside:
                yield from open_up(part, depth + 1)
        elif layer.shape and layer.type not in _NO_WORK:
            yield layer

    return tuple(block for layer in parts.get("", []) for block in open_up(layer, 0))


def _parent(name: str, ran: set[str]) -> str:
    """The nearest module around one that runs itself; empty where only the network is."""
    while name:
        name = name.rpartition(".")[0]
        if name in ran:
            break
    return name
