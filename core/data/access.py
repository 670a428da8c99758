"""Which folders of this machine may be read."""

import os
from pathlib import Path

from core import paths
from core.data import class_folders, zips
from core.errors import DataError


def downloads() -> Path:
    """Where data sets lie that were downloaded; it may not exist yet."""
    return paths.home() / "data" / "downloads"


def check_allowed(path: str | Path) -> Path:
    """The path made absolute, symbolic links resolved; DataError where it may not be read.

    An empty or blank text is no path; that of the current folder is a dot.

    Allowed is what lies below `roots`, or everything where there are none; what Netlens itself
    unpacked, downloaded or collected always is. Whether the path exists is not looked at.
    """
    if not str(path).strip():
        raise DataError("Give the path of a folder or a file: there is none yet.")
    try:
        resolved = Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no home, a null byte
        raise DataError(f"{path} is no path that can be read.") from error
    allowed = roots()
    own = [folder.resolve() for folder in (zips.folder(), class_folders.root(), downloads())]
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
