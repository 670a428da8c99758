"""Pictures side by side."""

import io

import numpy as np
from PIL import Image

from core.figures.picture_strip import picture_strip


def drawn(*pictures: Image.Image, side: int) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture_strip(pictures, side))))


def test_picture_strip__squares_with_air_between() -> None:
    strip = drawn(Image.new("RGB", (30, 90), "red"), Image.new("L", (90, 30), 255), side=20)
    assert strip.shape == (20, 44, 4)
    assert (strip[:, :20] == [255, 0, 0, 255]).all()
    assert (strip[:, 20:24, 3] == 0).all()
    assert (strip[:, 24:] == 255).all()


def test_picture_strip__the_middle_is_kept() -> None:
    wide = Image.new("RGB", (60, 20), "red")
    wide.paste("blue", (20, 0, 40, 20))
    assert (drawn(wide, side=10)[:, 4:6] == [0, 0, 255, 255]).all()


def test_picture_strip__small_ones_keep_their_pixels() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    strip = drawn(Image.fromarray(pixels), side=72)
    assert (strip[..., 0] == np.kron(pixels, np.ones((9, 9), np.uint8))).all()
