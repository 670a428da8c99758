"""Small JPEGs for galleries, made once."""

import hashlib
import io
import os
import tempfile
from pathlib import Path

from PIL import Image

from core import paths
from core.images.read import read_small


def thumbnail(image: Image.Image, size: int) -> bytes:
    """A JPEG whose longer side has ``size`` pixels; a smaller picture is not enlarged."""
    small = image.convert("RGB")
    small.thumbnail((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def enlarge(image: Image.Image, least: int) -> bytes:
    """A PNG of whole multiples of the pixels, so that both sides have at least ``least``."""
    times = max(1, -(-least // min(image.size)))
    large = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    large.save(buffer, "PNG")
    return buffer.getvalue()


def cached_thumbnail(
    data: bytes, size: int, name: str = "picture", sha256: str | None = None
) -> bytes:
    """The thumbnail of a file's bytes, from the disk when it was made before.

    Some 5 KB each at 160 pixels, kept until someone deletes ``cache/thumbnails``, which is safe at
    any time. Threads and processes may ask for the same one at once. `sha256` spares whoever knows
    the bytes' hash another computation. PictureError as for `read_image`.
    """
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    path = paths.cache() / "thumbnails" / str(size) / sha256[:2] / f"{sha256}.jpg"
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    if kept.startswith(b"\xff\xd8") and kept.endswith(b"\xff\xd9"):  # not after a full disk
        return kept
    made = thumbnail(read_small(data, name, size), size)
    _keep(path, made)
    return made


def _keep(path: Path, data: bytes) -> None:
    """Put the file in place in one step. A disk that is full or read-only costs only time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
    except OSError:
        return
