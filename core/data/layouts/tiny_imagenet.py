"""Tiny ImageNet as Stanford's CS231n gives it out: http://cs231n.stanford.edu/tiny-imagenet-200.zip

The pictures of ``val`` lie in one folder, and a line of ``val_annotations.txt`` for each says what
it shows: file, wnid, and the object's box. Those of ``train`` lie in folders by wnid, with a file
of boxes in each.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.data.files.disk import stays_inside
from core.data.layouts.layout import Answers, Box, stem
from core.errors import DataError

ANNOTATIONS = "val_annotations.txt"
_WNID = re.compile(r"n\d{8}")


def has_answers(path: Path) -> bool:
    """Whether this folder of pictures comes with the file that says what they show."""
    return _is_in(path, path / ANNOTATIONS)


def answers(path: Path) -> Answers:
    """What the pictures of the folder ``val`` show; DataError where the file is damaged."""
    keys, boxes = {}, {}
    file = path / ANNOTATIONS
    for number, (name, *fields) in enumerate(_lines(file), 1):
        if len(fields) != 5 or not _WNID.fullmatch(fields[0]):
            raise _damaged(file, number)
        keys[stem(name)] = fields[0]
        boxes[stem(name)] = _box(file, number, fields[1:])
    return Answers(keys, boxes)


def boxes(class_folders: Iterable[Path]) -> dict[str, Box]:
    """The boxes of ``train``; DataError where one of its files is damaged."""
    found = {}
    for folder in class_folders:
        file = folder / f"{folder.name}_boxes.txt"
        if _is_in(folder, file):
            for number, (name, *sides) in enumerate(_lines(file), 1):
                found[stem(name)] = _box(file, number, sides)
    return found


def _is_in(folder: Path, file: Path) -> bool:
    """Whether it is a file, and no link that leads out of its folder."""
    return file.is_file() and stays_inside(folder.resolve(), file)


def _lines(file: Path) -> Iterator[list[str]]:
    try:
        for line in file.read_text("utf-8", "surrogateescape").splitlines():
            yield line.rstrip().split("\t")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from error


def _box(file: Path, number: int, sides: list[str]) -> Box:
    try:
        left, top, right, bottom = map(float, sides)
    except ValueError as error:
        raise _damaged(file, number) from error
    return left, top, right, bottom


def _damaged(file: Path, number: int) -> DataError:
    return DataError(f"Line {number:,} of {file} is damaged: unpack Tiny ImageNet again.")
