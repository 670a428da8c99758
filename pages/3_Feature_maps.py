"""Feature maps: what each channel of each layer answers to a picture."""

import streamlit as st

from core.inside import Layer, Network, network
from ui.feature_maps.channel_cell import cell_view
from ui.feature_maps.channel_grid import channel_grid
from ui.feature_maps.channel_view import channel_view
from ui.feature_maps.export import feature_export
from ui.feature_maps.layer_table import field_words, stride_words
from ui.feature_maps.memory import maps_of
from ui.feature_maps.network_walk import default_layer, network_walk
from ui.feature_maps.vector_view import picture_view, vector_view
from ui.layer_choice import describe
from ui.page import FEATURE_MAPS, page, plain
from ui.subject import Subject, subject


def heading(known: Network, layer: Layer) -> None:
    """The layer in words."""
    st.subheader(plain(layer.name), anchor=False)
    said = [describe(layer)]
    if layer.grid is not None:
        said.append(f"a cell every {stride_words(layer, known)} pixels")
        said.append(f"receptive field: {field_words(layer)}")
    st.caption(plain(" · ".join(said)))
    if layer.grid is not None and not layer.evidence:
        st.caption("The logits do not depend on the cells of these maps.")
    if known.with_maps and layer.name == default_layer(known):
        st.caption(plain(known.why_maps))


def channels(seen: Subject, known: Network, layer: Layer) -> None:
    """The grid, and beside it the chosen channel and what a cell of it can see."""
    maps = maps_of(seen, known, layer)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        choice = channel_grid(seen, maps)
    with right:
        with st.container(border=True):
            channel_view(seen, maps, choice)
        with st.container(border=True):
            cell_view(seen, maps)
    feature_export(maps, choice)


with page(FEATURE_MAPS):
    st.title("Feature maps")
    seen = subject()
    if seen is not None:
        with st.spinner("Following the picture through the network …"):
            known = network(seen.model)
        if not known.with_maps:
            st.caption(
                "No layer of this network keeps a grid of cells, so there are no maps: its layers "
                "give vectors, drawn as bars."
            )
        layer = network_walk(seen, known)
        if layer is None:
            picture_view(seen)
        else:
            heading(known, layer)
            if layer.grid is None:
                vector_view(seen, known, layer)
            else:
                channels(seen, known, layer)
