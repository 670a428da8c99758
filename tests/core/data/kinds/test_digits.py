"""scikit-learn's digits."""

import numpy as np
from sklearn.datasets import load_digits

from core import data
from core.data import DataClass
from core.images import read_image


def test_digits__are_scikit_learns() -> None:
    digits, known = data.open("digits"), load_digits()
    assert digits.labels.tolist() == known.target.tolist()
    assert digits.labels.dtype == np.int64
    assert digits.classes == tuple(DataClass(str(digit)) for digit in range(10))
    for i in (0, 1, 1000, 1796):
        picture = read_image(digits.read(i))
        pixels = np.asarray(picture.image)
        assert (picture.format, pixels.shape) == ("PNG", (8, 8, 3))
        assert np.abs(pixels[..., 0] / 255 * 16 - known.images[i]).max() < 1 / 16
    assert digits.file(1796) == "8/1796.png"


def test_digits__are_the_same_each_time() -> None:
    one, other = data.open("digits"), data.open("digits")
    assert [one.read(i) for i in range(0, 1797, 50)] == [other.read(i) for i in range(0, 1797, 50)]
