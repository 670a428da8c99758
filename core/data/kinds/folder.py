"""Pictures that are files in folders: ``photos/cat/1.jpg``, ``photos/train/n02084071/2.png``."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from core.data.dataset import Fate, Progress
from core.data.files import disk, index
from core.data.files.listing import Listing
from core.data.files.threads import in_threads
from core.data.kinds.listed import ListedDataset
from core.data.layouts import find
from core.errors import DataError
from core.images import MAX_BYTES


class FolderDataset(ListedDataset):
    """A folder of class folders, or in any other layout of `layouts`.

    Hidden files are passed over, and links that lead out of the folder are not followed.
    ``label_of`` gives the label, or wnid, that the name of a class folder stands for; ``progress``
    is told how many of how many class folders are listed, and may raise to stop.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        label_of: Callable[[str], str] = str,
        progress: Progress | None = None,
    ) -> None:
        root = path.resolve()
        try:
            super().__init__(root, name, find(root, label_of), progress)
            if not len(self):
                raise DataError(_why_empty(root, self._links))
        except OSError as error:
            raise DataError(f"{error.filename} cannot be listed: {error.strerror}.") from error

    @property
    def listing(self) -> Listing:
        return self._listing

    def fates(self, positions: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        rows, bounds = self._rows[positions], self._listing.bounds
        fates = np.full(len(self._listing), Fate.SAME, np.int8)
        wanted = np.unique(np.searchsorted(bounds, rows, side="right") - 1).tolist()
        with closing(in_threads(self._fates_in, wanted)) as found:
            for done, (at, own) in enumerate(zip(wanted, found, strict=True), 1):
                fates[bounds[at] : bounds[at + 1]] = own
                if progress:
                    progress(done, len(wanted))
        if (fates == Fate.DIFFERENT).any():  # which the times of folders do not tell
            index.forget(self._root)
        return fates[rows]

    def _fates_in(self, at: int) -> np.ndarray:
        """What became of the files of one folder: (files,) int8."""
        was = self._listing.only(at)
        try:
            now = self._list(was.heads[0].folder)
        except OSError:
            return np.full(len(was), Fate.MISSING, np.int8)
        place = {name: row for row, name in enumerate(now.names_in(0))}
        rows = np.array([place.get(name, -1) for name in was.names_in(0)], np.int64)
        fates = np.full(len(was), Fate.MISSING, np.int8)
        there, rows = rows >= 0, rows[rows >= 0]
        same = (was.sizes[there] == now.sizes[rows]) & (was.marks[there] == now.marks[rows])
        fates[there] = np.where(same, Fate.SAME, Fate.DIFFERENT)
        return fates

    def _list(self, folder: str) -> Listing:
        return disk.list_folder(self._root, folder)

    def _read(self, i: int) -> bytes:
        file = self._file(i)
        try:
            with disk.open_plain(self._root / file) as opened:
                if disk.leads_out(self._root, file):  # it has become a link
                    raise DataError(f"{file} of {self.name} is a link that leads out of it.")
                return opened.read(MAX_BYTES + 1)  # enough for core.images to say "too large"
        except OSError as error:
            raise DataError(f"{file} of {self.name} cannot be read: {error.strerror}.") from error


def _why_empty(path: Path, links: int) -> str:
    folders, _ = disk.folders_in(path, path)
    tables = sorted(file.name for file in path.glob("[!.]*.parquet"))
    nested = [folder for folder in folders if disk.folders_in(path, path / folder)[0]]
    if tables:
        return (
            f"{path} holds Parquet files; choose one of them, or let their names begin with train, "
            f"val or test: {', '.join(tables)}."
        )
    if links:
        return (
            f"{path} holds no pictures but links that lead out of it, which are not followed; "
            "choose the folder that they lead to, or copy the pictures."
        )
    if disk.first_picture(path, path):
        return (
            f"{path} holds pictures but no class folders; put the pictures of each class into a "
            "folder with its name."
        )
    if nested:
        return f"{path} holds no pictures itself; choose a folder in it: {', '.join(nested[:10])}."
    return f"{path} holds no class folders with pictures in them."
