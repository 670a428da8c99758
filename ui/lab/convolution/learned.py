"""A kernel that the model has learned, on the very numbers that the model gets."""

import numpy as np
import streamlit as st

from core.figures.channel_map import colour_range, large_tile
from core.figures.heatmap import enlarged, png, with_box
from core.figures.lab.number_grid import Frame, met, number_grid
from core.inside.convolutions import FirstConvolution
from core.lab.convolution import Step, step
from core.lab.question import Number
from core.lab.window import pad
from ui.lab.convolution.controls import learned
from ui.lab.station import ask, formula, torch_call
from ui.lab.steps import clicked_cell
from ui.page import plain
from ui.subject import Subject

_ROW, _COLUMN, _FIGURE = "lab_learned_row", "lab_learned_column", "lab_learned_map"
_AROUND = 2  # cells of the map on each side of the one that is looked at
_SIDE = 256  # pixels of a picture, at least
_NARROW = 180  # pixels of a column that holds the products
_COLOURS = ("red", "green", "blue")


def draw(seen: Subject) -> None:
    """One cell of a channel's map: where it lies, and all that is summed up for it."""
    first, channel = learned(seen)
    own = first.outputs[channel]
    with st.container(horizontal=True):
        cell = _place("Row", _ROW, own.shape[0]), _place("Column", _COLUMN, own.shape[1])
    bias = 0.0 if first.bias is None else float(first.bias[channel])
    padded = pad(first.inputs.astype(np.float64), first.window.padding)
    made = step(padded, first.weight[channel], first.window, cell, bias)
    part = Frame(
        max(0, cell[0] - _AROUND),
        max(0, cell[1] - _AROUND),
        min(own.shape[0], cell[0] + _AROUND + 1),
        min(own.shape[1], cell[1] + _AROUND + 1),
    )
    _where(seen, first, own, cell, part)
    _channels(first, padded, made, cell, part)
    _formula(first, made, bias)
    st.caption(
        plain(
            f"{first.name} of {seen.model.name} itself gives {own[cell]:.4f} in row {cell[0]}, "
            f"column {cell[1]} of channel {channel}."
        )
    )
    _call(first)
    _ask(first)


def _place(title: str, key: str, count: int) -> int:
    """A row or column of the map, at first in the middle."""
    st.session_state[key] = min(st.session_state.get(key, count // 2), count - 1)
    if count == 1:
        return 0
    return int(
        st.number_input(
            f"{title} of the map", 0, count - 1, key=key, width=160, persist_state="session"
        )
    )


def _where(
    seen: Subject,
    first: FirstConvolution,
    own: np.ndarray,
    cell: tuple[int, int],
    part: Frame,
) -> None:
    """The picture, the channel's whole map, and the numbers around the cell."""

    def clicked() -> None:
        target = clicked_cell(_FIGURE)
        if target is not None:
            st.session_state[_ROW] = part.top + target[0]
            st.session_state[_COLUMN] = part.left + target[1]

    crop = seen.model.preprocess.crop(seen.picture.image)
    share = (
        part.top / own.shape[0],
        part.left / own.shape[1],
        part.bottom / own.shape[0],
        part.right / own.shape[1],
    )
    colours = colour_range(own, signed=True)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.caption("What the model sees")
        st.image(
            png(with_box(enlarged(crop, _SIDE), share)),
            width="stretch",
            alt="The picture as the model sees it, with a frame around the part that is looked at",
        )
    with middle:
        st.caption(f"Its map: blue is {colours.low:.3g}, yellow {colours.high:.3g}")
        st.image(
            large_tile(own, colours, _SIDE),
            width="stretch",
            alt=f"The map of {own.shape[0]} × {own.shape[1]} cells, from {own.min():.3g} to "
            f"{own.max():.3g}",
        )
    with right:
        st.caption("The framed part of the map. Click a cell.")
        st.plotly_chart(
            number_grid(
                own[part.top : part.bottom, part.left : part.right],
                lit=[Frame.cell(*cell).moved(part.top, part.left)],
                targets=True,
                colours=colours,
            ),
            key=_FIGURE,
            on_select=clicked,
            config={"displayModeBar": False},
            alt=f"Rows {part.top} to {part.bottom - 1}, columns {part.left} to {part.right - 1}; "
            f"the lit cell is {own[cell]:.4f}",
        )


def _channels(
    first: FirstConvolution,
    padded: np.ndarray,
    made: Step,
    cell: tuple[int, int],
    part: Frame,
) -> None:
    """Of each colour the pixels with the window lit, and the products."""
    window = first.window
    top, left = part.top * window.stride[0], part.left * window.stride[1]
    bottom = (part.bottom - 1) * window.stride[0] + window.reach[0]
    right = (part.right - 1) * window.stride[1] + window.reach[1]
    pixels = padded[:, top:bottom, left:right]
    lit = [frame.moved(top, left) for frame in met(window, cell)]
    levels, amounts = colour_range(pixels, signed=True), colour_range(made.products, signed=True)
    for place, name, shown, products, total in zip(
        st.columns(3, gap="medium"), _COLOURS, pixels, made.products, made.sums, strict=True
    ):
        with place:
            st.caption(f"{name.capitalize()}, normalised; below, the window times its kernel")
            st.plotly_chart(
                number_grid(shown, lit=lit, colours=levels),
                key=f"lab_learned_pixels-{name}",
                config={"displayModeBar": False},
                alt=f"The {name} values of {shown.shape[0]} × {shown.shape[1]} pixels, the window "
                "lit among them",
            )
            _, narrow, _ = st.columns([1, 3, 1])
            narrow.plotly_chart(
                number_grid(products, colours=amounts, width=_NARROW),
                key=f"lab_learned_products-{name}",
                config={"displayModeBar": False},
                alt=f"The products of {name}, which sum to {total:.4f}",
            )


def _formula(first: FirstConvolution, made: Step, bias: float) -> None:
    """The sum over the channels, with their own sums."""
    parts = [*zip(_COLOURS, made.sums, strict=True)]
    parts += [("bias", bias)] if first.bias is not None else []
    terms = " + ".join(
        rf"\underbrace{{{_factor(total)}}}_{{\text{{{name}}}}}" for name, total in parts
    )
    formula(
        r"y_{i,j} = \sum_{c} \sum_{u,v} w_{c,u,v} \cdot x_{c,\; s i + d u - p,\; s j + d v - p}"
        + ("+ b" if first.bias is not None else ""),
        rf"{terms} = \mathbf{{{made.value:.4f}}}",
    )


def _factor(value: float) -> str:
    return f"({value:.4f})" if value < 0 else f"{value:.4f}"


def _call(first: FirstConvolution) -> None:
    outputs, channels, height, width = first.weight.shape
    window = first.window
    torch_call(
        f"layer = torch.nn.Conv2d(\n    {channels}, {outputs}, ({height}, {width}), "
        f"stride={window.stride}, padding={window.padding}, dilation={window.dilation}, "
        f"bias={first.bias is not None}\n)\n"
        f"output = layer(torch.rand(1, {', '.join(map(str, first.inputs.shape))}))"
        f"  # {' × '.join(map(str, (1, *first.outputs.shape)))}"
    )


def _ask(first: FirstConvolution) -> None:
    _, channels, height, width = first.weight.shape
    products = channels * height * width
    ask(
        Number(
            "How many products are summed up for one number of this map?",
            products,
            f"{height} · {width} in each of {channels} channels: {products}.",
        )
    )
