"""Data sets by name, registered and built in, opened once for all sessions."""

from collections import Counter
from pathlib import Path

import streamlit as st

from core import data
from core.errors import DataError

_HERE = ("127.0.0.1", "localhost", "::1")
_again: Counter[str] = Counter()
"""How often a data set was to be opened anew, although no folder had changed."""


@st.cache_resource(max_entries=4, ttl="10m", show_spinner="Listing the pictures …")
def _open(name: str, path: str, stamp: int) -> data.Dataset:
    """`path` and `stamp` are there for the cache: another folder is another data set."""
    return data.open(name)


@st.cache_resource(max_entries=8, ttl="30s", show_spinner=False)
def _since(name: str, stamp: int, _dataset: data.Dataset) -> data.Since | None:
    return data.since_registered(_dataset)


def path_of(name: str) -> Path | None:
    """Where a registered data set lies; None for any other."""
    return _paths().get(name)


def names() -> dict[str, str]:
    """All that have pictures, each with what it is: those registered first, then the built in."""
    registered = {
        entry.name: f"{entry.pictures:,} pictures of {entry.classes:,} classes"
        for entry in data.registered()
        if entry.pictures
    }
    return registered | {
        name: what for name, what in data.BUILT_IN.items() if name not in registered
    }


def opened(name: str) -> data.Dataset:
    """A data set by its name. DataError for anything else: an address must not open folders."""
    path = path_of(name)
    if path is None and name not in data.BUILT_IN:
        raise DataError(f"There is no data set called {name[:80]}. Known: {', '.join(names())}.")
    return _open(name, str(path or ""), stamp(name))


def stamp(name: str) -> int:
    """Another number after pictures were added, taken out or renamed; 0 for what is built in."""
    path = path_of(name)
    return 0 if path is None else hash((data.stamp(path), _again[name]))


def since(name: str) -> data.Since | None:
    """What has become of its files since it was registered; None for what is built in."""
    return _since(name, stamp(name), opened(name))


def open_again(name: str) -> None:
    """It was registered anew, or pictures were written over in place, which no stamp tells."""
    _again[name] += 1


def _paths() -> dict[str, Path]:
    return {entry.name: entry.path for entry in data.registered()}


def only_here() -> bool:
    """Whether nobody but this machine's users can reach the server."""
    return st.get_option("server.address") in _HERE


def may_register() -> bool:
    """Whether the page may read a folder that a visitor names.

    Others than this machine's user get that only below the folders of NETLENS_DATA_ROOTS.
    """
    return only_here() or data.roots() is not None
