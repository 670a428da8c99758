"""The whole picture before and after a kernel."""

import numpy as np
import streamlit as st
from PIL import Image

from core.figures.channel_map import colour_range, large_tile
from core.images import enlarge
from core.lab.convolution import convolve
from core.lab.kernels import kernels
from core.lab.pixels import pixel_grid
from core.lab.question import Choice
from ui.lab.convolution.controls import LEARNED, Setting, learned, setting, size_formula, source
from ui.lab.station import ask, torch_call
from ui.page import plain
from ui.remember import remembered
from ui.subject import Subject

_LONGEST = 320  # pixels
_LEAST = 256  # pixels that are drawn, at least
_SIGNED, _LEVELS = "With its sign", "As grey levels"
_ASKED = ("Box blur", "Sharpen", "Laplacian", "Emboss")


def draw(seen: Subject) -> None:
    """The bench of this view."""
    if source() == LEARNED:
        _learned(seen)
    else:
        _by_hand(seen)


def _by_hand(seen: Subject) -> None:
    chosen = setting()
    window = chosen.window
    before = remembered(
        "lab_whole_picture",
        (seen.picture.sha256, chosen.channel),
        lambda: pixel_grid(seen.picture.image, _LONGEST, chosen.channel),
        most=4,
    )
    after = chosen.applied(before)
    differences = abs(chosen.kernel.sum()) < 1e-9
    how = st.segmented_control(
        "The result is drawn",
        (_SIGNED, _LEVELS),
        default=_SIGNED if differences else _LEVELS,
        required=True,
        key=f"lab_convolution_drawn-{differences}",
        persist_state="session",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        st.image(
            _grey(before),
            width="stretch",
            alt=f"The {chosen.channel.lower()} channel, {_by(before.shape)} pixels",
        )
        st.caption(f"Before: {_by(before.shape)} pixels, levels from 0 to 255")
    with right:
        _after(after, how, chosen)
    size_formula(before.shape, window)
    _call(before, after, chosen)
    _ask()


def _after(after: np.ndarray, how: str, chosen: Setting) -> None:
    low, high = after.min(), after.max()
    said = f"After {chosen.name}: {_by(after.shape)} cells, from {low:.4g} to {high:.4g}"
    if how == _SIGNED:
        colours = colour_range(after, signed=True)
        picture = large_tile(after, colours, _LEAST)
        scale = f"blue is {-colours.high:.4g}, dark 0, yellow {colours.high:.4g}"
    else:
        picture = _grey(after)
        outside = float(((after < 0) | (after > 255)).mean())
        scale = f"black is 0 and less, white 255 and more; {outside:.1%} lie beyond"
    st.image(picture, width="stretch", alt=said)
    st.caption(f"{said}; {scale}")


def _grey(values: np.ndarray) -> bytes:
    """Levels as a picture; what lies outside of 0 to 255 is cut."""
    return enlarge(Image.fromarray(values.clip(0, 255).round().astype(np.uint8)), _LEAST)


def _call(before: np.ndarray, after: np.ndarray, chosen: Setting) -> None:
    window, size = chosen.window, chosen.window.size
    rows = [[float(f"{weight:.6g}") for weight in row] for row in chosen.kernel]
    mode = "" if chosen.mode == "zeros" else f', padding_mode="{chosen.mode}"'
    torch_call(
        f"layer = torch.nn.Conv2d(\n    1, 1, {size}, stride={window.stride}, "
        f"padding={window.padding}, dilation={window.dilation}, bias=False{mode}\n)\n"
        f"layer.weight.data = torch.tensor({[[rows]]})\n"
        f"output = layer(torch.rand(1, 1, {before.shape[0]}, {before.shape[1]}))"
        f"  # 1 × 1 × {_by(after.shape)}"
    )


def _ask() -> None:
    usual = kernels(3)
    totals = [float(usual[name].sum()) for name in _ASKED]
    right = next(i for i, total in enumerate(totals) if abs(total) < 1e-9)
    ask(
        Choice(
            "A wall is painted in one single grey. Which kernel turns its picture to 0?",
            _ASKED,
            right,
            "On one level every product is the weight times that level, so the result is the level "
            "times the sum of the weights: "
            + ", ".join(f"{name} {total:g}" for name, total in zip(_ASKED, totals, strict=True))
            + ".",
        )
    )


def _learned(seen: Subject) -> None:
    """A channel of the model's first convolution, counted by hand from what the model gets."""
    first, channel = learned(seen)
    window = first.window
    bias = None if first.bias is None else first.bias[channel : channel + 1]
    after = convolve(
        first.inputs,
        first.weight[channel : channel + 1],
        bias,
        stride=window.stride,
        padding=window.padding,
        dilation=window.dilation,
    )[0]
    apart = float(np.abs(after - first.outputs[channel]).max())
    colours = colour_range(after, signed=True)
    crop = seen.model.preprocess.crop(seen.picture.image)
    left, right = st.columns(2, gap="medium")
    with left:
        st.image(enlarge(crop, _LEAST), width="stretch", alt="The picture as the model sees it")
        st.caption(f"Before: {_by(crop.size[::-1])} pixels in red, green and blue")
    with right:
        said = f"Channel {channel}: {_by(after.shape)} cells, from {after.min():.3g} to "
        said += f"{after.max():.3g}"
        st.image(large_tile(after, colours, _LEAST), width="stretch", alt=said)
        st.caption(
            plain(
                f"{said}; blue is {-colours.high:.3g}, dark 0, yellow {colours.high:.3g}. From "
                f"what {seen.model.name} gives itself it is {apart:.1g} away at most, which is "
                "rounding."
            )
        )


def _by(sides: tuple[int, ...]) -> str:
    return " × ".join(map(str, sides))
