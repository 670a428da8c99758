"""What ImageNet's validation pictures show, which lie in one folder without their classes.

It is told by the development kit of ILSVRC 2012, unpacked or not, or by Kaggle's
``LOC_val_solution.csv``; whatever is nearest to the pictures counts.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from core.data.access import check_allowed
from core.data.layouts import devkit, solution
from core.data.layouts.layout import Answers
from core.errors import DataError

_LEVELS = 4
"""Above the pictures. Kaggle has them in ILSVRC/Data/CLS-LOC/val, and its file beside ILSVRC."""
_UNSORTED = re.compile(r"ILSVRC2012_(val|test)_\d{8}\.\w+")


def is_unsorted(name: str) -> bool:
    """Whether a file is called as ImageNet's pictures are that come without class folders."""
    return _UNSORTED.fullmatch(name) is not None


def is_validation(name: str) -> bool:
    """Whether a file is called as ImageNet's validation pictures are."""
    return is_unsorted(name) and "_val_" in name


def answers(pictures: Path) -> Answers:
    """What the validation pictures in a folder, or an archive, show.

    DataError where nothing that may be read says it, or what does is damaged.
    """
    for folder in _around(pictures):
        for path, read in (
            (folder / devkit.FOLDER, devkit.read_folder),
            (folder / devkit.ARCHIVE, devkit.read_archive),
            (folder / solution.FILE, solution.read),
        ):
            if (path.is_file() or path.is_dir()) and _is_allowed(path):
                return read(path)
    where = next(iter(_around(pictures.parent)), pictures)
    raise DataError(
        f"{pictures} holds ImageNet's validation pictures without class folders, and nothing says "
        f"what they show: put {devkit.ARCHIVE} of image-net.org, or {solution.FILE} of Kaggle, "
        f"into {where}."
    )


def _around(path: Path) -> Iterator[Path]:
    """The path and what is above it, as far as it may be read."""
    yield from (at for at in (path, *path.parents[:_LEVELS]) if _is_allowed(at))


def _is_allowed(path: Path) -> bool:
    try:
        check_allowed(path)
    except DataError:
        return False
    return True
