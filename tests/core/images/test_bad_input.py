"""Whatever is no good gets one sentence with its name and the reason, and costs next to nothing."""

import io
import os
import random
import struct
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, JpegImagePlugin

from core import images
from core.errors import PictureError
from core.images import decode, formats, read_file, read_image
from tests.core.images.seeds import SIZE, encoded, gradient, seeds

SEEDS = seeds()


def rejected(data: bytes, name: str = "cat.jpg") -> str:
    with pytest.raises(PictureError) as caught:
        read_image(data, name)
    message = str(caught.value)
    assert message.startswith(f"{name} cannot be used as a picture: ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


def never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise AssertionError("was about to decode")

    monkeypatch.setattr(decode, "_MALFORMED", (OSError, SyntaxError, ValueError))
    monkeypatch.setattr(decode, "_load", load)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_read_image__empty() -> None:
    assert rejected(b"") == "cat.jpg cannot be used as a picture: the file is empty."


@pytest.mark.parametrize(
    "data", [b"hello", b"\0", b"<svg></svg>", b"%PDF-1.7", b"\xff\xd8", b"RIFFxxxxWAVE"]
)
def test_read_image__no_picture_whatever_its_name(data: bytes) -> None:
    assert "not in one of the formats JPEG, PNG, WebP, GIF, BMP and TIFF" in rejected(data)


def test_read_image__format_of_phones() -> None:
    assert "save it as JPEG or PNG" in rejected(b"\0\0\0\x18ftypheic\0\0\0\0", "IMG_1.HEIC")


def test_read_image__text_that_starts_like_a_bmp() -> None:
    rejected(b"BMW is a make of cars.")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_read_image__cut_off(kind: str, part: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    assert "the file is cut off" in rejected(data[: int(len(data) * part)])


@pytest.mark.parametrize("name", SEEDS)
def test_read_image__cut_off_anywhere(name: str) -> None:
    data = SEEDS[name]
    for end in range(0, len(data), max(1, len(data) // 40)):
        try:
            picture = read_image(data[:end], "cut")
        except PictureError as error:
            assert str(error).startswith("cut cannot be used")
        else:
            assert picture.image.mode == "RGB"


def test_read_image__damaged_in_the_middle() -> None:
    data = bytearray(SEEDS["png"])
    data[data.index(b"IDAT") + 20] ^= 0xFF
    assert "it is damaged" in rejected(bytes(data))


def test_read_image__over_the_upload_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.images.read.MAX_BYTES", 3 * 2**20)
    never_decoded(monkeypatch)
    message = rejected(SEEDS["png"] + b"\0" * (4 * 2**20))
    assert "it has 4 MB, and the limit is 3 MB" in message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_read_image__one_pixel(kind: str) -> None:
    picture = read_image(encoded(Image.new("RGB", (1, 1), "white"), kind))
    assert (picture.width, picture.height) == (1, 1)
    assert picture.image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_read_image__a_line(kind: str, size: tuple[int, int]) -> None:
    assert read_image(encoded(Image.new("RGB", size), kind)).image.size == size


def test_read_image__small_file_with_many_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(Image.new("L", (9000, 9000)), "PNG")
    assert len(data) < 100_000
    never_decoded(monkeypatch)
    assert "9,000 x 9,000 pixels are more than the 50 million" in rejected(data, "bomb.png")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("png", struct.pack(">II", *SIZE[::-1]), struct.pack(">II", 50_001, 1000)),
        ("gif", struct.pack("<HH", *SIZE), struct.pack("<HH", 50_001, 1000)),
        ("bmp", struct.pack("<ii", *SIZE), struct.pack("<ii", 50_001, 1000)),
        ("webp-lossless", None, struct.pack("<I", 16382 | 16382 << 14)),
        ("webp-animated", None, b"\xff\xff\x00\xff\xff\x00"),
    ],
)
def test_read_image__too_many_pixels_in_the_header(
    name: str, old: bytes | None, new: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_decoded(monkeypatch)
    data = bytearray(SEEDS[name])
    if name == "png":
        data[16:24] = new
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif old is None:
        at = data.index(b"VP8L") + 9 if name == "webp-lossless" else 24
        data[at : at + len(new)] = new
    else:
        data = bytearray(bytes(data).replace(old, new, 1))
    assert "million" in rejected(bytes(data))


def test_read_image__jpeg_limit_is_higher(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(SEEDS["jpeg-grey"])
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", 20_001, 10_000)
    never_decoded(monkeypatch)
    assert "more than the 200 million that are allowed for JPEG" in rejected(bytes(data))


def test_read_image__large_jpeg_is_decoded_at_half_its_size(
    recwarn: pytest.WarningsRecorder,
) -> None:
    data = encoded(Image.new("L", (19_000, 10_000), 77), "JPEG")
    picture = read_image(data, "large.jpg")
    assert (picture.width, picture.height) == (19_000, 10_000)
    assert picture.image.size == (9_500, 5_000)
    assert picture.image.getpixel((5000, 2500)) == (77, 77, 77)
    assert picture.notes == ("decoded at 1/2 of its size",)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("size", "limit", "scale"),
    [
        ((100, 60), 6000, 1),
        ((100, 60), 5999, 2),
        ((100, 60), 1500, 2),
        ((100, 60), 1499, 4),
        ((99, 59), 1500, 2),
        ((100, 60), 374, 8),
    ],
)
def test_read_image__largest_reduction_that_fits(
    size: tuple[int, int], limit: int, scale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_PIXELS", limit)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_image(encoded(Image.new("RGB", size), "JPEG", exif=exif))
    assert (picture.width, picture.height) == size[::-1]
    assert picture.image.size == (-(-size[1] // scale), -(-size[0] // scale))
    assert picture.image.width * picture.image.height <= limit


def test_read_image__jpeg_with_a_great_many_scans() -> None:
    data = encoded(gradient(), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xc4", 0, data.rindex(b"\xff\xda")) : -2]
    assert read_image(data[:-2] + last * 50 + data[-2:]).image.size == SIZE
    assert "scans" in rejected(data[:-2] + last * 200 + data[-2:])


def test_count_jpeg_scans__is_exact() -> None:
    data = encoded(gradient(), "JPEG", progressive=True)
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    scans = formats.count_jpeg_scans(data, image.fp.tell())
    assert scans == data.count(b"\xff\xda") == 10
    assert formats.count_jpeg_scans(data + data, image.fp.tell()) == 10  # stops at the end


@pytest.mark.parametrize("side", [10_000, 2**31 - 1])
def test_read_image__tiff_with_huge_tiles(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    never_decoded(monkeypatch)
    tags = {256: 16, 257: 16, 258: 8, 259: 5, 262: 1, 277: 1}
    tags |= {322: side, 323: side, 324: 200, 325: 20}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + b"\0" * 400
    assert "tiles" in rejected(data)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_read_image__png_with_a_swollen_chunk(kind: bytes) -> None:
    data = SEEDS["png-alpha"]
    swollen = chunk(kind, b"a\0\0" + zlib.compress(b"x" * 20_000_000))
    assert "more text" in rejected(data[:33] + swollen + data[33:])


def test_read_image__not_enough_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decode, "_load", load)
    assert "not enough memory" in rejected(SEEDS["png"])


def test_read_image__odd_names_make_one_line() -> None:
    with pytest.raises(PictureError) as caught:
        read_image(b"", "a\nb\x1b[31m" + "c" * 500 + ".jpg")
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 200
    assert message.startswith("a�b�[31mccc")
    assert ".jpg cannot" in message


def test_read_image__pillow_keeps_its_settings(recwarn: pytest.WarningsRecorder) -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    for name, data in SEEDS.items():
        read_image(data, name)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    assert not recwarn.list


def test_read_image__pillows_warnings_stay_inside() -> None:
    data = SEEDS["tiff"]
    at = data.index(struct.pack("<HHI", 270, 2, 14)) + 8  # behind the description's length
    data = data[: at - 4] + struct.pack("<I", len(data) + 1) + data[at:]
    with pytest.warns(UserWarning, match="Tag data larger"):
        Image.open(io.BytesIO(data)).load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_image(data)
        warnings.warn("others are still heard", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in caught] == ["others are still heard"]


def test_read_image__many_threads_get_what_one_gets() -> None:
    alone = {name: read_image(data).image.tobytes() for name, data in SEEDS.items()}
    work = [(name, data) for name, data in SEEDS.items()] * 8
    with ThreadPoolExecutor(8) as pool:
        results = pool.map(lambda item: (item[0], read_image(item[1]).image.tobytes()), work)
        assert all(alone[name] == result for name, result in results)


def test_read_image__large_ones_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_PIXELS", SIZE[0] * SIZE[1] // 2)
    inside, most = 0, 0
    guard, load = threading.Lock(), decode._load

    def counted(*args: object) -> object:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        try:
            return load(*args)
        finally:
            with guard:
                inside -= 1

    monkeypatch.setattr(decode, "_load", counted)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read_image, [SEEDS["jpeg-progressive"]] * 40))
    assert most == 1


def test_read_file__is_read_image(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(SEEDS["png-alpha"])
    picture = read_file(str(path))
    assert picture == read_file(path) == read_image(SEEDS["png-alpha"], "photo.png")
    assert picture != read_image(SEEDS["png-alpha"], "other.png")
    assert len({picture, read_file(path)}) == 1


def test_read_file__nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PictureError, match=r"^a\.jpg .*no such file\.$"):
        read_file(tmp_path / "a.jpg")
    with pytest.raises(PictureError, match="it is a folder"):
        read_file(tmp_path)
    with pytest.raises(PictureError, match="cannot be used"):
        read_file("a\0b.jpg")
    with pytest.raises(PictureError, match="cannot be used"):
        read_file("x" * 5000 + ".jpg")
    (tmp_path / "huge.png").write_bytes(SEEDS["png"])
    monkeypatch.setattr("core.images.read.MAX_BYTES", 10)
    with pytest.raises(PictureError, match=r"huge\.png .*limit"):
        read_file(tmp_path / "huge.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_read_file__does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PictureError, match="not an ordinary file"):
        read_file(tmp_path / "pipe.jpg")


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The file with some bytes changed, lost, added or cut off, more often near its start."""
    if dice.random() < 0.15:
        return data[: dice.randrange(len(data))]
    result = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5, 10, 30))):
        at = dice.randrange(min(len(result), 200 if dice.random() < 0.6 else len(result)))
        match dice.randrange(5):
            case 0:
                result[at] = dice.choice((0, 1, 127, 128, 255, dice.randrange(256)))
            case 1:
                result[at] ^= 1 << dice.randrange(8)
            case 2:
                result[at : at + 4] = dice.choice((b"\xff" * 4, b"\0" * 4, dice.randbytes(4)))
            case 3 if len(result) > 20:
                del result[at : at + dice.randrange(1, 9)]
            case _:
                result[at:at] = dice.randbytes(dice.randrange(1, 9))
    mend = result.startswith(b"\x89PNG") and dice.random() < 0.8
    return mended_png(bytes(result)) if mend else bytes(result)


def mended_png(data: bytes) -> bytes:
    """With the checksums right again, or nothing behind them would ever be reached."""
    result, at = data[:8], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + length > len(data):
            break
        result += chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length])
        at += 12 + length
    return result + data[at:]


def attack(name: str, rounds: int, seed: int) -> None:
    for number in range(rounds):
        data = damaged(SEEDS[name], random.Random(f"{seed} {name} {number}"))
        try:
            picture = read_image(data, "fuzzed")
        except PictureError as error:
            assert str(error).startswith("fuzzed cannot be used as a picture: ")
        else:
            assert picture.image.mode == "RGB"
            assert picture.image.size == (picture.width, picture.height)
            assert picture.width * picture.height <= images.MAX_PIXELS


@pytest.mark.parametrize("name", SEEDS)
def test_read_image__random_damage(name: str) -> None:
    attack(name, rounds=60, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("name", SEEDS)
def test_read_image__long_random_damage(name: str) -> None:
    attack(name, rounds=5000, seed=random.SystemRandom().randrange(10**9))
