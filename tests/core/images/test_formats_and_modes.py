"""Every format and kind of pixel arrives as upright RGB with the right values."""

import hashlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from core.images import read_image
from tests.core.images.seeds import SIZE, encoded, gradient, seeds

SEEDS = seeds()


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(read_image(data).image)


def png(raw: bytes, width: int, height: int, depth: int, colour: int, *chunks: bytes) -> bytes:
    """A PNG from its scan lines, each with its filter byte."""

    def chunk(body: bytes) -> bytes:
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))

    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (header, *chunks, b"IDAT" + zlib.compress(raw), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, parts))


def tiff(values: np.ndarray, **tags: int) -> bytes:
    """A TIFF of one strip with the values as they are, little-endian."""
    names = {"bits": 258, "photometric": 262, "samples": 277, "extra": 338, "sample_format": 339}
    height, width = values.shape[:2]
    raw = values.tobytes()
    entries = {256: width, 257: height, 258: values.itemsize * 8, 259: 1, 262: 1, 277: 1}
    entries |= {278: height, 279: len(raw), 273: 0} | {names[key]: tags[key] for key in tags}
    entries[273] = 8 + 2 + 12 * len(entries) + 4
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + b"\0" * 4 + raw


@pytest.mark.parametrize("name", SEEDS)
def test_read_image__every_kind(name: str) -> None:
    picture = read_image(SEEDS[name], f"{name}.x")
    turned = name in {"jpeg", "png", "webp", "tiff"}  # these say so in their EXIF
    assert picture.image.size == (picture.width, picture.height) == (SIZE[::-1] if turned else SIZE)
    assert picture.image.mode == "RGB"
    assert picture.image.info == {}
    assert type(picture.image) is Image.Image
    assert picture.format == name.partition("-")[0].upper()
    assert ("turned upright" in picture.notes) == (turned and name != "tiff")


def test_read_image__sha256_is_of_the_bytes() -> None:
    picture = read_image(SEEDS["gif"])
    assert picture.sha256 == hashlib.sha256(SEEDS["gif"]).hexdigest()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_read_image__orientation(kind: str, orientation: int) -> None:
    upright = gradient()
    # How a camera would have stored it: the inverse of what the reader is told to do.
    stored = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "JPEG" else {}
    picture = read_image(encoded(stored, kind, exif=exif, **options))
    assert (picture.width, picture.height) == SIZE
    difference = np.asarray(picture.image).astype(int) - np.asarray(upright)
    assert np.abs(difference).max() <= (12 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    ("kind", "count", "value"), [(3, 1, 0), (3, 1, 9), (4, 1, 70_000), (2, 4, 0x617A7A), (3, 2, 6)]
)
def test_read_image__orientation_that_does_not_exist(kind: int, count: int, value: int) -> None:
    entry = struct.pack("<HHHII", 1, 0x0112, kind, count, value)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entry + b"\0" * 4
    assert sorted(read_image(encoded(gradient(), "JPEG", exif=exif)).image.size) == sorted(SIZE)


def test_read_image__damaged_exif_is_passed_over() -> None:
    for exif in (b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0MM"):
        assert read_image(encoded(gradient(), "JPEG", exif=exif)).image.size == SIZE


@pytest.mark.parametrize("name", ["png", "bmp", "tiff-lzw", "webp-lossless"])
def test_read_image__lossless_formats_keep_every_value(name: str) -> None:
    image = gradient()
    kind = name.partition("-")[0].upper()
    data = encoded(image, kind, lossless=True) if kind == "WEBP" else encoded(image, kind)
    assert np.array_equal(pixels(data), np.asarray(image))


def test_read_image__alpha_is_laid_over_white() -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(10, 20, 30, 255), (200, 0, 100, 0), (100, 50, 0, 51)])
    picture = read_image(encoded(image, "PNG"))
    assert np.array_equal(picture.image, [[[10, 20, 30], [255, 255, 255], [224, 214, 204]]])
    assert picture.notes == ("transparency shown on white",)


def test_read_image__alpha_without_transparency_needs_no_note() -> None:
    picture = read_image(encoded(gradient().convert("RGBA"), "PNG"))
    assert picture.notes == ()
    assert np.array_equal(picture.image, gradient())


