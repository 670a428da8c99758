"""What can be set of a convolution: a kernel and how it steps, or a kernel of the model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.kernel_strip import colour_kernel
from core.inside.convolutions import FirstConvolution, first_convolution
from core.lab.convolution import convolve
from core.lab.kernels import SIZES, kernels
from core.lab.pixels import CHANNELS
from core.lab.window import Window
from ui.lab.station import aligned, formula
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.subject import Subject

HAND, LEARNED = "Set by hand", "Learned by the model"
_FIRST_PRESET = "Sobel x"
_PRESET = "lab_convolution_preset"
_WIDTH = {1: 110, 3: 92, 5: 66}  # pixels of a number's field
_LARGEST = 999.0  # weight that can be set
_PADDING_MODES = ("zeros", "reflect")


@dataclass(frozen=True, eq=False)
class Setting:
    """A kernel for one channel, and how it steps."""

    channel: str
    kernel: np.ndarray
    """(size, size)."""
    name: str
    window: Window
    mode: str
    """How the padding is filled."""

    def applied(self, grid: np.ndarray) -> np.ndarray:
        """(rows, columns) of one channel -> what the convolution makes of it."""
        return convolve(
            grid[None],
            self.kernel[None, None],
            stride=self.window.stride,
            padding=self.window.padding,
            dilation=self.window.dilation,
            mode=self.mode,
        )[0]


def source() -> str:
    """Whose kernel it is: `HAND` or `LEARNED`."""
    return st.segmented_control(
        "Kernel",
        (HAND, LEARNED),
        default=HAND,
        required=True,
        key="lab_convolution_source",
        persist_state="session",
        label_visibility="collapsed",
    )


def setting(more: Callable[[], None] | None = None) -> Setting:
    """Draw the kernel with its numbers, and beside it the other controls, ended by `more`."""
    left, right = st.columns(2, gap="large")
    with left:
        size = st.segmented_control(
            "Kernel size",
            SIZES,
            default=3,
            required=True,
            format_func=lambda k: f"{k} × {k}",
            key="lab_convolution_size",
            persist_state="session",
            on_change=_follow_size,
        )
        name, kernel = _kernel(size)
    with right:
        channel = st.segmented_control(
            "Channel of the picture",
            CHANNELS,
            default=CHANNELS[0],
            required=True,
            key="lab_convolution_channel",
            persist_state="session",
        )
        stride, padding, dilation = (
            st.slider(
                title,
                least,
                most,
                first,
                key=f"lab_convolution_{title.lower()}",
                persist_state="session",
            )
            for title, least, most, first in (
                ("Stride", 1, 4, 1),
                ("Padding", 0, 4, 0),
                ("Dilation", 1, 3, 1),
            )
        )
        mode = _PADDING_MODES[0]
        if padding:
            mode = st.segmented_control(
                "Padding is filled with",
                _PADDING_MODES,
                default=_PADDING_MODES[0],
                required=True,
                format_func={"zeros": "Zeros", "reflect": "The picture, reflected"}.__getitem__,
                key="lab_convolution_mode",
                persist_state="session",
            )
        if more is not None:
            more()
    pairs = [(number, number) for number in (size, stride, padding, dilation)]
    return Setting(channel, kernel, name, Window(*pairs), mode)


def learned(seen: Subject) -> tuple[FirstConvolution, int]:
    """The model's first convolution, and the channel that is looked at.

    Raises LayerError where the model has none that can be followed.
    """
    first = remembered(
        "lab_first_convolution",
        subject_key(seen.model, seen.picture),
        lambda: first_convolution(seen.model, seen.picture),
        most=2,
    )
    channels = len(first.weight)
    key = f"lab_convolution_learned-{seen.model.name}"
    liveliest = int(np.abs(first.outputs).max((1, 2)).argmax())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.session_state.setdefault(key, liveliest)
        channel = st.number_input(
            f"Channel, of {channels:,}",
            0,
            channels - 1,
            key=key,
            width=160,
            persist_state="session",
        )
        kernel = first.weight[channel]
        shades = 127.5 + 127.5 * kernel / max(float(np.abs(kernel).max()), 1e-12)
        st.image(
            colour_kernel(shades.transpose(1, 2, 0).round().astype(np.uint8)),
            width=96,
            alt=f"The kernel of channel {channel} in red, green and blue; grey is zero",
        )
        height, width = first.window.size
        st.caption(
            plain(
                f"{first.name} of {seen.model.name}: {height} × {width} weights for each of red, "
                f"green and blue, stride {first.window.stride[0]}, padding "
                f"{first.window.padding[0]}. The picture is drawn here as the model gets it: "
                f"{first.inputs.shape[1]} × {first.inputs.shape[2]} pixels, normalised."
            )
        )
    return first, int(channel)


def size_formula(grid: tuple[int, ...], window: Window) -> None:
    """How many places the window has, down and across."""
    filled = [
        rf"\left\lfloor \tfrac{{{n}+2\cdot{p}-{d}\cdot({k}-1)-1}}{{{s}}} \right\rfloor\!"
        rf"+\!1 = \mathbf{{{cells}}}"
        for n, p, d, k, s, cells in zip(
            grid,
            window.padding,
            window.dilation,
            window.size,
            window.stride,
            window.steps((grid[0], grid[1])),
            strict=True,
        )
    ]
    formula(
        r"n_{out} = \left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1",
        aligned(rf"\text{{rows}}\ & {filled[0]}", rf"\text{{columns}}\ & {filled[1]}"),
    )


def _kernel(size: int) -> tuple[str, np.ndarray]:
    """The fields of its numbers, and the presets that fill them."""
    usual = kernels(size)
    st.session_state.setdefault(_PRESET, _FIRST_PRESET)
    st.pills(
        "Kernel",
        list(usual),
        key=_PRESET,
        on_change=_take_preset,
        args=(size,),
        wrap=True,
        persist_state="session",
    )
    for row in range(size):
        with st.container(horizontal=True, gap="xsmall"):
            for column in range(size):
                key = _cell(size, row, column)
                first = usual.get(_FIRST_PRESET, usual["Identity"])
                st.session_state.setdefault(key, float(first[row, column]))
                st.number_input(
                    f"Row {row}, column {column}",
                    -_LARGEST,
                    _LARGEST,
                    step=1.0,
                    format="%.4g",
                    key=key,
                    on_change=_own_kernel,
                    label_visibility="collapsed",
                    width=_WIDTH[size],
                    persist_state="session",
                )
    kernel = np.array(
        [
            [st.session_state[_cell(size, row, column)] for column in range(size)]
            for row in range(size)
        ]
    )
    total = float(kernel.sum())
    st.caption(f"The weights sum to {total:.4g}: {_tendency(total)}")
    return st.session_state[_PRESET] or "your own", kernel


def _tendency(total: float) -> str:
    if abs(total) < 1e-9:
        return "a plain surface gives 0, only differences are seen."
    if abs(total - 1) < 1e-9:
        return "a plain surface keeps its level."
    return f"a plain surface is multiplied by {total:.4g}."


def _cell(size: int, row: int, column: int) -> str:
    return f"lab_convolution_weight-{size}-{row}-{column}"


def _take_preset(size: int) -> None:
    """Fill the fields; a preset that is clicked again is taken again."""
    name = st.session_state[_PRESET]
    if name is None:
        return
    for (row, column), value in np.ndenumerate(kernels(size)[name]):
        st.session_state[_cell(size, row, column)] = float(value)


def _own_kernel() -> None:
    st.session_state[_PRESET] = None


def _follow_size() -> None:
    """The same preset in another size, the identity where it has none."""
    size = st.session_state["lab_convolution_size"]
    if st.session_state.get(_PRESET) not in kernels(size):
        st.session_state[_PRESET] = "Identity"
    _take_preset(size)
