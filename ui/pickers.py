"""Choosing pictures, models and a device."""

import streamlit as st

from core import images, models
from ui import hand
from ui.gallery import Item, gallery

_WAYS = {
    "Samples": ":material/photo_library:",
    "Upload": ":material/upload:",
    "Camera": ":material/photo_camera:",
}


def sample_gallery(key: str) -> None:
    """The sample photographs; a click takes one in hand."""
    held = hand.pictures()
    chosen = held[0].address.get("sample") if len(held) == 1 else None
    items = [
        Item(s.id, s.title, s.alt, images.cached_thumbnail(s.path.read_bytes(), 240))
        for s in images.samples()
    ]
    if not items:
        st.caption("No sample photographs are installed: pip install scikit-image scikit-learn.")
        return
    gallery(items, "Sample photographs", key, hand.pick_sample, chosen)


def picture_picker() -> None:
    """Samples, upload or camera; what is chosen is taken in hand."""
    way = st.segmented_control(
        "Picture from",
        list(_WAYS),
        default="Samples",
        required=True,
        format_func=lambda name: f"{_WAYS[name]} {name}",
        label_visibility="collapsed",
        key="picture_way",
        persist_state="session",
    )
    if way == "Samples":
        sample_gallery("sample_gallery")
    elif way == "Upload":
        st.file_uploader(
            "Pictures",
            type=sorted(suffix.lstrip(".") for suffix in images.SUFFIXES),
            accept_multiple_files=True,
            key="uploads",
            on_change=_take_uploads,
            label_visibility="collapsed",
        )
        st.caption("Pictures stay in this tab until it is reloaded; an address cannot carry them.")
    else:
        st.camera_input("Camera", key="camera", on_change=_take_camera, width=420)


def _take_uploads() -> None:
    uploads = st.session_state["uploads"]
    hand.take_uploads([hand.HeldPicture(u.name, u.getvalue()) for u in uploads])


def _take_camera() -> None:
    shot = st.session_state["camera"]
    if shot is not None:
        hand.take_uploads([hand.HeldPicture("camera.jpg", shot.getvalue())])


def model_picker() -> None:
    """Up to four models, those on this machine first, and the device that they run on."""
    here = models.on_machine_names()
    names = sorted((i.name for i in models.list_models()), key=lambda name: name not in here)
    names = list(dict.fromkeys([*hand.model_names(), *names]))
    st.session_state["models"] = hand.model_names()
    st.multiselect(
        "Models",
        names,
        key="models",
        max_selections=hand.MOST_MODELS,
        select_all=False,
        format_func=lambda name: name if name in here else f"{name} · not here",
        on_change=lambda: hand.take_models(st.session_state["models"]),
        help="One model, or several side by side. Those on this machine come first.",
    )


def device_picker() -> None:
    """Where models run, and half precision where there is CUDA."""
    devices = {device.id: device for device in models.devices()}
    chosen = hand.device()
    names = ["auto", *devices]

    def label(name: str) -> str:
        if name == "auto":
            return "auto (the fastest there is)"
        device = devices[name]
        free = f", {device.free / 2**30:.1f} GiB free" if device.free is not None else ""
        return f"{name}: {device.label}{free}"

    name = st.selectbox(
        "Device",
        names,
        index=names.index(chosen.name) if chosen.name in names else 0,
        format_func=label,
    )
    cuda = any(device.startswith("cuda") for device in devices)
    half = cuda and st.toggle("Half precision (CUDA)", value=chosen.half)
    hand.take_device(hand.Device(name, half and name != "cpu"))
