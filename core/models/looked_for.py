"""What the bundled model looks for: the pictures by `core.inside.maximise` that come with it."""

from pathlib import Path

from core import paths

FOLDER = paths.ASSETS / "looked_for"


def path_of(wnid: str) -> Path:
    """Where the picture of a class lies."""
    return FOLDER / f"{wnid}.webp"


def looked_for(wnid: str) -> bytes | None:
    """The encoded picture of a class; None where the bundled model does not know it."""
    path = path_of(wnid)
    return path.read_bytes() if path.is_file() else None
