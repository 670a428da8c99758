"""Labelled pictures: folders, zips, ImageNet's archives, Parquet files, and what is built in."""

from core.data.access import check_allowed, roots
from core.data.builtin import NAMES as BUILT_IN
from core.data.changes import Changes, changed
from core.data.dataset import DataClass, Dataset, Progress
from core.data.fetch import IMAGENETTE, fetch_imagenette
from core.data.registry import (
    Entry,
    open,
    problems,
    register,
    register_zip,
    registered,
    unregister,
)
from core.data.subset import choose, key_of

__all__ = [
    "BUILT_IN",
    "IMAGENETTE",
    "Changes",
    "DataClass",
    "Dataset",
    "Entry",
    "Progress",
    "changed",
    "check_allowed",
    "choose",
    "fetch_imagenette",
    "key_of",
    "open",
    "problems",
    "register",
    "register_zip",
    "registered",
    "roots",
    "unregister",
]
