"""From a path to a data set."""

import os
from pathlib import Path

from core.data import class_folders, zips
from core.data.dataset import Dataset
from core.data.folder import FolderDataset
from core.data.parquet import ParquetDataset, listed
from core.errors import DataError


def open_path(path: str | Path, name: str | None = None) -> Dataset:
    """The data set at a path, called ``name`` or else as the path suggests.

    DataError where there is none, or where the server may not read.
    """
    path = check_allowed(path)
    if path.is_dir():
        name = name or path.name or str(path)
        collected = path.parent == class_folders.root().resolve()
        label_of = class_folders.label_of if collected else str
        learnt, tested = listed(path)
        try:
            return FolderDataset(path, name, label_of)
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


def check_allowed(path: str | Path) -> Path:
    """The path made absolute, symbolic links resolved; DataError where it may not be read.

    Allowed is what lies below `roots`, or everything where there are none; what Netlens itself
    unpacked or collected always is. Whether the path exists is not looked at.
    """
    try:
        resolved = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no home, a null byte
        raise DataError(f"{path} is no path that can be read.") from error
    allowed = roots()
    own = (zips.folder().resolve(), class_folders.root().resolve())
    if allowed is not None and not any(resolved.is_relative_to(at) for at in (*allowed, *own)):
        raise DataError(
            f"{path} is outside the folders that may be read here: "
            f"{', '.join(map(str, allowed)) or 'none'} (set by NETLENS_DATA_ROOTS)."
        )
    return resolved


def roots() -> tuple[Path, ...] | None:
    """The folders below which data may be read: NETLENS_DATA_ROOTS, separated as in PATH.

    None where it is unset or empty: then everything may be read.
    """
    listed = os.environ.get("NETLENS_DATA_ROOTS", "")
    if not listed:
        return None
    return tuple(Path(root).expanduser().resolve() for root in listed.split(os.pathsep) if root)
