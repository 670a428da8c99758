"""Home's line of figures: model, device, weights and data."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import data, models
from core.errors import NetlensError
from ui import hand
from ui.page import plain


def metrics() -> DeltaGenerator:
    """Four figures; returns the place for the device's, which needs torch and so comes last."""
    with st.container(horizontal=True):
        info = models.info(hand.model_names()[0])
        st.metric("Model", f"{info.classes:,} classes", border=True, help=info.name)
        place = st.empty()
        place.metric("Device", "…", border=True)
        trained = {model.name for model in models.list_models() if not model.is_untrained}
        here, known = len(trained & set(models.on_machine_names())), len(trained)
        st.metric(
            "Weights here",
            f"{here:,} of {known:,}",
            border=True,
            help="Models whose weights are on this machine; the others can be downloaded.",
        )
        st.metric("Data", _data(), border=True, help="Data sets registered on the Classes page.")
    return place


def device(place: DeltaGenerator) -> None:
    """Fill in the device that models run on."""
    wanted = hand.device().name
    chosen = models.resolve_device(wanted)
    found = {device.id: device for device in models.devices()}
    described = found.get(str(chosen)) or found.get(chosen.type)
    label = described.label if described else ""
    place.metric("Device", str(chosen).upper(), border=True, help=plain(label))


def _data() -> str:
    try:
        entries = data.registered()
    except NetlensError:
        return "unreadable"
    if not entries:
        return "none yet"
    return entries[0].name if len(entries) == 1 else f"{len(entries)} sets"
