"""One forward pass, followed: what each module gave, where its space lies, what was overwritten."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from core.inside.capture import evaluating, first_tensor
from core.inside.layers.receptive_field import ReceptiveField, Span
from core.inside.layers.shape_rules import concatenate
from core.inside.layers.spatial import LOST, Layout, Mark, Op, join
from core.inside.layers.spatial_rules import (
    CONCATENATE,
    CREATES,
    FIRST_LEADS,
    POINTWISE,
    RULES,
    base_name,
)

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one module during the pass."""

    module: str
    number: int
    """Which call of this module, from 1."""
    shape: tuple[int, ...]
    """Of the output, with the batch axis."""
    bytes: int
    storage: int
    """The same number for outputs that are the same memory."""
    overwritten: bool
    mark: Mark


def trace(module: "nn.Module", tensor: "Tensor") -> tuple[Call, ...]:
    """The calls of all modules but the root, in the order in which they ended.

    `tensor` (1, 3, H, W) has the module's device and precision.
    """
    seen: list[tuple[str, int, Tensor | None, int]] = []
    counts: dict[str, int] = {}
    mode = _Following(tensor)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(evaluating(module))
        for name, part in module.named_modules():
            if name:
                handle = part.register_forward_hook(_noting(name, seen, counts, mode))
                stack.callback(handle.remove)
        stack.enter_context(mode)
        module(tensor)
    return tuple(_calls(seen, mode))


def _noting(name: str, seen: list[Any], counts: dict[str, int], mode: "_Following") -> Any:  # noqa: ANN401
    def hook(_: "nn.Module", inputs: tuple[Any, ...], output: object) -> None:
        counts[name] = counts.get(name, 0) + 1
        tensor = first_tensor(output)
        if tensor is not None:
            mode.notice(inputs, tensor)
        # the tensor is kept alive: its version tells at the end whether it was overwritten
        seen.append((name, counts[name], tensor, -1 if tensor is None else tensor._version))

    return hook


def _calls(seen: list[tuple[str, int, "Tensor | None", int]], mode: "_Following") -> Iterator[Call]:
    for name, number, tensor, version in seen:
        if tensor is None:
            yield Call(name, number, (), 0, 0, False, LOST)
            continue
        yield Call(
            name,
            number,
            tuple(tensor.shape),
            tensor.numel() * tensor.element_size(),
            tensor.untyped_storage().data_ptr(),
            tensor._version != version,
            mode.mark_of(tensor) or LOST,
        )


class _Following(TorchFunctionMode):
    """Carries a mark from the inputs of each operation to its outputs."""

    def __init__(self, picture: "Tensor") -> None:
        super().__init__()
        self._marks = WeakTensorKeyDictionary()
        grid = (picture.shape[-2], picture.shape[-1])
        axes = picture.ndim - 2, picture.ndim - 1
        field = ReceptiveField(*(Span(end=length) for length in grid))
        self._marks[picture] = Mark(Layout(*axes, grid), field)

    def mark_of(self, tensor: "Tensor") -> Mark | None:
        """None for what does not come from the picture."""
        return self._marks.get(tensor)

    def notice(self, inputs: tuple[Any, ...], output: "Tensor") -> None:
        """After a module: what it computed behind our back (scripted code) has lost its place."""
        if self.mark_of(output) is None and any(self.mark_of(t) for t in _tensors(inputs)):
            self._marks[output] = LOST

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401
        types: Any,  # noqa: ANN401
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        kwargs = kwargs or {}
        inputs = list(_tensors((args, kwargs)))
        # as they were: an operation in place may change the shape
        before = [(self.mark_of(tensor), tuple(tensor.shape)) for tensor in inputs]
        out = func(*args, **kwargs)
        if any(mark is not None for mark, _ in before):
            results = list(_tensors(out))
            if func.__name__ == "__setitem__":
                self._marks[inputs[0]] = LOST
            elif results and (name := base_name(func.__name__)) not in CREATES:
                rest = args[1:] if args and args[0] is inputs[0] else args
                named = {key: value for key, value in kwargs.items() if value is not inputs[0]}
                op = Op(before[0][0] or LOST, inputs[0], rest, named, results[0])
                mark = _judge(name, op, before)
                for result in results:
                    self._marks[result] = mark
        return out


def _judge(name: str, op: Op, before: list[tuple[Mark | None, tuple[int, ...]]]) -> Mark:
    """The mark of what an operation gave; `before` are the marks and shapes of its inputs."""
    known = [(mark, shape) for mark, shape in before if mark is not None]
    if name in POINTWISE:
        return join(known, tuple(op.out.shape))
    if name in CONCATENATE:
        dim = op.args[-1] if op.args and isinstance(op.args[-1], int) else op.kwargs.get("dim", 0)
        return concatenate(before, dim, tuple(op.out.shape))
    if name in FIRST_LEADS and before[0][0] is not None and len(known) > 1:
        return FIRST_LEADS[name](op)
    if name not in RULES or before[0][0] is None or len(known) > 1:
        return LOST
    return RULES[name](op)


def _tensors(nested: Any) -> Iterator["Tensor"]:  # noqa: ANN401
    if isinstance(nested, torch.Tensor):
        yield nested
    elif isinstance(nested, dict):
        for value in nested.values():
            yield from _tensors(value)
    elif isinstance(nested, tuple | list):
        for value in nested:
            yield from _tensors(value)