def test_read_image__grey_with_alpha() -> None:
    image = Image.merge("LA", (Image.new("L", (2, 2), 100), Image.new("L", (2, 2), 51)))
    assert (pixels(encoded(image, "PNG")) == 224).all()


@pytest.mark.parametrize("transparency", [1, b"\xff\x00\xff"])
def test_read_image__transparent_palette_entry(transparency: int | bytes) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    result = pixels(encoded(image, "PNG", transparency=transparency))
    assert result.tolist() == [[[255, 0, 0], [255, 255, 255], [0, 0, 255]]]


def test_read_image__transparent_gif_colour() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putdata([0, 1])
    result = pixels(encoded(image, "GIF", transparency=0))
    assert result.tolist() == [[[255, 255, 255], [0, 255, 0]]]


def test_read_image__premultiplied_alpha_in_tiff() -> None:
    values = np.array([[[50, 0, 25, 51], [9, 8, 7, 255]]], np.uint8)
    raw = tiff(values[..., 0], bits=8, photometric=2, samples=4, extra=1)
    data = raw[: -values[..., 0].size] + values.tobytes()
    # 51/255 of 250, 0, 125 is 50, 0, 25; over white the colour shines through by a fifth.
    assert pixels(data).tolist() == [[[254, 204, 229], [9, 8, 7]]]


def test_read_image__premultiplied_grey_in_tiff() -> None:
    values = np.array([[[50, 51], [7, 255]]], np.uint8)
    raw = tiff(values[..., 0], bits=8, samples=2, extra=1)
    data = raw[: -values[..., 0].size] + values.tobytes()
    assert pixels(data)[0, :, 0].tolist() == [254, 7]


@pytest.mark.parametrize(
    ("depth", "raw", "transparent"),
    [(8, b"\0\x32\x64", 0x64), (4, b"\0\x36", 6), (2, b"\0\x40", 0), (1, b"\0\x80", 0)],
)
def test_read_image__transparent_grey_at_every_depth(
    depth: int, raw: bytes, transparent: int
) -> None:
    data = png(raw, 2, 1, depth, 0, b"tRNS" + struct.pack(">H", transparent))
    picture = read_image(data)
    assert picture.image.getpixel((1, 0)) == (255, 255, 255)
    assert picture.image.getpixel((0, 0)) == {8: (50,) * 3, 4: (51,) * 3, 2: (85,) * 3}.get(
        depth, (255,) * 3
    )
    assert picture.notes == ("transparency shown on white",)


def test_read_image__transparent_16_bit_colour() -> None:
    raw = b"\0" + struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 0x0100, 0x0200, 0x0300)
    data = png(raw, 2, 1, 16, 2, b"tRNS" + struct.pack(">3H", 0x1234, 0x5678, 0x9ABC))
    assert pixels(data).tolist() == [[[255, 255, 255], [1, 2, 3]]]


def test_read_image__transparent_16_bit_grey() -> None:
    raw = b"\0" + struct.pack(">2H", 1000, 65535 // 3)
    picture = read_image(png(raw, 2, 1, 16, 0, b"tRNS" + struct.pack(">H", 1000)))
    assert [picture.image.getpixel((x, 0))[0] for x in (0, 1)] == [255, 85]


def test_read_image__16_bit_grey_is_divided_by_257() -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65535]], np.uint16)
    for data in (encoded(Image.fromarray(values), "PNG"), encoded(Image.fromarray(values), "TIFF")):
        picture = read_image(data)
        assert np.asarray(picture.image)[0, :, 1].tolist() == [0, 0, 1, 1, 128, 255]
        assert picture.notes == ("16 bits a channel reduced to 8",)


def test_read_image__white_is_zero() -> None:
    values = np.array([[0, 65535]], np.uint16)
    assert pixels(tiff(values, photometric=0))[0, :, 0].tolist() == [255, 0]


def test_read_image__12_bit_tiff() -> None:
    packed = np.array([[0x00, 0x0F, 0xFF]], np.uint8)  # 0 and 4095
    data = tiff(packed, bits=12).replace(
        struct.pack("<HHII", 256, 4, 1, 3), struct.pack("<HHII", 256, 4, 1, 2)
    )
    picture = read_image(data)
    assert np.asarray(picture.image)[0, :, 0].tolist() == [0, 255]
    assert picture.notes == ("12 bits a channel reduced to 8",)


