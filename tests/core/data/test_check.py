"""The data doctor."""

import io
import time
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from core import data
from core.data.check import Finding, examine
from core.data.splits import Split, split
from core.data.stock import take_stock
from tests.core.data.memory import MemoryDataset


def png(number: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), (number % 256, number // 256, 0)).save(made, "PNG")
    return made.getvalue()


def pets(**counts: int) -> MemoryDataset:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return MemoryDataset([png(i) for i in range(len(labels))], labels)


def by_hand(train: Sequence[int], validation: Sequence[int], test: Sequence[int] = ()) -> Split:
    return Split(*(np.array(part, np.int64) for part in (train, validation, test)))


def examined(dataset: data.Dataset, parts: Split | None = None) -> dict[str, Finding]:
    stock = take_stock(dataset)
    found = examine(dataset, parts or split(dataset, stock.digests), stock)
    assert found[-1].what == "counts"
    assert all(finding.text.endswith(".") for finding in found)
    return {finding.what: finding for finding in found}


def test_examine__nothing_wrong() -> None:
    found = examined(pets(cat=60, dog=50))
    assert list(found) == ["counts"]
    assert found["counts"].weight == "note"
    assert found["counts"].text == (
        "110 pictures of 2 classes: 66 in training, 22 in validation, 22 in the test."
    )


def test_examine__one_class() -> None:
    finding = examined(pets(cat=60))["one-class"]
    assert finding.weight == "stop"
    assert "cat" in finding.text
    assert "add a second class" in finding.text


def test_examine__one_class_because_the_other_is_broken() -> None:
    dataset = MemoryDataset([*map(png, range(40)), b"broken"], ["cat"] * 40 + ["dog"])
    found = examine(dataset, by_hand(range(30), range(30, 41)), take_stock(dataset))
    assert found[0].what == "one-class"
    assert next(f for f in found if f.what == "unreadable").positions == (40,)


def test_examine__unreadable() -> None:
    pictures = [*map(png, range(58)), b"", None]
    dataset = MemoryDataset(pictures, ["cat", "dog"] * 30)
    finding = examined(dataset)["unreadable"]
    assert finding.weight == "warning"
    assert finding.positions == (58, 59)
    assert finding.text == (
        "2 pictures cannot be read. Save such as JPEG or PNG again, or take them out. 58.png "
        "cannot be used as a picture: the file is empty. 59.png of pets cannot be read: it is gone."
    )


def test_examine__all_broken() -> None:
    found = examined(MemoryDataset([b"broken"] * 12, ["cat", "dog"] * 6))
    assert found["unreadable"].weight == "stop"
    assert found["unreadable"].text.startswith("None of the pictures can be read.")
    assert found["unreadable"].text.endswith("TIFF. 7 more.")
    assert found["few"].weight == "stop"


def test_examine__two_pictures() -> None:
    found = examined(pets(cat=1, dog=1))
    assert found["few"].text.startswith("Fewer than 5 pictures to learn from: cat (1), dog (1).")
    assert found["few"].positions == (0, 1)
    assert "only 0 pictures to validate on" in found["validation"].text


def test_examine__imbalance() -> None:
    assert "imbalance" not in examined(pets(cat=100, dog=20))
    finding = examined(pets(cat=101, dog=19))["imbalance"]
    assert finding.weight == "warning"
    assert "cat has 61 pictures to learn from and dog 11" in finding.text
    assert "class weights" in finding.text


def test_examine__labels_that_differ_by_case() -> None:
    dataset = pets(cat=20, Cat=20, dog=20)
    finding = examined(dataset)["case"]
    assert "Cat, cat differ by case or spaces only" in finding.text
    assert finding.positions == tuple(range(40))


def test_examine__two_synsets_with_one_label_are_two_classes() -> None:
    dataset = pets(a=20, b=20)
    dataset.classes = (
        data.DataClass("crane", "n02012849"),
        data.DataClass("crane", "n03126707"),
    )
    assert "case" not in examined(dataset)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (by_hand([0, *range(2, 40)], [1, *range(40, 60)]), "in training and in validation"),
        (by_hand([0, *range(2, 40)], range(40, 60), [1]), "in training and in the test"),
        (by_hand(range(2, 40), [0, *range(40, 60)], [1]), "in validation and in the test"),
    ],
)
def test_examine__the_same_picture_in_two_parts(parts: Split, said: str) -> None:
    pictures = [png(0), png(0), *map(png, range(2, 60))]
    dataset = MemoryDataset(pictures, ["cat", "cat"] + ["cat", "dog"] * 29)
    finding = examined(dataset, parts)["leak"]
    assert finding.positions == (0, 1)
    assert f"One picture is both {said}, as 0.png and 1.png:" in finding.text


def test_examine__our_own_split_never_leaks() -> None:
    copies = [png(i % 37) for i in range(200)]
    assert "leak" not in examined(MemoryDataset(copies, ["cat", "dog"] * 100))


def test_examine__the_same_picture_under_two_labels() -> None:
    dataset = MemoryDataset([*map(png, range(59)), png(0)], ["cat", "dog"] * 30)
    finding = examined(dataset)["conflict"]
    assert finding.positions == (0, 59)
    assert "One picture is in several classes, as 0.png and 59.png" in finding.text


def test_examine__too_few_to_validate_on() -> None:
    assert "each counts for 10 points" in examined(pets(cat=25, dog=25))["validation"].text
    assert "validation" not in examined(pets(cat=50, dog=50))


def test_examine__class_without_validation() -> None:
    dataset = pets(cat=50, dog=10)
    text = examined(dataset, by_hand([*range(25), *range(50, 60)], range(25, 50)))[
        "validation"
    ].text
    assert "No picture of dog is there to validate on" in text


def test_examine__the_worst_comes_first() -> None:
    dataset = MemoryDataset([*map(png, range(8)), b""], ["cat"] * 9)
    found = examine(dataset, by_hand(range(8), [8]), take_stock(dataset))
    weights = [finding.weight for finding in found]
    assert weights == sorted(weights, key=("stop", "warning", "note").index)
    assert weights[0] == "stop"


def test_examine__ten_thousand_pictures() -> None:
    begun = time.monotonic()
    dataset = MemoryDataset(
        [png(i) for i in range(10_000)], [f"class {i % 100:02}" for i in range(10_000)]
    )
    assert list(examined(dataset)) == ["counts"]
    assert time.monotonic() - begun < 30


def test_examine__the_built_in_sets_are_well() -> None:
    assert set(examined(data.open("digits"))) <= {"counts"}
