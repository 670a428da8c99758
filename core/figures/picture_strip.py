"""A few pictures side by side, to see at a glance what a class looks like."""

import io
from collections.abc import Sequence

from PIL import Image, ImageOps

_BETWEEN = 4  # pixels


def picture_strip(pictures: Sequence[Image.Image], side: int = 72) -> bytes:
    """A PNG of the middle squares of pictures, each ``side`` pixels; at least one is needed.

    Pictures smaller than that are enlarged with their pixels kept as squares.
    """
    width = len(pictures) * (side + _BETWEEN) - _BETWEEN
    strip = Image.new("RGBA", (width, side))  # what lies between is transparent
    for number, picture in enumerate(pictures):
        small = max(picture.size) <= side
        how = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
        square = ImageOps.fit(picture.convert("RGB"), (side, side), how)
        strip.paste(square, (number * (side + _BETWEEN), 0))
    made = io.BytesIO()
    strip.save(made, "PNG")
    return made.getvalue()
