"""scikit-learn's handwritten digits, which come with the package."""

import io

import numpy as np
from PIL import Image

from core.data.dataset import DataClass, Dataset


class DigitsDataset(Dataset):
    """1,797 digits of 8 x 8 pixels, white on black, as PNGs that are made when they are read.

    They are the test part, by 13 writers, of https://doi.org/10.24432/C50P49: counts of ink, 0 to
    16, in blocks of 4 x 4.
    """

    def __init__(self) -> None:
        from sklearn.datasets import load_digits

        digits = load_digits()
        classes = tuple(DataClass(str(digit)) for digit in range(10))
        super().__init__("digits", classes, digits.target.astype(np.int64))
        self._pixels = np.round(digits.images * (255 / 16)).astype(np.uint8)

    def _file(self, i: int) -> str:
        return f"{self.labels[i]}/{i:04}.png"

    def _read(self, i: int) -> bytes:
        data = io.BytesIO()
        Image.fromarray(self._pixels[i]).save(data, "PNG")
        return data.getvalue()
