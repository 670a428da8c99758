"""From a path to a data set."""

from pathlib import Path

from core.data import class_folders
from core.data.access import check_allowed
from core.data.dataset import Dataset, Progress
from core.data.kinds.archive import ArchiveDataset
from core.data.kinds.folder import FolderDataset
from core.data.kinds.parquet import ParquetDataset, listed
from core.data.layouts import archives
from core.errors import DataError


def open_path(
    path: str | Path, name: str | None = None, progress: Progress | None = None
) -> Dataset:
    """The data set at a path, called ``name`` or else as the path suggests.

    ``progress`` is told how many of how many class folders are listed. DataError where there is no
    data set, or where the server may not read.
    """
    path = check_allowed(path)
    if path.is_dir():
        name = name or path.name or str(path)
        collected = path.parent == class_folders.root().resolve()
        label_of = class_folders.label_of if collected else str
        learnt, tested = listed(path)
        if archives.are_in(path):
            return ArchiveDataset(path, name, progress)
        try:
            return FolderDataset(path, name, label_of, progress)
        except DataError:  # there are no pictures in class folders
            if not learnt and not tested:
                raise
        return ParquetDataset([*learnt, *tested], name, tested)
    if path.is_file() and path.suffix == ".parquet":
        return ParquetDataset([path], name or f"{path.parent.name}-{path.stem}".strip("-"))
    if path.is_file() and is_zip(path):
        raise DataError(f"{path} is a zip: import it first, and it is unpacked and gets a name.")
    if path.exists():
        raise DataError(f"{path} is neither a folder nor a Parquet file.")
    raise DataError(f"There is no folder or file {path}.")


def is_zip(path: str | Path) -> bool:
    """Whether the name says so."""
    return Path(path).suffix.lower() == ".zip" and not Path(path).expanduser().is_dir()
