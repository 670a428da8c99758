"""Labelled pictures: folders of class folders, and Parquet files."""

from core.data.dataset import DataClass, Dataset
from core.data.registry import Entry, open, register, registered, unregister
from core.data.source import check_allowed

__all__ = [
    "DataClass",
    "Dataset",
    "Entry",
    "check_allowed",
    "open",
    "register",
    "registered",
    "unregister",
]
