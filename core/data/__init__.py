"""Labelled pictures: folders of class folders, and Parquet files."""

from core.data.dataset import DataClass, Dataset
from core.data.registry import Entry, open, problems, register, registered, unregister
from core.data.source import check_allowed, roots

__all__ = [
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
