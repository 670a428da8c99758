"""Three ways to a layer: a picture of the network, a slider, a table. The address decides."""

import math

import streamlit as st

from core.errors import LayerError
from core.figures.network_picture import Block, network_picture
from core.inside import Layer, Network
from ui import layer_choice
from ui.feature_maps.layer_table import layer_table
from ui.subject import Subject

INPUT = "input"
"""The stop before the first layer: the picture itself."""

_PICTURE, _SLIDER = "walk_picture", "walk_slider"


def network_walk(seen: Subject, network: Network) -> Layer | None:
    """Draw the three ways; returns the chosen layer, None at the picture itself."""
    default = default_layer(network)
    name = layer_choice.addressed(default, lambda n: n == INPUT or network.get(n))
    layer = None if name == INPUT else network.get(name)
    stops = _stops(network, layer)
    _draw_picture(network, stops, name, default)
    _draw_slider([INPUT, *(stop.name for stop in stops)], name, default)
    layer_table(seen, network, layer, lambda chosen: layer_choice.choose(chosen, default))
    return layer


def default_layer(network: Network) -> str:
    """Where to begin; a network without maps begins at its end."""
    try:
        return network.for_maps.name
    except LayerError:
        return network.blocks[-1].name if network.blocks else INPUT


def _stops(network: Network, layer: Layer | None) -> list[Layer]:
    """The network's blocks, and the chosen layer at its place among them."""
    return [stop for stop in network.layers if stop in network.blocks or stop == layer]


def _draw_picture(network: Network, stops: list[Layer], chosen: str, default: str) -> None:
    rows, columns = network.input_size
    blocks = [Block(INPUT, f"the picture, 3 colours of {rows} × {columns}", 3, rows)]
    blocks += [
        Block(
            stop.name,
            layer_choice.describe(stop),
            stop.channels or math.prod(stop.shape),
            stop.grid[0] if stop.grid else None,
        )
        for stop in stops
    ]

    def picked() -> None:
        points = st.session_state[_PICTURE]["selection"]["points"]
        if points and points[0].get("customdata") in {block.name for block in blocks}:
            layer_choice.choose(points[0]["customdata"], default)

    st.plotly_chart(
        network_picture(blocks, chosen),
        key=_PICTURE,
        on_select=picked,
        config={"displayModeBar": False},
        alt=f"The network as a row of {len(stops)} blocks; {chosen} is chosen",
    )


def _draw_slider(names: list[str], chosen: str, default: str) -> None:
    st.session_state[_SLIDER] = chosen
    st.select_slider(
        "Walk from the picture to the logits",
        names,
        key=_SLIDER,
        on_change=lambda: layer_choice.choose(st.session_state[_SLIDER], default),
    )
    st.caption(
        "Heights show the rows of the grid, widths the channels; flat grey blocks are vectors. "
        "Click a block, move the slider, or take any layer from the table."
    )
