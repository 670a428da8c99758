"""Choosing pictures, models and a device."""

import functools

import streamlit as st

from core import images, models
from ui import hand
from ui.gallery import Item, gallery
from ui.run_names import run_name

_WAYS = {
    "Samples": ":material/photo_library:",
    "Upload": ":material/upload:",
    "Camera": ":material/photo_camera:",
}

_EARLIER = "uploads_earlier"


def sample_gallery(key: str) -> None:
    """The sample photographs; a click takes one in hand."""
    held = hand.pictures()
    chosen = held[0].address.get("sample") if len(held) == 1 else None
    items = _sample_items()
    if not items:
        st.caption("No sample photographs are installed: pip install scikit-image scikit-learn.")
        return
    gallery(items, "Sample photographs", key, hand.pick_sample, chosen)


@functools.cache
def _sample_items() -> tuple[Item, ...]:
    """Made once: installed photographs do not change, and reading them takes time in every run."""
    return tuple(
        Item(s.id, s.title, s.alt, images.cached_thumbnail(s.path.read_bytes(), 240))
        for s in images.samples()
    )


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
        _uploader()
    else:
        st.camera_input("Camera", key="camera", on_change=_take_camera, width=420)


def _uploader() -> None:
    """Upload; what was uploaded before the page was left stays in hand beside what is added."""
    key = f"uploads-{hand.times_put_down()}"  # a new widget, empty, after they were put down
    if not st.session_state.get(key):
        st.session_state[_EARLIER] = [p for p in hand.pictures() if not p.address]
    st.file_uploader(
        "Pictures",
        type=sorted(suffix.lstrip(".") for suffix in images.SUFFIXES),
        accept_multiple_files=True,
        key=key,
        on_change=_take_uploads,
        args=(key,),
        label_visibility="collapsed",
    )
    st.caption("Pictures stay in this tab until it is reloaded; an address cannot carry them.")


def _take_uploads(key: str) -> None:
    added = [hand.HeldPicture(u.name, u.getvalue()) for u in st.session_state[key]]
    hand.take_uploads([*st.session_state[_EARLIER], *added])


def _take_camera() -> None:
    shot = st.session_state["camera"]
    if shot is not None:
        hand.take_uploads([hand.HeldPicture("camera.jpg", shot.getvalue())])


def model_picker() -> None:
    """Up to four models, those on this machine first, and the device that they run on."""
    names = model_options()
    st.session_state["models"] = hand.model_names()
    st.multiselect(
        "Models",
        list(names),
        key="models",
        max_selections=hand.MOST_MODELS,
        select_all=False,
        format_func=names.__getitem__,
        on_change=lambda: hand.take_models(st.session_state["models"]),
        help="One model, or several side by side. Those on this machine come first.",
    )


def model_options() -> dict[str, str]:
    """Every model's name and how it is listed: those in hand first, then those on this machine."""
    here = models.on_machine_names()
    zoo = models.list_models()
    others = sorted((i.name for i in zoo), key=lambda name: name not in here)
    untrained = {i.name for i in zoo if i.is_untrained}
    names = dict.fromkeys([*hand.model_names(), *others])

    def label(name: str) -> str:
        if name in untrained:
            return f"{name} · untrained"
        return f"{given} · {name}" if (given := run_name(name)) else name

    return {name: label(name) if name in here else f"{name} · not here" for name in names}


def device_picker() -> None:
    """Where models run, and half precision where there is CUDA."""
    devices = {device.id: device for device in models.devices()}
    chosen = hand.device()
    names = ["auto", *devices]

    def label(name: str) -> str:
        if name == "auto":
            return "auto (the fastest there is)"
        return devices[name].describe()

    if st.session_state.get("device_name") not in names:
        st.session_state["device_name"] = chosen.name if chosen.name in names else "auto"
    name = st.selectbox(
        "Device", names, format_func=label, key="device_name", persist_state="session"
    )
    cuda = any(device.startswith("cuda") for device in devices)
    half = cuda and st.toggle("Half precision (CUDA)", key="half", persist_state="session")
    hand.take_device(hand.Device(name, half and name != "cpu"))
