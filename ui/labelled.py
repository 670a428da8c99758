"""Pictures of data sets, opened once for all sessions."""

import streamlit as st

from core import data, images
from core.data import Dataset
from core.errors import NetlensError
from ui import datasets

_LEAST = 96  # pixels


def dataset(name: str, classes: tuple[str, ...] | None) -> Dataset:
    """What a recipe learns from. Raises DataError.

    Only for recipes that this server made or runs: a visitor's must not open folders.
    """
    return _opened(name, classes, datasets.stamp(name))


@st.cache_resource(max_entries=4, ttl="10m", show_spinner="Listing the pictures …")
def _opened(name: str, classes: tuple[str, ...] | None, stamp: int) -> Dataset:
    """`stamp` is there for the cache: it changes with the pictures."""
    opened = data.open(name)
    return opened if classes is None else data.choose(opened, classes)


def thumbnail(opened: Dataset, at: int) -> bytes | None:
    """A small JPEG or PNG of a picture; None where it cannot be read."""
    try:
        encoded, name = opened.read(at), opened.file(at)
        picture = images.read_image(encoded, name)
        if min(picture.width, picture.height) < _LEAST:
            return images.enlarge(picture.image, _LEAST)
        return images.cached_thumbnail(encoded, 160, name)
    except NetlensError:
        return None
