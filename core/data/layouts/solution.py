"""Kaggle's file of answers to ImageNet's validation pictures, ``LOC_val_solution.csv``.

Its columns are ImageId and PredictionString, which names the wnid and the box, xmin ymin xmax ymax,
of each object: https://www.kaggle.com/c/imagenet-object-localization-challenge/data
"""

import csv
import re
from pathlib import Path

from core.data.layouts.layout import Answers, Box
from core.errors import DataError

FILE = "LOC_val_solution.csv"
_WNID = re.compile(r"n\d{8}")


def read(path: Path) -> Answers:
    """What the validation pictures show; a box where there is one object only.

    DataError where the file is damaged.
    """
    keys, boxes = {}, {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                wnid, found = _objects(row["PredictionString"])
                keys[row["ImageId"]] = wnid
                if len(found) == 1:
                    boxes[row["ImageId"]] = found[0]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise DataError(
            f"{path} is damaged, or no {FILE} with the columns ImageId and PredictionString; "
            "download it again from Kaggle."
        ) from error
    return Answers(keys, boxes)


def _objects(text: str) -> tuple[str, list[Box]]:
    """The wnid of a picture and the boxes of its objects; ValueError for any other text."""
    fields = text.split()
    wnids = set(fields[::5])
    if len(fields) % 5 or len(wnids) != 1 or not _WNID.fullmatch(fields[0]):
        raise ValueError(text)
    sides = [tuple(map(float, fields[at + 1 : at + 5])) for at in range(0, len(fields), 5)]
    return fields[0], sides
