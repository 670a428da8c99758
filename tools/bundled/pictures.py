"""What the bundled model looks for: a picture for each of its classes."""

import io
import sys
from typing import Any

from PIL import Image

from core import models
from core.inside.maximise import Maximised, maximise
from core.models.looked_for import FOLDER, path_of

LARGEST = 3000
"""Bytes of a picture."""
_QUALITIES = range(90, 9, -5)


def draw() -> dict[str, Any]:
    """Write a WebP for each class below ``assets/looked_for``; returns their number and size."""
    model = models.load(device="cpu")

    def progress(done: int, of: int) -> None:
        print(f"\r{done} of {of}", end="", file=sys.stderr)

    made = maximise(model, range(len(model.classes)), progress=progress)
    encoded = {str(model.classes[one.index].wnid): encode(one) for one in made}
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    for wnid, content in encoded.items():
        path_of(wnid).write_bytes(content)
    sizes = [len(content) for content in encoded.values()]
    return {
        "pictures": len(sizes),
        "largest": max(sizes),
        "bytes": sum(sizes),
        "taken for their class": sum(one.probability > 0.5 for one in made),
    }


def encode(one: Maximised) -> bytes:
    """As WebP, at the best quality that is small enough. ValueError where none is."""
    for quality in _QUALITIES:
        file = io.BytesIO()
        Image.fromarray(one.pixels).save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise ValueError(f"The picture of class {one.index} does not fit into {LARGEST:,} bytes.")
