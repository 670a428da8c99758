"""How pictures that were collected here lie on the disk: a folder for each collection and class.

A class may be called whatever people call things, so that what a folder cannot be called, or what
would lead elsewhere, is written as ``%`` and two digits.
"""

import re
import unicodedata
from pathlib import Path

from core import paths
from core.errors import DataError

MAX_LETTERS = 60
_UNFIT = re.compile(r'[/\\:*?"<>|%]|^\.|\.$')


def root() -> Path:
    """Where the collections lie; it may not exist yet."""
    return paths.home() / "data" / "collections"


def checked_label(text: str) -> str:
    """The label that somebody typed, without spaces around it; DataError where it cannot be one."""
    label = unicodedata.normalize("NFC", " ".join(text.split()))
    if not label:
        raise DataError("A class needs a name: say what its pictures show.")
    if len(label) > MAX_LETTERS or not label.isprintable():
        raise DataError(
            f"{label[:MAX_LETTERS]!r} cannot name a class: use up to {MAX_LETTERS} letters, digits "
            "and signs."
        )
    return label


def folder_of(label: str) -> str:
    """The name of the folder of the class with this label."""
    return _UNFIT.sub(lambda unfit: f"%{ord(unfit[0]):02X}", label)


def label_of(folder: str) -> str:
    """The label of the class in a folder of this name."""
    label = re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), folder)
    return unicodedata.normalize("NFC", label)  # some disks of macOS take letters apart
