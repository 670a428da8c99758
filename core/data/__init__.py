"""Labelled pictures: folders, zips, ImageNet's archives, Parquet files, and what is built in."""

from core.data.access import check_allowed, roots
from core.data.builtin import NAMES as BUILT_IN
from core.data.changes import Changes, changed
from core.data.dataset import DataClass, Dataset, Fate, Progress, names_digest, printable
from core.data.fetch import IMAGENETTE, fetch_imagenette
from core.data.importing import is_quick
from core.data.registry import (
    Entry,
    located,
    open,
    problems,
    register,
    register_zip,
    registered,
    unregister,
)
from core.data.since import Since, since_registered
from core.data.stamps import stamp
from core.data.subset import Subset, choose, key_of

__all__ = [
    "BUILT_IN",
    "IMAGENETTE",
    "Changes",
    "DataClass",
    "Dataset",
    "Entry",
    "Fate",
    "Progress",
    "Since",
    "Subset",
    "changed",
    "check_allowed",
    "choose",
    "fetch_imagenette",
    "is_quick",
    "key_of",
    "located",
    "names_digest",
    "open",
    "printable",
    "problems",
    "register",
    "register_zip",
    "registered",
    "roots",
    "since_registered",
    "stamp",
    "unregister",
]
