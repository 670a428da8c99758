"""ImageNet in the archives in which it is downloaded."""

from pathlib import Path

import numpy as np

from core.data.dataset import Progress, fate_of, status
from core.data.files import tars
from core.data.files.listing import Listing, of_files
from core.data.kinds.listed import ListedDataset
from core.data.layouts import archives
from core.errors import DataError
from core.images import MAX_BYTES


class ArchiveDataset(ListedDataset):
    """A folder for which `archives.are_in` is true; nothing is unpacked.

    ``progress`` is told how many of how many archives of a class are listed, and may raise to stop.
    """

    def __init__(self, path: Path, name: str, progress: Progress | None = None) -> None:
        found = archives.find(path)
        self._spans = found.spans
        files = {span.file for span in found.spans.values()}
        self._opened = {file: status(path / file) for file in files}
        super().__init__(path, name, found.layout, progress)
        if not len(self):
            raise DataError(f"The archives in {path} hold no pictures; download them again.")

    @property
    def listing(self) -> Listing:
        return of_files(self._opened)

    def fates(self, positions: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        fates = {file: fate_of(self._root / file, then) for file, then in self._opened.items()}
        of_folder = [fates[self._spans[folder.path].file] for folder in self._layout.folders]
        at = np.searchsorted(self._listing.bounds, self._rows[positions], side="right") - 1
        return np.array(of_folder, np.int8)[at]

    def _list(self, folder: str) -> Listing:
        return tars.list_archive(self._root, folder, self._spans[folder])

    def _file(self, i: int) -> str:
        folder, name = self._place(i)
        return "/".join(part for part in (folder.part, folder.key, name) if part)

    def _read(self, i: int) -> bytes:
        row = self._rows[i]
        folder, _ = self._place(i)
        size = min(int(self._listing.sizes[row]), MAX_BYTES + 1)
        archive = self._root / self._spans[folder.path].file
        try:
            with archive.open("rb") as file:
                file.seek(int(self._listing.marks[row]))
                content = file.read(size)
        except OSError as error:
            raise DataError(f"{archive} cannot be read: {error.strerror}.") from error
        if len(content) < size:
            raise DataError(f"{archive} has become shorter since it was opened; open it again.")
        return content
