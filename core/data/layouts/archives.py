"""ImageNet as it is downloaded: archives that are read in place, without unpacking."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.files import tars
from core.data.files.disk import stays_inside
from core.data.files.tars import Span
from core.data.layouts import imagenet
from core.data.layouts.layout import Answers, Layout, PictureFolder

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
    return not unpacked and any(_is_there(root, name) for name in (TRAIN, VAL))


def find(root: Path) -> Archives:
    """The layout of the archives in a folder.

    DataError where one is damaged, or where nothing says what the validation pictures show.
    """
    spans, folders, answers = {}, [], Answers()
    if _is_there(root, TRAIN):
        for member in tars.members(root / TRAIN, Span(TRAIN)):
            name = PurePosixPath(member.name)
            if name.suffix == ".tar":
                spans[f"{TRAIN}/{name.name}"] = Span(TRAIN, member.start, member.size)
        for path in sorted(spans):
            folders.append(PictureFolder(path, PurePosixPath(path).stem, "train"))
    if _is_there(root, VAL):
        folders.append(PictureFolder(VAL, None, "val"))
        spans[VAL] = Span(VAL)
        answers = imagenet.answers(root / VAL)
    return Archives(Layout(tuple(folders), answers), spans)


def _is_there(root: Path, name: str) -> bool:
    return (root / name).is_file() and stays_inside(root, root / name)
