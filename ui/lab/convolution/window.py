"""One window after the other: what it meets, the products, and their sum."""

import numpy as np
import streamlit as st

from core.figures.lab.convolution import MOST_STEPS, walking
from core.figures.lab.number_grid import Frame, met, number_grid
from core.lab.convolution import Step, step
from core.lab.pixels import pixel_grid
from core.lab.question import Number
from core.lab.window import Window, pad
from ui.lab.convolution import learned
from ui.lab.convolution.controls import LEARNED, Setting, setting, size_formula, source
from ui.lab.station import ask, formula, torch_call
from ui.lab.steps import step_slider, take_step
from ui.subject import Subject

_STEP, _FIGURE = "lab_convolution_step", "lab_convolution_output"
_BY_STEP, _PLAYED = "Step by step", "Played"
_NARROW = 160  # pixels of the column in the middle


def draw(seen: Subject) -> None:
    """The bench of this view."""
    if source() == LEARNED:
        learned.draw(seen)
    else:
        _by_hand(seen)


def _by_hand(seen: Subject) -> None:
    def more() -> None:
        st.slider("Pixels on the longer side", 4, 24, 10, key="lab_grid", persist_state="session")

    chosen = setting(more)
    grid = pixel_grid(seen.picture.image, st.session_state["lab_grid"], chosen.channel)
    window = chosen.window
    rows, columns = window.steps(grid.shape)
    outputs = chosen.applied(grid)
    padded = pad(grid[None], window.padding, chosen.mode)
    how = st.segmented_control(
        "The window",
        (_BY_STEP, _PLAYED),
        default=_BY_STEP,
        required=True,
        key="lab_convolution_how",
        persist_state="session",
        label_visibility="collapsed",
    )
    if how == _PLAYED and outputs.size > MOST_STEPS:
        st.caption(
            f"The output has {outputs.size} cells, and a walk of up to {MOST_STEPS} is played: "
            "choose fewer pixels, less padding or a larger stride."
        )
    elif how == _PLAYED:
        st.plotly_chart(
            walking(padded[0], outputs, window),
            key="lab_convolution_walk",
            config={"displayModeBar": False},
            alt=f"A window of {_by(window.reach)} pixels walks over {_by(padded.shape[1:])} and "
            f"fills an output of {rows} × {columns} cells",
        )
    else:
        cell = step_slider(_STEP, rows, columns)
        made = step(padded, chosen.kernel[None], window, cell)
        _three(padded[0], chosen, made, outputs, cell)
        formula(
            r"y_{i,j} = \sum_{u,v} w_{u,v} \cdot x_{s i + d u - p,\; s j + d v - p}",
            _written(made, chosen.kernel[None]),
        )
    size_formula(grid.shape, window)
    if how == _BY_STEP:
        _call(grid, chosen, made, (rows, columns))
    _ask(grid.shape)


def _three(
    padded: np.ndarray, chosen: Setting, made: Step, outputs: np.ndarray, cell: tuple[int, int]
) -> None:
    """The input, the products and the output side by side."""
    window = chosen.window
    rows, columns = window.cells(*cell)
    inner = Frame(
        window.padding[0],
        window.padding[1],
        padded.shape[0] - window.padding[0],
        padded.shape[1] - window.padding[1],
    )

    left, middle, right = st.columns([4, 2, 4], gap="medium")
    with left:
        framed = ", with its padding" if any(window.padding) else ""
        st.caption(f"{chosen.channel} levels from 0 to 255{framed}")
        st.plotly_chart(
            number_grid(
                padded, levels=True, lit=met(window, cell), within=inner if framed else None
            ),
            key="lab_convolution_input",
            config={"displayModeBar": False},
            alt=f"{_by(padded.shape)} pixels; lit are rows {_listed(rows)} and columns "
            f"{_listed(columns)}",
        )
    with middle:
        st.caption("Times the kernel")
        st.plotly_chart(
            number_grid(made.products[0], width=_NARROW),
            key="lab_convolution_products",
            config={"displayModeBar": False},
            alt=f"The products of the window and the kernel, which sum to {made.value:.4g}",
        )
    with right:
        st.caption(f"The sums: {_by(outputs.shape)} cells. Click one.")
        st.plotly_chart(
            number_grid(outputs, lit=[Frame.cell(*cell)], targets=True),
            key=_FIGURE,
            on_select=lambda: take_step(_STEP, _FIGURE, outputs.shape[1]),
            config={"displayModeBar": False},
            alt=f"The output; in row {cell[0]}, column {cell[1]} stands {made.value:.4g}",
        )


def _written(made: Step, kernel: np.ndarray) -> str:
    """Window and kernel as matrices, their products, and the sum."""
    return (
        rf"{_matrix(made.window[0])} \odot {_matrix(kernel[0])} = {_matrix(made.products[0])}"
        rf"\quad \textstyle\sum = \mathbf{{{_entry(made.value)}}}"
    )


def _matrix(values: np.ndarray) -> str:
    rows = r" \\ ".join(" & ".join(_entry(value) for value in row) for row in values)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _entry(value: float) -> str:
    """Without an exponent, and never -0."""
    return f"{value + 0.0:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _call(grid: np.ndarray, chosen: Setting, made: Step, steps: tuple[int, int]) -> None:
    """The lit window as tensors, and the whole call on a picture of this size."""
    window = chosen.window
    picture = f"torch.rand(1, 1, {grid.shape[0]}, {grid.shape[1]})"
    padding = window.padding[0]
    if chosen.mode == "reflect" and padding:
        around = ", ".join([str(padding)] * 4)
        picture = f'torch.nn.functional.pad({picture}, ({around}), mode="reflect")'
        padding = 0
    torch_call(
        f"window = torch.tensor({_rounded(made.window[0])})\n"
        f"kernel = torch.tensor({_rounded(chosen.kernel)})\n"
        f"value = (window * kernel).sum()  # {_entry(made.value)}\n"
        f"picture = {picture}  # of this size\n"
        "output = torch.nn.functional.conv2d(\n"
        f"    picture, kernel[None, None], stride={window.stride[0]}, padding={padding}, "
        f"dilation={window.dilation[0]}\n"
        f")  # 1 × 1 × {steps[0]} × {steps[1]}"
    )


def _rounded(values: np.ndarray) -> list[list[float]]:
    return [[float(f"{value:.6g}") for value in row] for row in values]


def _ask(grid: tuple[int, ...]) -> None:
    asked = Window((3, 3), (2, 2), (1, 1))
    rows, columns = asked.steps((grid[0], grid[1]))
    ask(
        Number(
            f"A 3 × 3 kernel steps over these {grid[0]} × {grid[1]} pixels with stride 2 and "
            "padding 1. How many cells has the output, rows times columns?",
            rows * columns,
            f"Down, ({grid[0]} + 2 - 2 - 1) / 2, rounded down, plus 1 is {rows}; across it is "
            f"{columns}; {rows} · {columns} = {rows * columns}.",
        )
    )


def _by(sides: tuple[int, ...]) -> str:
    return " × ".join(map(str, sides))


def _listed(positions: np.ndarray) -> str:
    return ", ".join(map(str, positions))
