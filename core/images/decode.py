"""Bytes -> upright RGB pixels, within limits that are checked before anything is decoded."""

import io
import logging
import re
import struct
import threading
import warnings
import zlib
from contextlib import nullcontext
from typing import NamedTuple

from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from core.errors import PictureError
from core.images import formats
from core.images.pixels import to_rgb

MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 200_000_000
"""A JPEG can be decoded at half its size or less, and so fit into `MAX_PIXELS` all the same."""
MAX_JPEG_SCANS = 100

# The classes themselves, not Image.open: that one has limits of its own, lower than ours for a
# JPEG, and they can only be changed for the whole process.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
}

# What Pillow raises on malformed files: the first five were met when files of every format were
# damaged at random, the others are those that its readers raise or catch from each other.
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    Image.DecompressionBombError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    struct.error,
    zlib.error,
)

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TILE_WIDTH, _TILE_LENGTH = 322, 323

_PILLOW = re.compile(r"PIL\.")
_QUIET = ("ignore", None, Warning, _PILLOW, 0)
_one_large_at_a_time = threading.Lock()

logging.getLogger("PIL").addHandler(logging.NullHandler())  # keeps its errors off stderr


class Decoded(NamedTuple):
    """Pixels and what is worth knowing about how they came to be."""

    image: Image.Image
    original_size: tuple[int, int]
    """Width and height, upright, before any reduction."""
    format: str
    notes: tuple[str, ...]


def decode(data: bytes, least_side: int | None = None) -> Decoded:
    """The first picture in the file. PictureError with the reason alone, as part of a sentence.

    With ``least_side`` a JPEG is decoded at the smallest size that has no side below it.
    """
    kind = formats.detect(data)
    if kind is None:
        raise PictureError(_unknown_format(data))
    _hush_pillow()
    try:
        image = _open(data, kind)
        _check(image, data)
        # A progressive JPEG of 200 million pixels takes over a gigabyte while it is decoded.
        large = image.width * image.height > MAX_PIXELS
        with _one_large_at_a_time if large else nullcontext():
            return _load(image, data, least_side)
    except MemoryError as error:
        raise PictureError("there is not enough memory to decode it") from error
    except _MALFORMED as error:
        raise PictureError(_reason(error, data, kind)) from error


def _open(data: bytes, kind: str) -> ImageFile.ImageFile:
    if kind == "WEBP":
        _check_pixels(*formats.webp_size(data), kind)
    image = _READERS[kind](io.BytesIO(data))
    _check_pixels(*image.size, kind)
    return image


def _check_pixels(width: int, height: int, kind: str) -> None:
    limit = MAX_JPEG_PIXELS if kind == "JPEG" else MAX_PIXELS
    if width * height > limit:
        raise PictureError(
            f"its {width:,} x {height:,} pixels are more than the {limit // 10**6} million "
            f"that are allowed for {kind}"
        )


def _check(image: ImageFile.ImageFile, data: bytes) -> None:
    """What else makes decoding expensive out of proportion to the file."""
    if isinstance(image, JpegImageFile) and image.info.get("progressive"):
        scans = formats.count_jpeg_scans(data, image.fp.tell())
        if scans > MAX_JPEG_SCANS:
            raise PictureError(f"it is a JPEG of {scans:,} scans; {MAX_JPEG_SCANS} are allowed")
    if isinstance(image, TiffImageFile):
        width, length = (image.tag_v2.get(tag, 1) for tag in (_TILE_WIDTH, _TILE_LENGTH))
        if width * length > MAX_PIXELS:
            raise PictureError(f"its tiles of {width:,} x {length:,} pixels are too large")


def _load(image: ImageFile.ImageFile, data: bytes, least_side: int | None) -> Decoded:
    kind = image.format or ""
    original, scale = image.size, _reduce(image, least_side)
    image.load()
    if kind == "PNG":
        _mend_transparency(image, depth=data[24])
    orientation = _orientation(image)
    rgb, notes = to_rgb(image)
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
        notes.append("turned upright")
    if scale == 1:
        original = rgb.size
    else:
        notes.append(f"decoded at 1/{scale} of its size")
        original = original[::-1] if orientation >= 5 else original
    return Decoded(rgb, original, kind, (*_frame_notes(image, data), *notes))


def _reduce(image: ImageFile.ImageFile, least_side: int | None) -> int:
    """Ask a JPEG's decoder for 1/2, 1/4 or 1/8 of the size where that is needed or enough."""
    if not isinstance(image, JpegImageFile):
        return 1
    width, height = image.size
    scale = next(s for s in (1, 2, 4, 8) if -(-width // s) * -(-height // s) <= MAX_PIXELS)
    if least_side is not None:
        fitting = (s for s in (8, 4, 2) if min(width, height) // s >= least_side)
        scale = max(scale, next(fitting, 1))
    if scale > 1:
        image.draft(None, (width // scale, height // scale))
    return scale


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; 1 also where the EXIF is damaged, as it is in many good files.

    A TIFF has turned itself upright as it was loaded and says 1 afterwards.
    """
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except _MALFORMED:
        return 1
    return orientation if orientation in _TURNS else 1


def _mend_transparency(image: Image.Image, depth: int) -> None:
    """Bring a PNG's transparent colour from the file's bit depth to the eight bits of the pixels.

    Pillow hands it over as stored: https://www.w3.org/TR/png-3/#11tRNS
    """
    value = image.info.get("transparency")
    if image.mode == "RGB" and depth == 16 and isinstance(value, tuple):
        image.info["transparency"] = tuple(part >> 8 for part in value)
    elif image.mode == "L" and depth < 8 and isinstance(value, int):
        image.info["transparency"] = (value * (255 // (2**depth - 1))) & 255


def _frame_notes(image: ImageFile.ImageFile, data: bytes) -> list[str]:
    kind = image.format or ""
    if kind in ("GIF", "TIFF"):
        frames = formats.count_frames(data, kind)
    else:
        frames = getattr(image, "n_frames", 1)
    return [f"first of {frames:,} {'pages' if kind == 'TIFF' else 'frames'}"] if frames > 1 else []


def _unknown_format(data: bytes) -> str:
    if formats.is_phone_format(data):
        return "it is HEIC or AVIF; save it as JPEG or PNG first"
    return "it is not in one of the formats JPEG, PNG, WebP, GIF, BMP and TIFF"


def _reason(error: BaseException, data: bytes, kind: str) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"it has more than the {MAX_PIXELS // 10**6} million pixels that are allowed"
    if "truncated" in str(error).lower() or formats.is_cut_off(data, kind):
        return "the file is cut off"
    if "MAX_TEXT" in str(error):
        return "it carries more text, or a larger colour profile, than is allowed"
    return f"it is damaged, or of a kind of {kind} that cannot be read here"


def _hush_pillow() -> None:
    """Keep Pillow's remarks on odd files off stderr.

    A filter for Pillow's modules alone, and one that stays: warnings.catch_warnings would swap the
    filters of the whole process, and before Python 3.14 two threads that do so at the same time
    leave the wrong ones behind. Others may have swapped ours away, so look each time.
    """
    if _QUIET not in warnings.filters:
        warnings.filterwarnings("ignore", module=_PILLOW.pattern)
