"""Max and average pooling on a feature map of the model, with the way back of the gradient."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.channel_map import ColourRange, colour_range
from core.figures.lab.number_grid import Frame, met, number_grid
from core.lab.pooling import average_gradient, average_pool, max_gradient, max_pool, winners
from core.lab.question import Number
from core.lab.window import Window, pad
from ui.lab.activation.pooling_map import chosen_map
from ui.lab.station import aligned, ask, formula, numbers, torch_call
from ui.lab.steps import step_slider, take_step
from ui.subject import Subject

_MAX, _AVERAGE = "Max pooling", "Average pooling"
_STEP, _FIGURE = "lab_pooling_step", "lab_pooling_output"
_PART = 8  # rows and columns of the map that are drawn
_MOST_WRITTEN = 9  # numbers of a window in the formula


@dataclass(frozen=True, eq=False)
class _Bench:
    """A part of a map, and what pooling makes of it."""

    part: np.ndarray
    """(1, rows, columns)."""
    kind: str
    window: Window
    pooled: np.ndarray
    """(1, rows, columns)."""
    gradient: np.ndarray
    """Of the sum of `pooled`, by `part`."""


def draw(seen: Subject) -> None:
    """The bench of this view."""
    left, right = st.columns(2, gap="large")
    with left:
        whole = chosen_map(seen)
    with right:
        kind, window = _pooling()
    if whole is None:
        return
    part, top, beside = _part(whole)
    bench = _pool(part, kind, window)
    rows, columns = bench.pooled.shape[1:]
    cell = step_slider(_STEP, rows, columns)
    _three(bench, cell, (top, beside))
    _formula(bench, cell)
    _shift(whole, kind, window)
    _call(bench)
    _ask(whole)


def _pooling() -> tuple[str, Window]:
    kind = st.segmented_control(
        "Pooling",
        (_MAX, _AVERAGE),
        default=_MAX,
        required=True,
        key="lab_pooling_kind",
        persist_state="session",
        label_visibility="collapsed",
    )
    side = st.slider("Window", 2, 4, 2, key="lab_pooling_window", persist_state="session")
    stride = st.slider("Stride", 1, 4, 2, key="lab_pooling_stride", persist_state="session")
    padding = st.slider(
        "Padding", 0, side // 2, 0, key=f"lab_pooling_padding-{side // 2}", persist_state="session"
    )
    return kind, Window((side, side), (stride, stride), (padding, padding))


def _part(whole: np.ndarray) -> tuple[np.ndarray, int, int]:
    """The cells around the largest one, (1, rows, columns), and where they begin."""
    row, column = np.unravel_index(whole.argmax(), whole.shape)
    top, left = (
        int(np.clip(at - _PART // 2, 0, max(0, n - _PART)))
        for at, n in zip((row, column), whole.shape, strict=True)
    )
    return whole[None, top : top + _PART, left : left + _PART], top, left


def _pool(part: np.ndarray, kind: str, window: Window) -> _Bench:
    pooled = _pooled(part, kind, window)
    ones = np.ones_like(pooled)
    if kind == _MAX:
        gradient = max_gradient(part, window, ones)
    else:
        gradient = average_gradient(part.shape[1:], window, ones)
    return _Bench(part, kind, window, pooled, gradient)


def _pooled(part: np.ndarray, kind: str, window: Window) -> np.ndarray:
    return max_pool(part, window) if kind == _MAX else average_pool(part, window)


def _three(bench: _Bench, cell: tuple[int, int], start: tuple[int, int]) -> None:
    """The map, what is pooled, and the gradient that comes back."""
    down, across = bench.window.padding
    # what max pooling adds never wins, and stays empty
    fill = np.nan if bench.kind == _MAX else 0.0
    framed = pad(bench.part, bench.window.padding, value=fill)[0]
    colours = colour_range(bench.part, signed=bool((bench.part < 0).any()))
    lit = met(bench.window, cell)
    winner = _winner(bench, cell)
    if winner is not None:
        lit.append(Frame.cell(winner[0] + down, winner[1] + across))
    inner = Frame(down, across, framed.shape[0] - down, framed.shape[1] - across)

    left, middle, right = st.columns(3, gap="medium")
    rows, columns = bench.part.shape[1:]
    with left:
        st.caption(f"The map from row {start[0]}, column {start[1]}: {rows} × {columns}")
        st.plotly_chart(
            number_grid(framed, lit=lit, within=inner if down else None, colours=colours),
            key="lab_pooling_input",
            config={"displayModeBar": False},
            alt=f"{rows} × {columns} cells of the map, the window lit"
            + (", and in it the cell that wins" if winner else ""),
        )
    with middle:
        st.caption(f"Pooled: {bench.pooled.shape[1]} × {bench.pooled.shape[2]}. Click a cell.")
        st.plotly_chart(
            number_grid(bench.pooled[0], lit=[Frame.cell(*cell)], targets=True),
            key=_FIGURE,
            on_select=lambda: take_step(_STEP, _FIGURE, bench.pooled.shape[2]),
            config={"displayModeBar": False},
            alt=f"What is pooled; the lit cell is {bench.pooled[0][cell]:.4g}",
        )
    with right:
        st.caption("The gradient, from 1 in each pooled cell")
        st.plotly_chart(
            number_grid(
                bench.gradient[0],
                lit=[frame.moved(down, across) for frame in met(bench.window, cell)],
                colours=ColourRange(0.0, float(bench.gradient.max()), False),
            ),
            key="lab_pooling_gradient",
            config={"displayModeBar": False},
            alt=f"{int((bench.gradient > 0).sum())} of {bench.gradient.size} cells get a gradient",
        )


def _winner(bench: _Bench, cell: tuple[int, int]) -> tuple[int, int] | None:
    """Row and column of the part's cell that is the largest of its window."""
    if bench.kind == _AVERAGE:
        return None
    position = int(winners(bench.part, bench.window)[0][cell])
    row, column = divmod(position, bench.part.shape[2])
    return row, column


