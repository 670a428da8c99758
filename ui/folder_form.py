"""Giving a name to a folder of this machine, or a file, that holds labelled pictures."""

from collections.abc import Callable

import streamlit as st

from core.errors import NetlensError
from ui import datasets, imports
from ui.page import show_error


def folder_form(key: str, on_added: Callable[[str], None], *, primary: bool = False) -> None:
    """Draw the form, or why there is none.

    `on_added` gets the new name, before the next run. What takes long becomes a run; those of
    `imports`, which the page draws too, tell of it.
    """
    if not datasets.may_register():
        st.caption(
            "Others can reach this server, so folders are read only where NETLENS_DATA_ROOTS "
            "allows it: set it to the folders of your data and start again."
        )
        return
    with st.form(key, border=False):
        st.text_input(
            "Folder of class folders, a zip of them, or a Parquet file, on this machine",
            key=f"{key}_path",
        )
        st.text_input("Name", placeholder="the folder's own name", key=f"{key}_name")
        look = "primary" if primary else "secondary"
        st.form_submit_button("Add", type=look, on_click=_add, args=(key, on_added))
        if failed := st.session_state.pop(f"{key}_failed", None):
            show_error(failed)


def _add(key: str, on_added: Callable[[str], None]) -> None:
    path, name = (st.session_state[f"{key}_{part}"].strip() for part in ("path", "name"))
    try:
        added = imports.begin(path, name or None)
        if added is not None:
            on_added(added)
        st.session_state[f"{key}_path"] = st.session_state[f"{key}_name"] = ""
    except NetlensError as error:
        st.session_state[f"{key}_failed"] = str(error)
