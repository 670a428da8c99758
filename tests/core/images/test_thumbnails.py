"""Thumbnails and their cache."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import paths
from core.errors import PictureError
from core.images import cached_thumbnail, enlarge, read_image, thumbnail, thumbnails
from tests.core.images.seeds import encoded, gradient, seeds


def kept() -> list[Path]:
    return [path for path in (paths.cache() / "thumbnails").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("size", "expected"),
    [((400, 200), (100, 50)), ((200, 400), (50, 100)), ((64, 64), (64, 64)), ((5000, 1), (100, 1))],
)
def test_thumbnail__longer_side(size: tuple[int, int], expected: tuple[int, int]) -> None:
    made = Image.open(io.BytesIO(thumbnail(Image.new("RGB", size, "teal"), 100)))
    assert (made.format, made.size) == ("JPEG", expected)
    assert np.abs(np.asarray(made).astype(int) - [0, 128, 128]).max() <= 3


def test_thumbnail__leaves_its_picture_alone() -> None:
    image = gradient()
    before = image.tobytes()
    thumbnail(image, 5)
    assert image.tobytes() == before


@pytest.mark.parametrize("name", seeds())
def test_cached_thumbnail__every_kind(name: str) -> None:
    data = seeds()[name]
    made = Image.open(io.BytesIO(cached_thumbnail(data, 12)))
    assert max(made.size) == 12
    whole = Image.open(io.BytesIO(thumbnail(read_image(data).image, 12)))
    assert made.size == whole.size


def test_cached_thumbnail__of_a_large_jpeg_looks_the_same() -> None:
    image = gradient().resize((2000, 1200), Image.Resampling.BICUBIC)
    small = Image.open(io.BytesIO(cached_thumbnail(encoded(image, "JPEG", quality=95), 160)))
    expected = Image.open(io.BytesIO(thumbnail(image, 160)))
    assert small.size == expected.size == (160, 96)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(expected)).mean() < 2


def test_cached_thumbnail__is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = seeds()["png"]
    first = cached_thumbnail(data, 16)
    other = cached_thumbnail(data, 8)
    assert first != other
    assert len(kept()) == 2
    monkeypatch.setattr(thumbnails, "read_small", None)  # would fail if it were made again
    assert cached_thumbnail(data, 16) == first


def test_cached_thumbnail__damaged_in_the_cache_is_made_again() -> None:
    data = seeds()["png"]
    first = cached_thumbnail(data, 16)
    for broken in (b"", first[:50]):
        kept()[0].write_bytes(broken)
        assert cached_thumbnail(data, 16) == first
        assert kept()[0].read_bytes() == first


def test_cached_thumbnail__bad_picture_is_named_and_not_kept() -> None:
    with pytest.raises(PictureError, match=r"^a\.jpg cannot be used"):
        cached_thumbnail(b"text", 16, "a.jpg")
    with pytest.raises(PictureError, match=r"^b\.jpg cannot be used.*empty"):
        cached_thumbnail(b"", 16, "b.jpg")
    assert kept() == []


def test_cached_thumbnail__without_a_place_to_keep_it(netlens_home: Path) -> None:
    netlens_home.write_text("a file where the folder would be")
    assert cached_thumbnail(seeds()["png"], 16).startswith(b"\xff\xd8")


def test_cached_thumbnail__many_threads() -> None:
    data = list(seeds().values())[:4] * 20
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda each: cached_thumbnail(each, 16), data))
    assert made[:4] * 20 == made
    assert len(kept()) == 4  # and nothing half-written


def test_cached_thumbnail__many_processes() -> None:
    code = (
        "from core.images import cached_thumbnail; from tests.core.images.seeds import seeds\n"
        "for name, data in seeds().items():\n"
        "    if name != 'tiff-lab':  # its colour profile holds the time at which it was made\n"
        "        assert cached_thumbnail(data, 16).endswith(b'\\xff\\xd9')"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert len(kept()) == len(seeds()) - 1
    assert all(path.suffix == ".jpg" for path in kept())


@pytest.mark.parametrize(("least", "size"), [(5, (24, 16)), (17, (48, 32)), (160, (240, 160))])
def test_enlarge__whole_multiples(least: int, size: tuple[int, int]) -> None:
    made = Image.open(io.BytesIO(enlarge(gradient(), least)))
    times = size[0] // 24
    assert (made.format, made.size) == ("PNG", size)
    assert np.array_equal(np.asarray(made)[::times, ::times], np.asarray(gradient()))
