"""Rules for what slides a window over space or changes the grid: convolution, pooling, padding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.inside.layers.receptive_field import WHOLE, ReceptiveField, Span
from core.inside.layers.spatial import LOST, Layout, Mark, Op, whole_or_none


def convolve(op: Op) -> Mark:
    given = op.given("weight", "bias", "stride", "padding", "dilation", "groups")
    kernel = tuple(given["weight"].shape[-2:])
    stride, dilation = _pair(given.get("stride", 1)), _pair(given.get("dilation", 1))
    padding = given.get("padding", 0)
    if padding == "same":  # the smaller half comes first
        padding = [d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True)]
    elif padding == "valid":
        padding = 0
    return _slide(op, _Window(kernel, stride, _pair(padding), dilation))


def max_pool(op: Op) -> Mark:
    given = op.given("kernel_size", "stride", "padding", "dilation")
    return _slide(op, _Window.of_pool(given, _pair(given.get("dilation", 1))))


def average_pool(op: Op) -> Mark:
    return _slide(op, _Window.of_pool(op.given("kernel_size", "stride", "padding"), (1, 1)))


def adaptive_pool(op: Op) -> Mark:
    layout = op.mark.layout
    if layout is None or layout.axes != (op.x.ndim - 2, op.x.ndim - 1):
        return LOST
    new = layout.regrid(op.out.shape)
    if new.grid == (1, 1):
        return Mark(new, WHOLE)
    if any(a % b for a, b in zip(layout.grid, new.grid, strict=True)):  # windows of uneven size
        return Mark(new, whole_or_none(op.mark.field))
    rows, columns = (a // b for a, b in zip(layout.grid, new.grid, strict=True))
    kernel = (rows, columns)
    return _slide(op, _Window(kernel, kernel, (0, 0), (1, 1)))


def pad(op: Op) -> Mark:
    widths = list(op.first("pad"))
    layout, field = op.mark.layout, op.mark.field
    if layout is None or layout.tokens:
        return LOST if layout is not None and any(widths) else op.mark
    before = {op.x.ndim - 1 - i: widths[2 * i] for i in range(len(widths) // 2)}
    given = op.given("pad", "mode")
    if given.get("mode") == "circular":  # the far side comes in
        field = whole_or_none(field)
    if field is not None and not field.whole:
        field = ReceptiveField(
            _ahead(field.rows, -before.get(layout.rows_axis, 0)),
            _ahead(field.columns, -before.get(layout.columns_axis, 0)),
        )
    return Mark(layout.regrid(op.out.shape), field)


def resample(op: Op) -> Mark:
    """Interpolation: a new grid, without a fixed window."""
    layout = op.mark.layout
    if layout is None or layout.tokens:
        return LOST
    return Mark(layout.regrid(op.out.shape), whole_or_none(op.mark.field))


def over_the_picture(op: Op) -> Mark:
    """Group and instance normalisation: the cells stay, each depends on all."""
    return Mark(op.mark.layout, WHOLE)


def roll(op: Op) -> Mark:
    return Mark(op.mark.layout, whole_or_none(op.mark.field))


@dataclass(frozen=True, slots=True)
class _Window:
    """What a convolution or a pooling slides over the rows and the columns."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    @classmethod
    def of_pool(cls, given: dict[str, Any], dilation: tuple[int, ...]) -> "_Window":
        kernel = _pair(given["kernel_size"])
        # no stride at all means that the windows touch
        return cls(
            kernel, _pair(given.get("stride") or kernel), _pair(given.get("padding", 0)), dilation
        )

    def slide(self, field: ReceptiveField | None, grid: tuple[int, int]) -> ReceptiveField | None:
        if field is None or field.whole:
            return field
        rows, columns = zip(
            self.kernel, self.stride, self.padding, self.dilation, grid, strict=True
        )
        return ReceptiveField(field.rows.slide(*rows), field.columns.slide(*columns))


def _slide(op: Op, window: _Window) -> Mark:
    layout = Layout(op.out.ndim - 2, op.out.ndim - 1, (op.out.shape[-2], op.out.shape[-1]))
    if op.mark.layout is None or op.mark.layout.axes != (op.x.ndim - 2, op.x.ndim - 1):
        # a convolution knows its axes even where ours were lost
        return Mark(layout, whole_or_none(op.mark.field))
    return Mark(layout, window.slide(op.mark.field, layout.grid))


def _ahead(span: Span, cells: int) -> Span:
    return replace(span, start=span.start + cells * span.stride)


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    """A number stands for both axes."""
    return (value, value) if isinstance(value, int) else (value[0], value[-1])
