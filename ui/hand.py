"""What the user has in hand: pictures and models, which go along from page to page.

The address carries what it can (``?sample=``, ``?data=`` with ``?item=``, ``?model=``); uploaded
pictures live in the browser's session only.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core import data, images, models
from core.errors import DataError, NetlensError
from ui import datasets

MOST_MODELS = 4  # side by side

_PICTURES = "hand_pictures"
_MODELS = "hand_models"
_DEVICE = "hand_device"
_PROBLEMS = "hand_problems"
_WRITTEN = "hand_address"
_PUT_DOWN = "hand_times_put_down"
_ADDRESSED = ("sample", "data", "item")
KEYS = (*_ADDRESSED, "model")


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """A picture as it came: its encoded bytes, and the part of the address that names it."""

    name: str
    encoded: bytes
    address: dict[str, str] = field(default_factory=dict)
    truth: data.DataClass | None = None  # as its data set labels it
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.encoded).hexdigest())

    def thumbnail(self, size: int) -> bytes:
        """A JPEG whose longer side has `size` pixels. Raises PictureError."""
        return images.cached_thumbnail(self.encoded, size, self.name, self.sha256)


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run; `half` asks for half precision, which only CUDA has."""

    name: str = "auto"
    half: bool = False


def pictures() -> tuple[HeldPicture, ...]:
    """The pictures in hand, none or one or many."""
    return st.session_state.get(_PICTURES, ())


def pick_sample(name: str) -> None:
    """Take a sample photograph in hand; for callbacks, where nothing can be shown yet."""
    try:
        st.session_state[_PICTURES] = (_sample(name),)
    except (NetlensError, OSError) as error:
        st.session_state.setdefault(_PROBLEMS, []).append(str(error))
    write_address()


def take_uploads(uploads: Sequence[HeldPicture]) -> None:
    """Take uploaded pictures or a camera's in hand, each once; none puts down what was there."""
    kept = {(picture.sha256, picture.name): picture for picture in uploads}
    st.session_state[_PICTURES] = tuple(kept.values())
    write_address()


def put_down() -> None:
    """Have no picture in hand."""
    st.session_state[_PUT_DOWN] = times_put_down() + 1
    take_uploads(())


def times_put_down() -> int:
    """How often pictures were put down: what showed them then starts anew."""
    return st.session_state.get(_PUT_DOWN, 0)


def model_names() -> list[str]:
    """The models in hand, at least one; that of a run that was deleted is none any more."""
    held = st.session_state.get(_MODELS, [])
    return [name for name in held if _is_there(name)] or [models.DEFAULT_MODEL]


def _is_there(name: str) -> bool:
    try:
        return bool(models.info(name))
    except NetlensError:
        return False


def take_models(names: Sequence[str]) -> None:
    """Take models in hand; none means the bundled one."""
    st.session_state[_MODELS] = list(names)
    write_address()


def device() -> Device:
    """Where models run in this session."""
    return st.session_state.get(_DEVICE, Device())


def take_device(chosen: Device) -> None:
    """Choose where models run in this session."""
    st.session_state[_DEVICE] = chosen


def link_params() -> dict[str, str | list[str]]:
    """What an address must carry to bring back what is in hand."""
    params: dict[str, str | list[str]] = {}
    held = pictures()
    if len(held) == 1:
        params |= held[0].address
    if model_names() != [models.DEFAULT_MODEL]:
        params["model"] = model_names()
    return params


def write_address() -> None:
    """Make the address bar say what is in hand, and leave its other parts alone."""
    params = link_params()
    for key in KEYS:
        wanted = params.get(key, [])
        wanted = [wanted] if isinstance(wanted, str) else wanted
        # writing what is there already would overwrite the entry before in the browser's history
        if st.query_params.get_all(key) == wanted:
            continue
        if wanted:
            st.query_params[key] = wanted
        else:
            del st.query_params[key]
    st.session_state[_WRITTEN] = _address()


def adopt_address() -> list[str]:
    """Take in hand what the address names; returns a sentence for each part that is not right.

    An address that is not the one written last was opened by the user (a link, or Back), and what
    it does not name is no longer in hand, but for uploads, which it cannot name. What is wrong is
    taken out of the address, so that it is said once.
    """
    problems: list[str] = st.session_state.pop(_PROBLEMS, [])
    if _address() != st.session_state.get(_WRITTEN):
        st.session_state[_MODELS] = _addressed_models(problems)
        _adopt_picture(problems)
        write_address()
    return problems


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in KEYS}


def _addressed_models(problems: list[str]) -> list[str]:
    names = list(dict.fromkeys(st.query_params.get_all("model")))
    if len(names) > MOST_MODELS:
        problems.append(f"At most {MOST_MODELS} models go side by side; the others are left out.")
    good = []
    for name in names[:MOST_MODELS]:
        try:
            good.append(models.info(name).name)
        except NetlensError as error:
            problems.append(str(error))
    return good


def _adopt_picture(problems: list[str]) -> None:
    wanted = {key: st.query_params[key] for key in _ADDRESSED if key in st.query_params}
    held = pictures()
    current = held[0].address if len(held) == 1 else {}
    if wanted == current:
        return
    try:
        st.session_state[_PICTURES] = (_addressed_picture(wanted),) if wanted else ()
    except (NetlensError, OSError) as error:
        problems.append(str(error))


def _addressed_picture(wanted: dict[str, str]) -> HeldPicture:
    item = wanted.get("item", "")
    if "sample" in wanted:
        return _sample(wanted["sample"])
    if "data" in wanted and item.isascii() and item.isdecimal() and len(item) < 12:
        return _item(wanted["data"], int(item))
    raise DataError("The address names a picture of a data set by data= and item= (a number).")


def _sample(name: str) -> HeldPicture:
    sample = images.sample(name)
    return HeldPicture(sample.title, sample.path.read_bytes(), {"sample": name})


def _item(dataset: str, item: int) -> HeldPicture:
    opened = datasets.opened(dataset)
    encoded = opened.read(item)
    truth = opened.classes[opened.labels[item]]
    return HeldPicture(opened.file(item), encoded, {"data": dataset, "item": str(item)}, truth)
