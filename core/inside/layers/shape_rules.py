"""Rules for what moves, cuts, joins or mixes the axes of a tensor."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.inside.layers.receptive_field import WHOLE, ReceptiveField, Span
from core.inside.layers.spatial import LOST, POOLED, Layout, Mark, Op, join


def reduce(op: Op) -> Mark:
    """Mean, sum, maximum, variance over some axes."""
    given = op.given("dim", "keepdim")
    dims = given.get("dim", given.get("axis"))
    layout = op.mark.layout
    if layout is None:
        return op.mark
    gone = _axes(range(op.x.ndim) if dims is None else dims, op.x.ndim)
    if gone & set(layout.axes):
        return POOLED if gone >= set(layout.axes) else LOST
    if op.out.ndim == op.x.ndim:
        return op.mark
    return Mark(layout.moved(_without(gone, op.x.ndim)), op.mark.field)


def permute(op: Op) -> Mark:
    dims = op.first("dims")
    order = dims if isinstance(dims, tuple | list) else op.args
    return _reordered(op, [axis % op.x.ndim for axis in order])


def transpose(op: Op) -> Mark:
    given = op.given("dim0", "dim1")
    order = list(range(op.x.ndim))
    a, b = given["dim0"], given["dim1"]
    order[a], order[b] = order[b], order[a]
    return _reordered(op, order)


def reshape(op: Op) -> Mark:
    """Also view, flatten and unflatten: judged by the shapes alone."""
    layout = op.mark.layout
    old, new = tuple(op.x.shape), tuple(op.out.shape)
    if layout is None or old == new:
        return op.mark
    if len(new) == 2 and new[0] == old[0]:
        return POOLED  # one vector, which knows the picture as a whole
    return _reshaped(op.mark, old, new)


def squeeze(op: Op) -> Mark:
    dims, layout = op.first("dim"), op.mark.layout
    gone = {axis for axis in range(op.x.ndim) if op.x.shape[axis] == 1}
    if dims is not None:
        gone &= _axes(dims, op.x.ndim)
    if layout is None:
        return op.mark
    return replace(op.mark, layout=layout.moved(_without(gone, op.x.ndim)))


def unsqueeze(op: Op) -> Mark:
    at = op.first("dim") % (op.x.ndim + 1)
    if op.mark.layout is None:
        return op.mark
    where = [axis + (axis >= at) for axis in range(op.x.ndim)]
    return replace(op.mark, layout=op.mark.layout.moved(where))


def index(op: Op) -> Mark:
    """``x[...]`` with slices, numbers, None and an ellipsis."""
    if op.mark.layout is None:
        return op.mark
    wanted = op.first("index")
    keys = list(wanted) if isinstance(wanted, tuple) else [wanted]
    if not all(key is None or key is Ellipsis or isinstance(key, int | slice) for key in keys):
        return LOST
    missing = op.x.ndim - sum(key is not None and key is not Ellipsis for key in keys)
    at = next((i for i, key in enumerate(keys) if key is Ellipsis), len(keys))
    keys[at : at + 1] = [slice(None)] * missing
    where, cuts = _kept(keys)
    mark = op.mark
    for axis in op.mark.layout.axes:
        if where[axis] is None:
            return LOST
        cut = range(*cuts[axis].indices(op.x.shape[axis]))
        if cut != range(op.x.shape[axis]):
            mark = _cut(mark, axis, cut, op.x.shape[axis])
    if mark.layout is None:
        return LOST
    moved = mark.layout.moved(where)
    return LOST if moved is None else Mark(moved.regrid(op.out.shape), mark.field)


def split(op: Op) -> Mark:
    """chunk and split along an axis that is not space; all parts are alike."""
    dim = (op.args[1] if len(op.args) > 1 else op.kwargs.get("dim", 0)) % op.x.ndim
    return LOST if op.mark.layout is not None and dim in op.mark.layout.axes else op.mark


def unbind(op: Op) -> Mark:
    gone = {op.first("dim", 0) % op.x.ndim}
    if op.mark.layout is None:
        return op.mark
    moved = op.mark.layout.moved(_without(gone, op.x.ndim))
    return LOST if moved is None else Mark(moved, op.mark.field)


def linear(op: Op) -> Mark:
    mark = _mixed(op, {op.x.ndim - 1})
    return mark if mark == op.mark else replace(mark, layout=None)


def softmax(op: Op) -> Mark:
    return _mixed(op, _axes(op.first("dim", -1), op.x.ndim))


def layer_norm(op: Op) -> Mark:
    count = len(op.first("normalized_shape"))
    return _mixed(op, set(range(op.x.ndim - count, op.x.ndim)))


def attend(op: Op) -> Mark:
    """Attention: every cell that asks sees all that answer."""
    layout = op.mark.layout
    if layout is None or not layout.tokens or len(op.out.shape) != op.x.ndim:
        return LOST
    return Mark(layout, WHOLE) if layout.fits(tuple(op.out.shape)) else LOST


def multiply(op: Op) -> Mark:
    """A matrix product: the rows of the first matrix keep their place."""
    layout = op.mark.layout
    keeps = layout is not None and layout.tokens and layout.rows_axis == op.x.ndim - 2
    return Mark(layout, WHOLE) if keeps and op.out.ndim == op.x.ndim else LOST


def concatenate(
    marks: Sequence[tuple[Mark | None, tuple[int, ...]]], dim: int, shape: tuple[int, ...]
) -> Mark:
    """Along channels: joined. Along tokens: what stands before the grid counts as its prefix."""
    dim %= len(shape)
    known = [(mark, own) for mark, own in marks if mark is not None]
    grids = [(i, m, m.layout) for i, (m, _) in enumerate(marks) if m is not None and m.layout]
    if not any(dim in layout.axes for _, _, layout in grids):
        return join(known, shape)
    if len(grids) > 1 or not grids[0][2].tokens:
        return LOST
    at, mark, layout = grids[0]
    before = sum(own[dim] for _, own in marks[:at])
    return Mark(replace(layout, prefix=layout.prefix + before), mark.field)


def _mixed(op: Op, axes: set[int]) -> Mark:
    """After an operation that mixes along some axes."""
    layout = op.mark.layout
    if layout is None or not axes & set(layout.axes):
        return op.mark
    return Mark(layout, WHOLE if axes >= set(layout.axes) else None)


def _reshaped(mark: Mark, old: tuple[int, ...], new: tuple[int, ...]) -> Mark:
    """Axes that were merged or split, judged by where products of sizes agree."""
    layout, field = mark.layout, mark.field
    if layout is None:
        return mark
    axes = list(layout.axes)
    where: list[int | None] = [None] * len(old)
    for olds, news in _groups(old, new):
        mine = [axis for axis in olds if axis in axes]
        real = [axis for axis in olds if old[axis] > 1]
        parts = [axis for axis in news if new[axis] > 1]
        if not mine:
            continue
        if len(real) <= 1 and len(parts) <= 1:
            where[mine[0]] = parts[0] if parts else news[0]
        elif real == axes and len(axes) == 2 and len(parts) == 1:
            # rows and columns become tokens
            return Mark(Layout(parts[0], parts[0], layout.grid), field)
        elif layout.tokens and len(real) == 1 and [new[p] for p in parts] == list(layout.grid):
            return LOST if layout.prefix else Mark(Layout(parts[0], parts[1], layout.grid), field)
        elif not layout.tokens and len(real) == 1 and len(parts) == 2:
            # rows into fewer rows and their neighbours, as when space becomes depth
            where[mine[0]] = parts[0]
            field = _coarser(field, mine[0] == layout.rows_axis, new[parts[1]])
        else:
            return LOST
    moved = layout.moved(where)
    return LOST if moved is None else Mark(moved.regrid(new), field)


def _groups(old: tuple[int, ...], new: tuple[int, ...]) -> Iterator[tuple[list[int], list[int]]]:
    """Runs of old and new axes, as short as possible, that hold equally many values."""
    i = j = 0
    while i < len(old) or j < len(new):
        olds, news = [], []
        left = right = 1
        while True:
            if i < len(old) and (left <= right or j == len(new)):
                left *= old[i]
                olds.append(i)
                i += 1
            elif j < len(new):
                right *= new[j]
                news.append(j)
                j += 1
            else:
                break
            if left == right and olds and news:
                break
        yield olds, news


def _coarser(field: ReceptiveField | None, rows: bool, count: int) -> ReceptiveField | None:
    """After `count` neighbours became one cell."""
    if field is None or field.whole:
        return field
    span = field.rows if rows else field.columns
    wide = replace(span, size=span.size + (count - 1) * span.stride, stride=span.stride * count)
    return replace(field, rows=wide) if rows else replace(field, columns=wide)


def _kept(keys: list[Any]) -> tuple[list[int | None], dict[int, slice]]:
    """Where each axis goes under an index, and what is cut out of it."""
    where: list[int | None] = []
    cuts: dict[int, slice] = {}
    position = 0
    for key in keys:
        if key is None:
            position += 1
        elif isinstance(key, slice):
            cuts[len(where)] = key
            where.append(position)
            position += 1
        else:
            where.append(None)
    return where, cuts


def _cut(mark: Mark, axis: int, cut: range, length: int) -> Mark:
    """After a slice along a spatial axis."""
    layout, field = mark.layout, mark.field
    if layout is None:
        return LOST
    if layout.tokens:
        if cut.start > layout.prefix or cut.stop != length or cut.step != 1:
            return LOST
        return Mark(replace(layout, prefix=layout.prefix - cut.start), field)
    if field is None or field.whole:
        return mark
    name = "rows" if axis == layout.rows_axis else "columns"
    span: Span = getattr(field, name)
    moved = replace(
        span, start=span.start + cut.start * span.stride, stride=span.stride * cut.step
    ).cut(len(cut))
    return Mark(layout, replace(field, **{name: moved}))


def _reordered(op: Op, order: list[int]) -> Mark:
    if op.mark.layout is None:
        return op.mark
    where = [order.index(axis) for axis in range(len(order))]
    return replace(op.mark, layout=op.mark.layout.moved(where))


def _without(gone: set[int], count: int) -> list[int | None]:
    """Where each axis stands once some are gone."""
    kept = [axis for axis in range(count) if axis not in gone]
    return [kept.index(axis) if axis in kept else None for axis in range(count)]


def _axes(dims: int | Iterable[int], count: int) -> set[int]:
    return {dim % count for dim in ((dims,) if isinstance(dims, int) else dims)}
