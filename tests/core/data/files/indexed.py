"""What is read of a data set, with its index and without."""

import shutil
from pathlib import Path

from core import data

CLASSES, EACH = 5, 4


def shelf(netlens_home: Path) -> Path:
    (only,) = (netlens_home / "cache" / "index").iterdir()
    return only


def content(root: Path) -> dict[str, tuple[bytes, str]]:
    opened = data.open(root)
    return {
        opened.file(i): (opened.read(i), opened.classes[opened.labels[i]].label)
        for i in range(len(opened))
    }


def fresh(root: Path, netlens_home: Path) -> dict[str, tuple[bytes, str]]:
    """What is read where there is no index."""
    shutil.rmtree(netlens_home / "cache", ignore_errors=True)
    return content(root)
