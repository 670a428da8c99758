"""Which layer is looked at: the address keeps it under ``layer``, and nothing else does."""

import math
from collections.abc import Callable

import streamlit as st

from core.errors import LayerError
from core.inside import Layer, Network
from ui.page import plain

_PARAM = "layer"
_LAST = "layer_last"


def layer_choice(network: Network, default: str, key: str) -> str:
    """A select of the layers that have maps; returns the name of the chosen one."""
    chosen = addressed(default, network.spatial)
    shapes = {layer.name: describe(layer) for layer in network.with_maps}
    st.session_state[key] = chosen
    st.selectbox(
        "Layer",
        list(shapes),
        key=key,
        format_func=lambda name: f"{name} · {shapes[name]}",
        on_change=lambda: choose(st.session_state[key], default),
    )
    return chosen


def addressed(default: str, find: Callable[[str], object]) -> str:
    """The layer that the address names, or the default.

    Where `find` raises LayerError, its sentence is shown and the name is taken out of the address.
    A name that was good before has become wrong with the choice of another model, and goes quietly.
    """
    name = st.query_params.get(_PARAM, default)
    try:
        find(name)
    except LayerError as error:
        st.query_params.pop(_PARAM, None)
        if name != st.session_state.get(_LAST):
            st.warning(plain(str(error)), icon=":material/link_off:")
        return default
    st.session_state[_LAST] = name
    return name


def choose(name: str, default: str) -> None:
    """Make another layer the chosen one; the address leaves out the default."""
    if name == default:
        st.query_params.pop(_PARAM, None)
    elif st.query_params.get(_PARAM) != name:
        st.query_params[_PARAM] = name


def describe(layer: Layer) -> str:
    """Its type, and how many channels of which grid, or numbers, it gives."""
    return f"{layer.type} · {size(layer)}"


def size(layer: Layer) -> str:
    """How many channels of which grid, or numbers, a layer gives."""
    if not layer.shape:
        return "no tensor"
    if layer.grid is None:
        return f"{math.prod(layer.shape):,} numbers"
    return f"{layer.channels:,} channels of {layer.grid[0]} × {layer.grid[1]}"
