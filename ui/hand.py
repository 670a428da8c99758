"""What the user has in hand: pictures and models, which go along from page to page.

The address carries what it can (``?sample=``, ``?data=`` with ``?item=``, ``?model=``); uploaded
pictures live in the browser's session only.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core import images, models
from core.errors import DataError, NetlensError
from ui import datasets

_PICTURES = "hand_pictures"
_MODELS = "hand_models"
_DEVICE = "hand_device"
_ADDRESSED = ("sample", "data", "item")
MOST_MODELS = 4  # side by side


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """A picture as it came: its encoded bytes, and the part of the address that names it."""

    name: str
    data: bytes
    address: dict[str, str] = field(default_factory=dict)
    sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.data).hexdigest())


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run; `half` asks for half precision, which only CUDA has."""

    name: str = "auto"
    half: bool = False


def pictures() -> tuple[HeldPicture, ...]:
    """The pictures in hand, none or one or many."""
    return st.session_state.get(_PICTURES, ())


def take_sample(name: str) -> None:
    """Take a sample photograph in hand. Raises PictureError."""
    sample = images.sample(name)
    _take((HeldPicture(sample.title, sample.path.read_bytes(), {"sample": name}),))


def take_item(dataset: str, item: int) -> None:
    """Take a picture of a registered data set in hand. Raises DataError."""
    opened = datasets.opened(dataset)
    if not 0 <= item < len(opened):
        raise DataError(f"{dataset} has {len(opened)} pictures, numbered from 0; {item} is none.")
    address = {"data": dataset, "item": str(item)}
    _take((HeldPicture(opened.file(item), opened.read(item), address),))


def take_uploads(uploads: Sequence[HeldPicture]) -> None:
    """Take uploaded pictures or a camera's in hand; the address cannot carry them."""
    _take(tuple(uploads))


def _take(held: tuple[HeldPicture, ...]) -> None:
    st.session_state[_PICTURES] = held
    write_address()


def model_names() -> list[str]:
    """The models in hand, at least one."""
    return st.session_state.get(_MODELS) or [models.DEFAULT_MODEL]


def take_models(names: Sequence[str]) -> None:
    """Take models in hand; none means the bundled one."""
    st.session_state[_MODELS] = list(names) or [models.DEFAULT_MODEL]
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
    for key in (*_ADDRESSED, "model"):
        if key in params:
            st.query_params[key] = params[key]
        else:
            st.query_params.pop(key, None)


def adopt_address() -> list[str]:
    """Take in hand what the address names; returns a sentence for each part that is not right.

    What is wrong is taken out of the address, so that it is said once.
    """
    problems = []
    wanted = {key: st.query_params[key] for key in _ADDRESSED if key in st.query_params}
    names = st.query_params.get_all("model")
    if names and names != model_names():
        good = []
        for name in dict.fromkeys(names):
            try:
                good.append(models.info(name).name)
            except NetlensError as error:
                problems.append(str(error))
        st.session_state[_MODELS] = good[:MOST_MODELS]
    held = pictures()
    if wanted and not (len(held) == 1 and held[0].address == wanted):
        try:
            _take_addressed(wanted)
        except NetlensError as error:
            problems.append(str(error))
    write_address()
    return problems


def _take_addressed(wanted: dict[str, str]) -> None:
    if "sample" in wanted:
        take_sample(wanted["sample"])
    elif "data" in wanted and wanted.get("item", "").isdecimal():
        take_item(wanted["data"], int(wanted["item"]))
    else:
        raise DataError("The address names a picture of a data set by data= and item= (a number).")
