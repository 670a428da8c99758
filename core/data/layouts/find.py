"""How the pictures of a folder are laid out, told from what lies in it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.data.files.disk import IMAGES, first_picture, folders_in
from core.data.layouts import imagenet, tiny_imagenet
from core.data.layouts.layout import Answers, Layout, PictureFolder

TRAIN = "train"
PARTS = (TRAIN, "val", "validation", "valid", "test")
"""What the folders of parts are called, in any case and in the order of their pictures."""


def find(root: Path, label_of: Callable[[str], str] = str) -> Layout:
    """The layout of the data set in a folder, which is resolved.

    In this order: parts, each of class folders or with its answers in a file; pictures with their
    answers in a file; class folders, where ``label_of`` gives the label that the name of a folder
    stands for. Raises OSError; DataError where answers are missing or damaged.
    """
    folders, links = folders_in(root, root)
    if parts := _parts(root, folders):
        return _of_parts(root, parts, links)
    if not _has_class_folders(root, root):
        answers = _answers(root, root)
        if answers is not None:
            return Layout((PictureFolder("", None),), answers)
    return Layout(
        tuple(PictureFolder(folder, folder) for folder in folders), label_of=label_of, links=links
    )


def _parts(root: Path, folders: list[str]) -> list[str]:
    """The folders that are parts of a data set; none where they are classes with odd names."""
    parts = [folder for folder in folders if folder.lower() in PARTS]
    parts.sort(key=lambda folder: PARTS.index(folder.lower()))
    if not any(_has_class_folders(root, root / part) for part in parts):
        return []
    others = (folder for folder in folders if folder not in parts)
    return [] if any(first_picture(root, root / folder) for folder in others) else parts


def _has_class_folders(root: Path, path: Path) -> bool:
    picture = first_picture(root, path)
    if picture is not None and imagenet.is_unsorted(picture):
        return False  # without listing tens of thousands more
    folders = (path / folder for folder in folders_in(root, path)[0] if folder != IMAGES)
    return any(_picture_of(root, folder) for folder in folders)


def _picture_of(root: Path, path: Path) -> str | None:
    """The name of some picture of a folder, as `list_folder` finds them."""
    found = first_picture(root, path)
    if found is None and IMAGES in folders_in(root, path)[0]:
        return first_picture(root, path / IMAGES)
    return found


def _of_parts(root: Path, parts: list[str], links: int) -> Layout:
    found: list[PictureFolder] = []
    answers = Answers()
    for part in parts:
        if _has_class_folders(root, root / part):
            folders, out = folders_in(root, root / part)
            found += (PictureFolder(f"{part}/{folder}", folder, part) for folder in folders)
            links += out
        else:
            found.append(PictureFolder(part, None, part))
            answers = _answers(root, root / part) or answers
    classes = [root / folder.path for folder in found if folder.key is not None]
    more_boxes = partial(tiny_imagenet.boxes, classes) if answers.boxes else dict
    return Layout(tuple(found), answers, more_boxes, links=links)


def _answers(root: Path, path: Path) -> Answers | None:
    """What is said about the pictures of a folder without class folders; None where nothing is."""
    if tiny_imagenet.has_answers(path):
        return tiny_imagenet.answers(path)
    picture = first_picture(root, path)
    if picture is not None and imagenet.is_validation(picture):
        return imagenet.answers(path)
    return None