@pytest.mark.parametrize(
    ("values", "sample_format", "levels"),
    [
        (np.array([[-100, 0, 155]], np.int32), 2, [0, 100, 255]),
        (np.array([[0, 2**31, 2**32 - 1]], np.uint32), 1, [0, 128, 255]),
        (np.array([[-32768, 0, 32767]], np.int16), 2, [0, 128, 255]),
        (np.array([[7, 7, 7]], np.int32), 2, [0, 0, 0]),
        (np.array([[0, 0.5, 1]], np.float32), 3, [0, 128, 255]),
        (np.array([[0.25, 0.5, 0.25]], np.float32), 3, [64, 128, 64]),
        (np.array([[-1, 0, 1]], np.float32), 3, [0, 128, 255]),
        (np.array([[-3e38, 0, 3e38]], np.float32), 3, [0, 128, 255]),
        (np.array([[0, 1e-45, 0]], np.float32), 3, [0, 0, 0]),
        (np.array([[500, 500, 500]], np.float32), 3, [0, 0, 0]),
    ],
)
def test_read_image__wide_values(values: np.ndarray, sample_format: int, levels: list[int]) -> None:
    picture = read_image(tiff(values, sample_format=sample_format))
    assert np.asarray(picture.image)[0, :, 0].tolist() == levels
    assert len(picture.notes) == 1


def test_read_image__stretching_is_noted() -> None:
    picture = read_image(tiff(np.array([[-3.5, 812]], np.float32), sample_format=3))
    assert picture.notes == ("values from -3.5 to 812 stretched to black and white",)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_read_image__not_a_number(bad: float) -> None:
    data = tiff(np.array([[0.5, bad]], np.float32), sample_format=3)
    with pytest.raises(PictureError, match=r"^depth\.tif .*not numbers \(NaN or infinity\)\.$"):
        read_image(data, "depth.tif")


def test_read_image__inverted_cmyk_of_adobe() -> None:
    plain = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # red
    data = encoded(plain, "JPEG", quality=95)
    assert b"Adobe" in data
    picture = read_image(data)
    assert np.abs(np.asarray(picture.image).astype(int) - [255, 0, 0]).max() <= 6
    assert picture.notes == ("CMYK converted to RGB without its colour profile",)


def test_read_image__lab_is_converted_back() -> None:
    difference = pixels(SEEDS["tiff-lab"]).astype(int) - np.asarray(gradient())
    assert np.abs(difference).mean() < 3


def test_read_image__one_bit() -> None:
    image = Image.new("1", (9, 2))
    image.putpixel((8, 1), 1)
    for kind in ("PNG", "BMP", "TIFF", "GIF"):
        result = pixels(encoded(image, kind))
        assert result.sum() == 3 * 255
        assert result[1, 8, 0] == 255


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("gif-animated", "first of 3 frames"),
        ("png-animated", "first of 2 frames"),
        ("webp-animated", "first of 2 frames"),
        ("tiff-pages", "first of 3 pages"),
    ],
)
def test_read_image__first_of_several(name: str, note: str) -> None:
    assert note in read_image(SEEDS[name]).notes
    single = read_image(encoded(gradient(), name.partition("-")[0]))
    assert not any(text.startswith("first of") for text in single.notes)


def test_read_image__first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "PNG", "TIFF"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert read_image(data).image.getpixel((2, 2)) == (255, 0, 0)


def test_read_image__many_pages_are_counted_quickly() -> None:
    buffer = io.BytesIO()
    page = tiff(np.zeros((1, 1), np.uint8))
    # Each page's directory is followed by the offset of the next one.
    size, ends = len(page), 8 + 2 + 12 * 9
    for at in range(20_000):
        body = bytearray(page)
        offset = at * (size - 8)
        body[ends : ends + 4] = struct.pack("<I", 8 + offset + size - 8)
        buffer.write(body if at == 0 else body[8:])
    data = buffer.getvalue()
    assert "first of 20,000 pages" in read_image(data).notes
