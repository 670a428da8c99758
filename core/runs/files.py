"""Small files that are there whole or not at all, and what is said when the disk refuses."""

import errno
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import RunError

FULL = (errno.ENOSPC, errno.EDQUOT)
_RESERVE = 8192


@contextmanager
def said(folder: Path) -> Iterator[None]:
    """Turn what the disk says no with into a RunError about ``folder``."""
    try:
        yield
    except OSError as error:
        raise RunError(disk_sentence(error, folder)) from error


def disk_sentence(error: OSError, folder: Path) -> str:
    """What an OSError means for a run, and what to do."""
    if error.errno in FULL:
        return (
            f"The disk that holds {folder} is full: free some space, then start or resume the run. "
            "What was saved before is kept."
        )
    return f"{error.filename or folder} cannot be used: {error.strerror or error}."


def write(path: Path, *parts: bytes) -> None:
    """Replace a file in one step that a crash or a full disk cannot halve. Raises OSError."""
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """`write` for a JSON object. ASCII, because a name may hold what no encoding has."""
    write(path, json.dumps(fields).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is no such file or it holds anything else."""
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def reserve(path: Path) -> None:
    """Take room for a later `write_reserved`, while the disk still has some. Raises OSError."""
    write(path, b" " * _RESERVE)


def write_reserved(path: Path, reserved: Path, fields: dict[str, Any]) -> None:
    """`write_json` that a full disk does not stop if the object is small. Raises OSError.

    The reserved blocks are written over in place and then renamed. JSON may end in blanks.
    """
    content = json.dumps(fields).encode()
    if len(content) > _RESERVE or not reserved.exists():
        write(path, content)
        reserved.unlink(missing_ok=True)
        return
    with reserved.open("r+b") as file:
        file.write(content.ljust(_RESERVE))
        file.flush()
        os.fsync(file.fileno())
    reserved.replace(path)
    with suppress(OSError):  # the rename stands; only its survival of a power cut is in doubt
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder outlast a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
