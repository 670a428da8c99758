"""Where there are no maps: the picture itself, and layers that give a vector."""

import numpy as np
import streamlit as st

from core.figures.vector_bars import vector_bars
from core.images import enlarge
from core.inside import Layer, Network
from ui.feature_maps.export import vector_export
from ui.feature_maps.memory import vector_of
from ui.page import plain
from ui.subject import Subject

_SHOWN = 24


def picture_view(seen: Subject) -> None:
    """The picture as it came, and what goes into the network of it."""
    st.subheader("The picture", anchor=False)
    given, crop = st.columns(2, gap="medium")
    with given:
        st.image(seen.held.thumbnail(720), alt=seen.held.name)
        st.caption(plain(seen.held.name))
    with crop:
        small = seen.model.preprocess.crop(seen.picture.image)
        st.image(enlarge(small, 448), alt=f"What {seen.model.name} sees of {seen.held.name}")
        st.caption(f"What the network sees. {seen.model.preprocess.describe()}")


def vector_view(seen: Subject, network: Network, layer: Layer) -> None:
    """The strongest numbers of a layer without a grid; the logits with the names of classes."""
    values = vector_of(seen, layer)
    logits = layer == network.blocks[-1] and len(values) == len(seen.model.classes)
    order = np.argsort(-values if logits else -np.abs(values), kind="stable")[:_SHOWN]
    if logits:
        labels = [seen.model.classes[i].label for i in order]
        said = "the largest logits; their softmax gives the probabilities"
    else:
        labels = [_place(int(i), layer.shape) for i in order]
        said = "the largest by magnitude"
    st.plotly_chart(
        vector_bars(labels, values[order].tolist()),
        key="vector_bars",
        config={"displayModeBar": False},
        alt=f"Bars: the largest of the {len(values):,} numbers that {layer.name} gives",
    )
    st.caption(f"{len(order)} of {len(values):,} numbers, {said}.")
    vector_export(layer, values)


def _place(position: int, shape: tuple[int, ...]) -> str:
    """Where a number stands in an output of that shape."""
    axes = [
        i for i, length in zip(np.unravel_index(position, shape), shape, strict=True) if length > 1
    ]
    return "#" + ", ".join(map(str, axes or [0]))
