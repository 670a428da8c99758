"""One channel large, in numbers, and the kernel that made it."""

import numpy as np
import streamlit as st

from core import inside
from core.figures.channel_map import channel_map
from core.figures.kernel_strip import colour_kernel, kernel_strip
from core.inside import FeatureMaps
from ui.feature_maps.channel_cell import chosen_cell, take_cell
from ui.feature_maps.channel_grid import Choice
from ui.subject import Subject

_FIGURE = "channel_map"
_OVER, _ALONE = "Over the picture", "Map alone"
_KERNELS = 6


def channel_view(seen: Subject, maps: FeatureMaps, choice: Choice) -> None:
    """Draw the channel over what the model saw; a click chooses a cell."""
    channel = choice.channel
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(f"**Channel {channel}**", width="content")
        over = st.segmented_control(
            "Map",
            [_OVER, _ALONE],
            default=_OVER,
            required=True,
            key="channel_over",
            persist_state="session",
            label_visibility="collapsed",
        )

    def clicked() -> None:
        points = st.session_state[_FIGURE]["selection"]["points"]
        if points and points[0].get("customdata"):
            row, column, *_ = points[0]["customdata"]
            take_cell(seen, maps, (int(row), int(column)))

    numbers = _numbers(maps, channel)
    st.plotly_chart(
        channel_map(
            maps.maps[channel],
            choice.colours,
            maps.crop,
            chosen_cell(seen, maps),
            over=over == _OVER,
        ),
        key=_FIGURE,
        on_select=clicked,
        config={"displayModeBar": False},
        alt=f"Channel {channel} of {maps.layer.name}: {numbers}",
    )
    st.caption(f"{numbers}. Click a cell to see what it can see.")
    _kernel(seen, maps, channel)


def _numbers(maps: FeatureMaps, channel: int) -> str:
    if maps.dead[channel]:
        return "dead: zero in every cell for this picture"
    return (
        f"from {maps.minimum[channel]:.3g} to {maps.maximum[channel]:.3g}, mean "
        f"{maps.mean[channel]:.3g}, {maps.zeros[channel]:.0%} zeros"
    )


def _kernel(seen: Subject, maps: FeatureMaps, channel: int) -> None:
    """The weights with which a convolution makes the channel; nothing for other layers."""
    kernels = inside.kernels(seen.model, maps.layer.name)
    if kernels is None:
        return
    weight = kernels.weight[channel]
    inputs, height, width = weight.shape
    if kernels.rgb is not None:
        picture = colour_kernel(kernels.rgb[channel])
        said = f"Its kernel: {width} × {height} pixels of red, green and blue; grey is zero."
    else:
        strongest = np.argsort(-np.abs(weight).max((1, 2)), kind="stable")[:_KERNELS]
        if height == width == 1:
            weights = ", ".join(f"#{i} {weight[i, 0, 0]:+.2g}" for i in strongest)
            st.caption(f"Its kernel is 1 × 1: it weighs {inputs:,} inputs, most of all {weights}.")
            return
        picture = kernel_strip(weight[strongest])
        said = f"Its kernel, {width} × {height}: grey is zero, white positive, black negative."
        if inputs > len(strongest):
            said = (
                f"The strongest of its {inputs:,} kernels, {width} × {height}, on the inputs "
                + ", ".join(f"#{i}" for i in strongest)
                + "; grey is zero, white positive, black negative."
            )
    st.image(picture, width="content", alt=f"Kernel of channel {channel} of {maps.layer.name}")
    st.caption(said)
