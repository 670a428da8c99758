"""Which feature map of the model is pooled."""

import numpy as np
import streamlit as st

from core.inside import network
from ui.feature_maps.memory import maps_of
from ui.layer_choice import size
from ui.page import plain
from ui.subject import Subject


def chosen_map(seen: Subject) -> np.ndarray | None:
    """A channel of one of the network's blocks, (rows, columns); None where none has a grid."""
    known = network(seen.model)
    blocks = {block.name: block for block in known.blocks if block.grid is not None}
    if not blocks:
        st.caption(
            plain(f"No block of {seen.model.name} keeps a grid of cells: choose another model.")
        )
        return None
    names = list(blocks)
    name = st.selectbox(
        "Block",
        names,
        names.index(known.for_maps.name) if known.for_maps.name in blocks else 0,
        format_func=lambda one: f"{one} · {size(blocks[one])}",
        key=f"lab_pooling_layer-{seen.model.name}",
        persist_state="session",
    )
    maps = maps_of(seen, known, blocks[name]).maps
    key = f"lab_pooling_channel-{seen.model.name}-{name}"
    st.session_state.setdefault(key, int(maps.max((1, 2)).argmax()))
    channel = st.number_input(
        f"Channel of {name}, of {len(maps):,}",
        0,
        len(maps) - 1,
        key=key,
        width=220,
        persist_state="session",
    )
    return maps[int(channel)].astype(np.float64)
