"""Pixels of any kind -> RGB with eight bits a channel."""

from typing import TYPE_CHECKING, Any

from PIL import Image

from core.errors import PictureError

if TYPE_CHECKING:
    import numpy as np

# TIFF tags: https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")


def to_rgb(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """A loaded image as RGB without metadata, and notes on what was lost or chosen on the way.

    Colour profiles are not applied: the usual training pipelines do not apply them either.
    PictureError (the reason alone) where the values are no brightness: NaN or infinity.
    """
    if image.mode.startswith(("I", "F")):
        image, notes = _grey_8_bit(image)
    else:
        notes = []
    if image.mode == "CMYK":
        notes.append("CMYK converted to RGB without its colour profile")
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        rgb, transparent = _on_white(image.convert("RGBA"))
        if transparent:
            notes.append("transparency shown on white")
    else:
        rgb = image.convert("RGB")
    rgb.info = {}
    return rgb, notes


def _on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """RGBA -> RGB over white, and whether anything was transparent at all."""
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return image.convert("RGB"), False
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas, True


def _grey_8_bit(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Grey with more than eight bits -> mode L, or LA where one value means transparent.

    Up to 16 bits without sign the whole range of the type is black to white (65,535 -> 255).
    Floats within 0 to 1 are taken as black to white. Anything else has no range of its own, so
    its smallest value becomes black and its largest white, and a note says so.
    """
    import numpy as np

    tags: dict[int, Any] = getattr(image, "tag_v2", {})
    stored = np.asarray(image)
    if image.mode == "I" and _first(tags.get(_SAMPLE_FORMAT, 1)) == 1:
        stored = stored.view(np.uint32)  # Pillow keeps unsigned integers in signed ones
    if not np.isfinite(stored).all():
        raise PictureError("it holds values that are not numbers (NaN or infinity)")

    low, high = float(stored.min()), float(stored.max())
    if image.mode.startswith("I;16"):
        bits = _first(tags.get(_BITS_PER_SAMPLE, 16))
        low, high = 0.0, float(2**bits - 1)
        note = f"{bits} bits a channel reduced to 8"
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
        note = "floating point from 0 to 1 reduced to 8 bits a channel"
    else:
        note = f"values from {low:g} to {high:g} stretched to black and white"

    grey = Image.fromarray(_stretched(stored, low, high))
    if tags.get(_PHOTOMETRIC) == 0:  # WhiteIsZero, which Pillow heeds up to eight bits only
        grey = grey.point([255 - level for level in range(256)])
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        opaque = Image.fromarray(np.where(stored == transparent, 0, 255).astype(np.uint8))
        grey = Image.merge("LA", (grey, opaque))
    return grey, [note]


def _stretched(values: "np.ndarray", low: float, high: float) -> "np.ndarray":
    """``low`` -> 0, ``high`` -> 255, rounded, uint8; all 0 where the two are the same."""
    import numpy as np

    if low == high:
        return np.zeros(values.shape, np.uint8)
    # Doubles: the span of two 32-bit floats may not fit into a third one.
    levels = values.astype(np.float64)
    levels -= low
    levels *= 255 / (high - low)
    return np.rint(levels, out=levels).clip(0, 255).astype(np.uint8)


def _first(tag: Any) -> Any:  # noqa: ANN401 - TIFF tags hold anything
    return tag[0] if isinstance(tag, tuple) else tag
