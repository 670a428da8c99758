"""From a path to a data set."""

import os
from pathlib import Path

from core.data.dataset import Dataset
from core.data.folder import FolderDataset
from core.data.parquet import ParquetDataset
from core.errors import DataError


def open_path(path: str | Path, name: str | None = None) -> Dataset:
    """The data set at a path, called ``name`` or else as the path suggests.

    DataError where there is none, or where the server may not read.
    """
    path = check_allowed(path)
    if path.is_dir():
        return FolderDataset(path, name or path.name or str(path))
    if path.is_file() and path.suffix == ".parquet":
        return ParquetDataset(path, name or f"{path.parent.name}-{path.stem}".strip("-"))
    if path.exists():
        raise DataError(f"{path} is neither a folder nor a Parquet file.")
    raise DataError(f"There is no folder or file {path}.")


def check_allowed(path: str | Path) -> Path:
    """The path made absolute, symbolic links resolved; DataError where it may not be read.

    The environment's NETLENS_DATA_ROOTS lists the folders below which the server reads, separated
    as in PATH. Unset or empty, everything is allowed. Whether the path exists is not looked at.
    """
    try:
        resolved = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no home, a null byte
        raise DataError(f"{path} is no path that can be read.") from error
    listed = os.environ.get("NETLENS_DATA_ROOTS", "").split(os.pathsep)
    roots = [Path(root).expanduser().resolve() for root in listed if root]
    if roots and not any(resolved.is_relative_to(root) for root in roots):
        raise DataError(
            f"{path} is outside the folders that may be read here: "
            f"{', '.join(map(str, roots))} (set by NETLENS_DATA_ROOTS)."
        )
    return resolved
