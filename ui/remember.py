"""What was computed, kept for the session, so that drawing it anew runs no network."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

from core import images, models

T = TypeVar("T")
_MISSING: Any = object()


def remembered(shelf: str, key: Hashable, compute: Callable[[], T], most: int) -> T:
    """What `compute` gave for the key; a shelf keeps its `most` last used results.

    What `compute` raises is passed on, and nothing is kept then.
    """
    kept: dict[Hashable, T] = st.session_state.setdefault(f"shelf_{shelf}", {})
    # two runs of one session may overlap for a moment: nothing is looked up twice
    found = kept.pop(key, _MISSING)
    if found is _MISSING:
        found = compute()
    kept[key] = found  # the last used one comes last
    for old in list(kept)[:-most]:
        kept.pop(old, None)
    return found


def known(shelf: str, key: Hashable) -> bool:
    """Whether the shelf has a result for the key."""
    return key in st.session_state.get(f"shelf_{shelf}", {})


def shelf(name: str) -> dict[Hashable, object]:
    """All that a shelf keeps, by key, the last used one last."""
    return dict(st.session_state.get(f"shelf_{name}", {}))


def subject_key(model: models.ImageModel, picture: images.Picture) -> tuple[object, ...]:
    """What results about one picture and one model depend on."""
    return (picture.sha256, model.name, str(model.device), model.half)
