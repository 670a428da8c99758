"""Registered data sets, opened once for all sessions."""

import streamlit as st

from core import data
from core.errors import DataError

_HERE = ("127.0.0.1", "localhost", "::1")


@st.cache_resource(max_entries=4, ttl="10m", show_spinner="Listing the pictures …")
def _open(name: str, path: str, modified: int) -> data.Dataset:
    """`path` and `modified` are there for the cache: another folder is another data set."""
    return data.open(name)


def opened(name: str) -> data.Dataset:
    """A registered data set. DataError for anything else: an address must not open folders."""
    known = {entry.name: entry.path for entry in data.registered()}
    if name not in known:
        names = ", ".join(known) or "none"
        raise DataError(f"There is no data set called {name[:80]}. Registered: {names}.")
    path = known[name]
    return _open(name, str(path), path.stat().st_mtime_ns if path.exists() else 0)


def may_register() -> bool:
    """Whether the page may read a folder that a visitor names.

    Others than this machine's user get that only below the folders of NETLENS_DATA_ROOTS.
    """
    return st.get_option("server.address") in _HERE or data.roots() is not None
