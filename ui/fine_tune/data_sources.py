"""Data sets that are there already, and two ways to add one: a folder and a zip."""

import streamlit as st

from core import data
from core.errors import NetlensError
from ui import data_changes, datasets, imports
from ui.folder_form import folder_form
from ui.page import plain, show_error

WAY = "data_way"
_SET = "data_set"
_JUMP = "data_jump"
_ZIPS = "data_zips"  # taken so far: each time the uploader is a new one, and empty
_FAILED = "data_zip_failed"


def known() -> str:
    """Choose among the data sets that have a name."""
    for problem in data.problems():
        show_error(problem)
    names = datasets.names()
    if st.session_state.get(_SET) not in names:
        st.session_state[_SET] = next(iter(names))
    name = st.selectbox(
        "Data set",
        list(names),
        format_func=lambda name: f"{name} · {names[name]}",
        key=_SET,
        persist_state="session",
        label_visibility="collapsed",
    )
    imports.draw()
    data_changes.draw(name, "tune")
    return name


def folder() -> None:
    """Add a folder of this machine; it is then chosen among the data sets."""
    folder_form("data_folder", jump)
    imports.draw()
    st.caption("The pictures stay where they are. A class is called like its folder.")


def zipped() -> None:
    """Add a zip; it is then chosen among the data sets."""
    taken = st.session_state.setdefault(_ZIPS, 0)
    if failed := st.session_state.pop(_FAILED, None):
        show_error(failed)
    upload = st.file_uploader(
        "A zip of class folders",
        type="zip",
        key=f"data_zip-{taken}",
        label_visibility="collapsed",
    )
    st.caption(
        "A zip of class folders: a folder for each class, called like it, with the class's "
        "pictures in it. It is unpacked on the machine that Netlens runs on, and its data set is "
        "called like the file."
    )
    if upload is None:
        return
    st.session_state[_ZIPS] = taken + 1
    try:
        with st.spinner(f"Unpacking {plain(upload.name)} …"):
            jump(data.register_zip(upload, upload.name).name)
    except NetlensError as error:
        st.session_state[_FAILED] = str(error)
    st.rerun()


def jump(name: str) -> None:
    """Have the next run choose this data set."""
    st.session_state[_JUMP] = name


def prefer(name: str) -> None:
    """Have this data set chosen when the data sets are listed next; not while they are."""
    st.session_state[_SET] = name


def follow_jump() -> None:
    """Choose what `jump` named, or what was imported; before any widget is drawn."""
    imports.follow(jump)
    if name := st.session_state.pop(_JUMP, None):
        st.session_state[WAY], st.session_state[_SET] = "sets", name
