"""Labelled pictures: folders of class folders, zips, Parquet files, and what is built in."""

from core.data.builtin import NAMES as BUILT_IN
from core.data.dataset import DataClass, Dataset
from core.data.registry import Entry, open, problems, register, registered, unregister
from core.data.source import check_allowed, roots

__all__ = [
    "BUILT_IN",
    "DataClass",
    "Dataset",
    "Entry",
    "check_allowed",
    "open",
    "problems",
    "register",
    "registered",
    "roots",
    "unregister",
]
