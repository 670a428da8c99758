"""Folders of files for data sets, made here and now."""

import os
from collections.abc import Mapping
from pathlib import Path

LONG_AGO = 1_500_000_000


def grown(root: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write files, by their paths below ``root``, which it returns resolved."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root.resolve()


def settled(root: Path) -> Path:
    """Let all folders look as if they had not changed for long."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        os.utime(folder, (LONG_AGO, LONG_AGO))
    return root
