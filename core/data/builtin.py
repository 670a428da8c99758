"""The data sets that are always there, without a download or a file."""

from core.data.dataset import Dataset

NAMES = {
    "digits": "1,797 handwritten digits, 8 x 8 pixels, from scikit-learn",
    "shapes": "1,200 drawn shapes of 8 classes, with their masks",
    "shapes-background": "the same; in training, the background gives the class away",
    "shapes-mark": "the same; in training, a mark in a corner gives the class away",
}
"""Each name with what it stands for."""


def open_builtin(name: str) -> Dataset:
    """The built-in data set of that name, which is one of `NAMES`."""
    from core.data.kinds.digits import DigitsDataset
    from core.data.kinds.shapes import ShapesDataset

    if name == "digits":
        return DigitsDataset()
    return ShapesDataset({"shapes-background": "background", "shapes-mark": "mark"}.get(name))
