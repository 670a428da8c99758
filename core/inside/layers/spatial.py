"""Where a tensor keeps its rows and columns, and what each of its cells can see.

A network says nowhere which axes of its tensors are space: convolutions want (channels, rows,
columns), Swin and ConvNeXt compute on (rows, columns, channels), a ViT on a list of tokens that
begins with extra ones. Here the answer is followed from the picture through every operation; the
rules are in `spatial_rules`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.inside.layers.receptive_field import WHOLE, ReceptiveField

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """The axes of a tensor (N, ...) that hold space.

    For a list of tokens both axes are the same one, and `prefix` tokens stand before the grid.
    """

    rows_axis: int
    columns_axis: int
    grid: tuple[int, int]
    prefix: int = 0

    @property
    def tokens(self) -> bool:
        """Whether rows and columns lie in one axis."""
        return self.rows_axis == self.columns_axis

    @property
    def axes(self) -> tuple[int, ...]:
        """The spatial axes, each once."""
        return (self.rows_axis,) if self.tokens else (self.rows_axis, self.columns_axis)

    def maps(self, tensor: "Tensor") -> "Tensor":
        """(N, ...) in this layout -> (N, channels, rows, columns), a view where possible."""
        if self.tokens:
            rows, columns = self.grid
            tensor = tensor.narrow(self.rows_axis, self.prefix, rows * columns)
            tensor = tensor.movedim(self.rows_axis, -1)
        else:
            tensor = tensor.movedim(self.axes, (-2, -1))
        return tensor.reshape(len(tensor), -1, *self.grid)

    def moved(self, where: Sequence[int | None]) -> "Layout | None":
        """After each axis went to a new position; None if one of the spatial ones went away."""
        rows, columns = where[self.rows_axis], where[self.columns_axis]
        if rows is None or columns is None:
            return None
        return replace(self, rows_axis=rows, columns_axis=columns)

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of this shape can have this layout."""
        if self.tokens:
            return shape[self.rows_axis] == self.prefix + math.prod(self.grid)
        return (shape[self.rows_axis], shape[self.columns_axis]) == self.grid

    def regrid(self, shape: tuple[int, ...]) -> "Layout":
        """The same axes of another size."""
        if self.tokens:
            return self
        return replace(self, grid=(shape[self.rows_axis], shape[self.columns_axis]))


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of a tensor that comes from the picture.

    `layout`: None where it has no cells or they were lost. `field`: None where the cells have no
    fixed window.
    """

    layout: Layout | None = None
    field: ReceptiveField | None = None


LOST = Mark()
POOLED = Mark(None, WHOLE)


@dataclass(frozen=True, slots=True)
class Op:
    """One operation on a tensor that comes from the picture."""

    mark: Mark
    x: "Tensor"
    args: tuple[Any, ...]
    """What follows `x`, by position."""
    kwargs: dict[str, Any]
    out: "Tensor"
    """The first tensor of what it gave."""

    def given(self, *names: str) -> dict[str, Any]:
        """The arguments by name."""
        return dict(zip(names, self.args, strict=False)) | self.kwargs

    def first(self, name: str, default: object = None) -> Any:  # noqa: ANN401
        """The first argument, which has this name where it is given by name."""
        return self.args[0] if self.args else self.kwargs.get(name, default)


def join(marks: Sequence[tuple[Mark, tuple[int, ...]]], shape: tuple[int, ...]) -> Mark:
    """Of an operation that goes value by value over inputs of these shapes, broadcast to one."""
    layout = None
    field = marks[0][0].field
    for mark, own_shape in marks:
        if mark.layout is None:
            continue
        shift = len(shape) - len(own_shape)
        moved = mark.layout.moved([axis + shift for axis in range(len(own_shape))])
        if moved is None or not moved.fits(shape):
            continue
        if layout is not None and layout != moved:  # a picture and its transpose, say
            return Mark(None, _both(field, None))
        layout = moved
    for mark, _ in marks[1:]:
        field = _both(field, mark.field)
    return Mark(layout, field)


def _both(one: ReceptiveField | None, other: ReceptiveField | None) -> ReceptiveField | None:
    """Seeing everything stays so, whatever is joined to it."""
    if WHOLE in (one, other):
        return WHOLE
    return None if one is None or other is None else one.join(other)


def whole_or_none(field: ReceptiveField | None) -> ReceptiveField | None:
    """Of cells that have no window any more: all of the picture stays all of it."""
    return WHOLE if field == WHOLE else None
