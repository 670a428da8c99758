"""What each operation of torch does to the place of space: one rule for each kind.

An operation without a rule loses the place rather than getting a wrong one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.inside.receptive_field import WHOLE, ReceptiveField, Span
from core.inside.spatial import LOST, POOLED, Layout, Mark, join

if TYPE_CHECKING:
    from torch import Tensor

# each value of the output depends on the same place of the inputs, or on other channels there
POINTWISE = frozenset((
    "add", "sub", "rsub", "mul", "div", "true_divide", "neg", "pow", "abs", "sqrt", "rsqrt", "exp",
    "log", "square", "clamp", "clip", "maximum", "minimum", "where", "lerp", "addcmul",
    "relu", "relu6", "hardtanh", "silu", "gelu", "hardswish", "hardsigmoid", "sigmoid",
    "logsigmoid", "tanh", "mish", "leaky_relu", "elu", "celu", "selu", "softplus", "softsign",
    "prelu", "rrelu", "threshold", "hardshrink", "softshrink",
    "dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_dropout",
    "feature_alpha_dropout", "batch_norm", "local_response_norm",
    "clone", "contiguous", "to", "type_as", "float", "half", "bfloat16", "double", "detach",
    "nan_to_num", "expand", "expand_as", "requires_grad",
))  # fmt: skip
# look at the shape of an input only
CREATES = frozenset((
    "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "new_zeros",
    "new_ones", "new_empty", "new_full", "new_tensor",
))  # fmt: skip
CONCATENATE = frozenset(("cat", "concat", "concatenate"))

_OPERATORS = {"truediv": "div", "rtruediv": "div", "itruediv": "div", "rpow": "pow"}
_OPERATORS |= {f"{way}{name}": name for way in "ri" for name in ("add", "sub", "mul")}


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


Rule = Callable[[Op], Mark]


def base_name(name: str) -> str:
    """``__iadd__``, ``add_``, ``__radd__`` -> ``add``; ``__getitem__`` -> ``getitem``."""
    if name.startswith("__"):
        inner = name.strip("_")
        return _OPERATORS.get(inner, inner)
    return name if name.startswith("_") else name.rstrip("_")


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
        return Mark(new, _whole_or_none(op.mark.field))
    rows, columns = (a // b for a, b in zip(layout.grid, new.grid, strict=True))
    kernel = (rows, columns)
    return _slide(op, _Window(kernel, kernel, (0, 0), (1, 1)))


def pad(op: Op) -> Mark:
    widths = list(op.first("pad"))
    layout, field = op.mark.layout, op.mark.field
    if layout is None or layout.tokens:
        return LOST if layout is not None and any(widths) else op.mark
    before = {op.x.ndim - 1 - i: widths[2 * i] for i in range(len(widths) // 2)}
    if field is not None and not field.whole:
        field = ReceptiveField(
            _ahead(field.rows, -before.get(layout.rows_axis, 0)),
            _ahead(field.columns, -before.get(layout.columns_axis, 0)),
        )
    return Mark(layout.regrid(op.out.shape), field)


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
    return Mark(moved, op.mark.field) if (moved := _reshaped(layout, old, new)) else LOST


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


def over_the_picture(op: Op) -> Mark:
    """Group and instance normalisation: the cells stay, each depends on all."""
    return Mark(op.mark.layout, WHOLE)


def roll(op: Op) -> Mark:
    return Mark(op.mark.layout, _whole_or_none(op.mark.field))


def resample(op: Op) -> Mark:
    """Interpolation: a new grid, without a fixed window."""
    layout = op.mark.layout
    if layout is None or layout.tokens:
        return LOST
    return Mark(layout.regrid(op.out.shape), _whole_or_none(op.mark.field))


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


RULES: dict[str, Rule] = {
    "conv2d": convolve,
    **dict.fromkeys(("max_pool2d", "max_pool2d_with_indices"), max_pool),
    "avg_pool2d": average_pool,
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d"), adaptive_pool),
    "pad": pad,
    **dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std", "var_mean", "norm"), reduce),
    "permute": permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), transpose),
    **dict.fromkeys(("reshape", "view", "flatten", "unflatten"), reshape),
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "getitem": index,
    **dict.fromkeys(("chunk", "split"), split),
    "unbind": unbind,
    "linear": linear,
    **dict.fromkeys(("softmax", "log_softmax"), softmax),
    **dict.fromkeys(("layer_norm", "rms_norm"), layer_norm),
    **dict.fromkeys(("group_norm", "instance_norm"), over_the_picture),
    "roll": roll,
    "interpolate": resample,
}


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
        return Mark(layout, _whole_or_none(op.mark.field))
    return Mark(layout, window.slide(op.mark.field, layout.grid))


def _mixed(op: Op, axes: set[int]) -> Mark:
    """After an operation that mixes along some axes."""
    layout = op.mark.layout
    if layout is None or not axes & set(layout.axes):
        return op.mark
    return Mark(layout, WHOLE if axes >= set(layout.axes) else None)


def _reshaped(layout: Layout, old: tuple[int, ...], new: tuple[int, ...]) -> Layout | None:
    at = layout.rows_axis
    rows, columns = layout.grid
    if not layout.tokens and layout.columns_axis == at + 1:
        if new == (*old[:at], rows * columns, *old[at + 2 :]):
            return Layout(at, at, layout.grid)
    elif layout.tokens and not layout.prefix and new == (*old[:at], *layout.grid, *old[at + 1 :]):
        return Layout(at, at + 1, layout.grid)
    last = max(layout.axes) + 1
    if new[:last] == old[:last]:
        return layout
    after = len(old) - min(layout.axes)
    if len(new) >= after and new[-after:] == old[-after:]:
        return layout.moved([axis + len(new) - len(old) for axis in range(len(old))])
    return None


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


def _ahead(span: Span, cells: int) -> Span:
    return replace(span, start=span.start + cells * span.stride)


def _whole_or_none(field: ReceptiveField | None) -> ReceptiveField | None:
    return WHOLE if field == WHOLE else None


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    """A number stands for both axes."""
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


def _axes(dims: int | Iterable[int], count: int) -> set[int]:
    return {dim % count for dim in ((dims,) if isinstance(dims, int) else dims)}
