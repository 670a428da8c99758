"""ImageNet as it is downloaded: archives that are read in place, without unpacking."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.data.files import tars
from core.data.files.tars import Span
from core.data.layouts import imagenet
from core.data.layouts.layout import Answers, Layout, PictureFolder
from core.errors import DataError

TRAIN = "ILSVRC2012_img_train.tar"
"""An archive of an archive for each wnid."""
VAL = "ILSVRC2012_img_val.tar"


@dataclass(frozen=True)
class Archives:
    """The archives of a folder as a data set."""

    layout: Layout
    spans: Mapping[str, Span]
    """Where each of the layout's folders lies."""


def are_in(root: Path) -> bool:
    """Whether the pictures of a folder are in ImageNet's archives alone."""
    unpacked = any((root / part).is_dir() for part in ("train", "val"))
    return not unpacked and any((root / name).is_file() for name in (TRAIN, VAL))


def find(root: Path) -> Archives:
    """The layout of the archives in a folder.

    DataError where one is damaged, or where nothing says what the validation pictures show.
    """
    folders, spans, answers = [], {}, Answers()
    if (root / TRAIN).is_file():
        for member in tars.members(root / TRAIN, Span(TRAIN)):
            wnid = member.name.removeprefix("./").removesuffix(".tar")
            path = f"{TRAIN}/{wnid}.tar"
            folders.append(PictureFolder(path, wnid, "train"))
            spans[path] = Span(TRAIN, member.start, member.size)
    if (root / VAL).is_file():
        folders.append(PictureFolder(VAL, None, "val"))
        spans[VAL] = Span(VAL)
        answers = imagenet.answers(root / VAL)
    folders.sort(key=lambda folder: folder.path)
    if not folders:
        raise DataError(f"{root / TRAIN} holds no archives of classes; download it again.")
    return Archives(Layout(tuple(folders), answers), spans)
