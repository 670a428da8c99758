"""Small data sets, made here and now. What the pictures show plays no part: bytes are bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two dogs, a cat, and things that are no pictures."""
    root = tmp_path / "pets"
    files = {
        "n02084071/b.JPEG": b"dog b",
        "n02084071/a.jpg": b"dog a",
        "n02084071/notes.txt": b"not a picture",
        "n02084071/.hidden.jpg": b"not seen",
        "cat/one.webp": b"cat",
        "empty/readme.md": b"no pictures here",
        ".git/x.jpg": b"not seen",
    }
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns as a Parquet file with row groups of four."""

    def write(name: str = "pets/val.parquet", **columns: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path, row_group_size=4)
        return path

    return write
