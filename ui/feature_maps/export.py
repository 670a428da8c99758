"""What the Feature maps page shows, as files."""

import numpy as np
import streamlit as st

from core.figures.channel_map import large_tile
from core.inside import FeatureMaps, Layer
from core.inside.tables import activations_npz, channels_csv
from ui.feature_maps.channel_grid import Choice


def feature_export(maps: FeatureMaps, choice: Choice) -> None:
    """The layer's activations, its channels' statistics, and the map of the chosen one."""
    name = _file(maps.layer)
    with st.popover("Export", icon=":material/download:"):
        _activations(maps.layer, maps.maps)
        st.download_button(
            "Statistics of all channels (CSV)",
            lambda: channels_csv(maps),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
        )
        st.download_button(
            f"Map of channel {choice.channel} (PNG)",
            lambda: large_tile(maps.maps[choice.channel], choice.colours, 512),
            f"{name}-{choice.channel}.png",
            "image/png",
            on_click="ignore",
        )
        st.caption("`activations` is (channels, rows, columns), float32, as the network gave it.")


def vector_export(layer: Layer, values: np.ndarray) -> None:
    """All numbers of a layer without maps."""
    with st.popover("Export", icon=":material/download:"):
        _activations(layer, values.reshape(layer.shape))


def _activations(layer: Layer, values: np.ndarray) -> None:
    st.download_button(
        "Activations (NPZ)",
        lambda: activations_npz(values, layer.name),
        f"{_file(layer)}.npz",
        "application/octet-stream",
        on_click="ignore",
    )


def _file(layer: Layer) -> str:
    return f"netlens-{layer.name.replace('#', '-')}"
