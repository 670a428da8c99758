"""What can be told from a file's bytes before anything is decoded."""

import re
from collections.abc import Iterator

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
)
"""File name endings (lower case) under which pictures of the readable formats usually go."""

_TIFF_HEADERS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PHONE_BRANDS = (b"heic", b"heix", b"hevc", b"heif", b"mif1", b"msf1", b"avif", b"avis")
# A marker is 0xFF and a byte that is neither stuffing, nor fill, nor a restart marker.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")


def detect(data: bytes) -> str | None:
    """The format by its first bytes, under Pillow's name for it; None for any other.

    The name of the file plays no part.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(_TIFF_HEADERS):
        return "TIFF"
    return "BMP" if data.startswith(b"BM") else None


def is_phone_format(data: bytes) -> bool:
    """Whether these are the first bytes of an HEIC or AVIF picture."""
    return data[4:8] == b"ftyp" and data[8:12] in _PHONE_BRANDS


def is_cut_off(data: bytes, kind: str) -> bool:
    """Whether a file that failed to decode lacks its end, as after a broken download."""
    if kind == "JPEG":
        return data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda")
    if kind == "PNG":
        return b"IEND" not in data
    if kind == "GIF":
        return not data.rstrip(b"\0").endswith(b";")
    if kind == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if kind == "BMP":
        return int.from_bytes(data[2:6], "little") > len(data)
    directory = int.from_bytes(data[4:8], "little" if data[:2] == b"II" else "big")
    return directory >= len(data)


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from a WebP file's header; (0, 0) where it has none.

    Pillow sets up the decoder's canvas as it opens the file, which is too late for a limit.
    Layout: https://developers.google.com/speed/webp/docs/riff_container
    """
    chunk, head = data[12:16], data[20:30]
    if len(head) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return _little(head[4:7]) + 1, _little(head[7:10]) + 1
    if chunk == b"VP8L":
        bits = _little(head[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return _little(head[6:8]) & 0x3FFF, _little(head[8:10]) & 0x3FFF
    return 0, 0


def count_jpeg_scans(data: bytes, start: int) -> int:
    """Scans of a JPEG from ``start``, just behind the header of its first one.

    Every scan of a progressive JPEG walks over the whole picture, and an empty one takes a few
    hundred bytes: a small file could keep the decoder busy for hours.
    """
    scans, at = 1, start
    while match := _JPEG_MARKER.search(data, at):
        marker, at = match[1], match.end()
        if marker == b"\xd9":
            break
        scans += marker == b"\xda"
        at += int.from_bytes(data[at : at + 2], "big")
    return scans


def count_frames(data: bytes, kind: str) -> int:
    """Pictures in a GIF or TIFF file, told from its structure alone; damage ends the count.

    Pillow answers this too, but slowly: it takes time quadratic in the pages of a TIFF.
    """
    frames = _gif_frames(data) if kind == "GIF" else _tiff_pages(data)
    return sum(1 for _ in frames)


def _gif_frames(data: bytes) -> Iterator[int]:
    at = 13 + _gif_palette(data[10:11])
    while at < len(data):
        if data[at] == 0x21:  # an extension: its label, then sub-blocks
            at += 2
        elif data[at] == 0x2C:  # a frame: nine bytes, palette, code size, then sub-blocks
            yield at
            at += 11 + _gif_palette(data[at + 9 : at + 10])
        else:
            return
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1


def _gif_palette(flags: bytes) -> int:
    """Bytes of the colour table that the flags announce."""
    return 6 << (flags[0] & 7) if flags and flags[0] & 0x80 else 0


def _tiff_pages(data: bytes) -> Iterator[int]:
    order = "little" if data[:2] == b"II" else "big"
    big = 43 in data[2:4]
    first, counter, entry, offset = (8, 8, 20, 8) if big else (4, 2, 12, 4)
    at, seen = int.from_bytes(data[first : first + offset], order), set()
    while 0 < at < len(data) and at not in seen:
        yield at
        seen.add(at)
        at += counter + entry * int.from_bytes(data[at : at + counter], order)
        at = int.from_bytes(data[at : at + offset], order)


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
