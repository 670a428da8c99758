"""Labelled pictures: folders of class folders, zips, Parquet files, and what is built in."""

from core.data.builtin import NAMES as BUILT_IN
from core.data.dataset import DataClass, Dataset
from core.data.registry import (
    Entry,
    open,
    problems,
    register,
    register_zip,
    registered,
    unregister,
)
from core.data.source import check_allowed, roots
from core.data.subset import choose, key_of

__all__ = [
    "BUILT_IN",
    "DataClass",
    "Dataset",
    "Entry",
    "check_allowed",
    "choose",
    "key_of",
    "open",
    "problems",
    "register",
    "register_zip",
    "registered",
    "roots",
    "unregister",
]
