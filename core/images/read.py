"""Bytes from anywhere -> a picture that is safe to work with, or one sentence on why not."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from core.errors import PictureError
from core.images.decode import decode
from core.images.formats import SUFFIXES

MAX_BYTES = 200 * 2**20


@dataclass(frozen=True)
class Picture:
    """A decoded picture. Two are equal when their bytes and names are."""

    image: Image.Image = field(compare=False, repr=False)
    """RGB, upright, without metadata; smaller than the original where a note says so."""
    sha256: str
    """Of the file's bytes, in hexadecimal: the key under which results are kept."""
    name: str
    width: int = field(compare=False)
    """Pixels across of the upright original."""
    height: int = field(compare=False)
    format: str = field(compare=False)
    """JPEG, PNG, WEBP, GIF, BMP or TIFF."""
    notes: tuple[str, ...] = field(compare=False, default=())
    """What was chosen or lost on the way to RGB, in words for the user."""


def read_image(data: bytes, name: str = "picture") -> Picture:
    """Decode a file's bytes; ``name`` is the file's, for messages.

    PictureError, naming the file and the reason, for whatever cannot be read.
    """
    with _named(name) as shown:
        _check_size(len(data))
        decoded = decode(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return Picture(
            decoded.image, sha256, shown, *decoded.original_size, decoded.format, decoded.notes
        )


def read_file(path: str | Path) -> Picture:
    """Decode the file at ``path``; PictureError as for `read_image`, or if it cannot be opened."""
    return read_image(file_bytes(path), Path(path).name)


def file_bytes(path: str | Path) -> bytes:
    """What a file holds, as it is; PictureError if it cannot be opened or is no ordinary file."""
    with _named(Path(path).name or str(path)):
        return _file_bytes(Path(path))


def picture_files(folder: Path) -> list[Path]:
    """Files with a picture's suffix in a folder and below, sorted; hidden ones are left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def read_small(data: bytes, name: str, size: int) -> Image.Image:
    """As `read_image`, for a thumbnail: a JPEG may come smaller, but no side below ``size``."""
    with _named(name):
        _check_size(len(data))
        return decode(data, least_side=size).image


def _check_size(count: int) -> None:
    if count == 0:
        raise PictureError("the file is empty")
    if count > MAX_BYTES:
        raise PictureError(
            f"it has {count / 2**20:,.0f} MB, and the limit is {MAX_BYTES / 2**20:,.0f} MB"
        )


def _file_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PictureError("it is a folder")
        if not path.exists():
            raise PictureError("there is no such file")
        if not path.is_file():  # reading a pipe or a device might never end
            raise PictureError("it is not an ordinary file")
        _check_size(path.stat().st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        reason = getattr(error, "strerror", None) or "its path is not valid"
        raise PictureError(f"it cannot be opened ({reason.lower()})") from error


@contextmanager
def _named(name: str) -> Iterator[str]:
    """Make a whole sentence, with the file's name, out of a PictureError's reason."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )
    if len(shown) > 120:
        shown = f"{shown[:60]}…{shown[-50:]}"
    try:
        yield shown
    except PictureError as error:
        raise PictureError(f"{shown} cannot be used as a picture: {error}.") from error
