"""A folder of class folders: ``photos/cat/1.jpg``, ``photos/n02084071/2.png``."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, named_classes
from core.errors import DataError
from core.images import MAX_BYTES, SUFFIXES


class FolderDataset(Dataset):
    """Classes sorted by the names of their folders, pictures by the names of their files.

    Hidden files are passed over, and so are folders without pictures. ``label_of`` gives the label,
    or wnid, that the name of a folder stands for.
    """

    def __init__(self, path: Path, name: str, label_of: Callable[[str], str] = str) -> None:
        try:
            folders = _visible(path, folders=True)
            listed = {folder: _visible(path / folder) for folder in folders}
            pictures = {
                folder: kept for folder, files in listed.items() if (kept := _pictures(files))
            }
            if not pictures:
                raise DataError(_why_empty(path, folders))
        except OSError as error:
            raise DataError(f"{error.filename} cannot be listed: {error.strerror}.") from error

        counts = [len(files) for files in pictures.values()]
        labels = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        super().__init__(name, named_classes(map(label_of, pictures)), labels)
        self.skipped = sum(map(len, listed.values())) - len(labels)
        self._path = path
        self._folders = tuple(pictures)
        self._files = [file for files in pictures.values() for file in files]

    def _file(self, i: int) -> str:
        return f"{self._folders[self.labels[i]]}/{self._files[i]}"

    def _read(self, i: int) -> bytes:
        try:
            with (self._path / self._file(i)).open("rb") as file:
                return file.read(MAX_BYTES + 1)  # enough for core.images to say "too large"
        except OSError as error:
            raise DataError(
                f"{self._file(i)} of {self.name} cannot be read: {error.strerror}."
            ) from error


def _visible(path: Path, *, folders: bool = False) -> list[str]:
    """Names, sorted, of the files there that are not hidden, or of the folders."""
    with os.scandir(path) as entries:
        return sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".") and (entry.is_dir() if folders else entry.is_file())
        )


def _pictures(files: list[str]) -> list[str]:
    return [file for file in files if file.lower().endswith(tuple(SUFFIXES))]


def _why_empty(path: Path, folders: list[str]) -> str:
    files = _visible(path)
    tables = [file for file in files if file.endswith(".parquet")]
    nested = [folder for folder in folders if _visible(path / folder, folders=True)]
    if tables:
        return (
            f"{path} holds Parquet files; choose one of them, or let their names begin with train, "
            f"val or test: {', '.join(tables)}."
        )
    if _pictures(files):
        return (
            f"{path} holds pictures but no class folders; put the pictures of each class into a "
            "folder with its name."
        )
    if nested:
        return f"{path} holds no pictures itself; choose a folder in it: {', '.join(nested[:10])}."
    return f"{path} holds no class folders with pictures in them."