def _formula(bench: _Bench, cell: tuple[int, int]) -> None:
    rows, columns = bench.window.cells(*cell)
    fill = -np.inf if bench.kind == _MAX else 0.0
    padded = pad(bench.part, bench.window.padding, value=fill)[0]
    values = padded[rows[:, None], columns].ravel()
    shown = [f"{value:.3f}" if value else "0" for value in values[np.isfinite(values)]]
    if len(shown) > _MOST_WRITTEN:
        shown = [*shown[:_MOST_WRITTEN], r"\ldots"]
    value = f"{bench.pooled[0][cell]:.4f}"
    if bench.kind == _MAX:
        formula(
            aligned(
                r"y &= \max_{(i,j)\,\in\,\text{window}} x_{i,j}",
                r"\frac{\partial y}{\partial x_{i,j}} &= "
                r"\begin{cases} 1 & \text{for the largest} \\ 0 & \text{else} \end{cases}",
            ),
            rf"y = \max({', '.join(shown)}) = \mathbf{{{value}}}",
        )
        alike = int((values == values.max()).sum())
        if alike > 1:
            st.caption(
                f"{alike} cells of this window are the largest. The first of them, row by row, "
                "wins and gets the whole gradient: torch's rule, and as good as any other."
            )
        return
    cells = bench.window.size[0] * bench.window.size[1]
    terms = " + ".join(f"({one})" if one.startswith("-") else one for one in shown)
    formula(
        r"y = \frac{1}{k^2} \sum_{(i,j)\,\in\,\text{window}} x_{i,j} \qquad "
        r"\frac{\partial y}{\partial x_{i,j}} = \frac{1}{k^2}",
        rf"y = \frac{{{terms}}}{{{cells}}} = \mathbf{{{value}}} \qquad "
        rf"\frac{{\partial y}}{{\partial x_{{i,j}}}} = \mathbf{{{1 / cells:.4g}}}",
    )


def _shift(whole: np.ndarray, kind: str, window: Window) -> None:
    """How much of a shift of the whole map is left after pooling."""
    by = st.slider(
        "Shift the whole map, columns", 0, 4, 1, key="lab_pooling_shift", persist_state="session"
    )
    by = min(by, whole.shape[1])
    shifted = np.zeros_like(whole)
    shifted[:, by:] = whole[:, : whole.shape[1] - by]
    before = _change(whole, shifted)
    after = _change(_pooled(whole[None], kind, window)[0], _pooled(shifted[None], kind, window)[0])
    numbers(
        {
            f"Shifted by {by}": ["The map", "What is pooled of it"],
            "Changes by": [before, after],
        }
    )
    st.caption(
        r"The size of the difference, $\lVert a - b \rVert / \lVert a \rVert$, in the Euclidean "
        "norm."
    )


def _change(before: np.ndarray, after: np.ndarray) -> str:
    size = float(np.linalg.norm(before))
    return f"{np.linalg.norm(after - before) / size:.0%}" if size else "nothing: it is 0"


def _call(bench: _Bench) -> None:
    rows = [[round(float(value), 4) for value in row] for row in bench.part[0, :4, :4]]
    side, stride, padding = (
        bench.window.size[0],
        bench.window.stride[0],
        bench.window.padding[0],
    )
    call = "max_pool2d" if bench.kind == _MAX else "avg_pool2d"
    torch_call(
        "corner = torch.tensor([\n"
        + "".join(f"    {row},\n" for row in rows)
        + "], requires_grad=True)  # of the map\n"
        f"pooled = torch.nn.functional.{call}(\n"
        f"    corner[None], {side}, stride={stride}, padding={padding}\n)\n"
        "(gradient,) = torch.autograd.grad(pooled.sum(), corner)"
    )


def _ask(whole: np.ndarray) -> None:
    asked = Window((3, 3), (2, 2), (1, 1))
    rows, columns = asked.steps((whole.shape[0], whole.shape[1]))
    ask(
        Number(
            f"The whole map has {whole.shape[0]} × {whole.shape[1]} cells. How many are left by "
            "pooling with a 3 × 3 window, stride 2 and padding 1?",
            rows * columns,
            f"{rows} · {columns} = {rows * columns}: each side becomes (n + 2 - 3) / 2, rounded "
            "down, plus 1.",
        )
    )
