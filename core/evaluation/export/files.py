"""Where an export goes: what it is called, and how it takes the place of an older one."""

import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import EvaluationError

SUFFIXES = (".parquet", ".csv", ".html")
"""Every answer, every answer, and the report."""
_LONGEST = 60  # letters of a name


def check_place(path: Path) -> None:
    """EvaluationError unless an export can be written there: to be known before hours of work."""
    if path.suffix.lower() not in SUFFIXES:
        raise EvaluationError(
            f"{path} cannot be written: its name must end in {', '.join(SUFFIXES[:-1])} for every "
            f"answer, or in {SUFFIXES[-1]} for the report."
        )
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise EvaluationError(
            f"{path} cannot be written: name a file in a folder that exists and may be written."
        )


def file_name(meta: Mapping[str, Any], suffix: str) -> str:
    """A name that tells model and data, from what an evaluation's table says of itself."""
    model, data = (_slug(meta[key]) for key in ("model", "data"))
    return f"netlens-{model}-on-{data}{suffix}"


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A place to write to; when the block ends, what lies there takes the name ``path``.

    Whatever goes wrong before, a file of that name stays what it was, and nothing is left beside
    it. Two at once do not disturb each other: the last to end has the name. EvaluationError where
    the file cannot be written.
    """
    partial = path.with_name(f"netlens-{uuid.uuid4().hex}.part")  # short: a name may be long
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):  # it was never made, or has its name by now
            partial.unlink()


def _slug(name: str) -> str:
    """Letters, digits, dots and hyphens of the last part of a name, which no file system minds."""
    last = name.rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.]+", "-", last).strip("-.")[:_LONGEST] or "unnamed"
