"""Registered data sets, opened once for all sessions."""

import os

import streamlit as st

from core import data
from core.errors import DataError

_HERE = ("127.0.0.1", "localhost", "::1")


@st.cache_resource(max_entries=4, ttl="10m", show_spinner="Listing the pictures …")
def _open(name: str) -> data.Dataset:
    return data.open(name)


def opened(name: str) -> data.Dataset:
    """A registered data set. DataError for anything else: an address must not open folders."""
    known = [entry.name for entry in data.registered()]
    if name not in known:
        names = ", ".join(known) or "none"
        raise DataError(f"There is no data set called {name[:80]}. Registered: {names}.")
    return _open(name)


def may_register() -> bool:
    """Whether the page may read a folder that a visitor names.

    Others than this machine's user get that only below the folders of NETLENS_DATA_ROOTS.
    """
    alone = st.get_option("server.address") in _HERE
    return alone or bool(os.environ.get("NETLENS_DATA_ROOTS"))
