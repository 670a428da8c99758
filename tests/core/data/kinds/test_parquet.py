"""Parquet files with a picture a row."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from core import data
from core.data import DataClass
from core.data.kinds import parquet as module
from core.data.kinds import parquet_table
from core.data.kinds.parquet_table import ParquetTable
from core.errors import DataError

Writer = Callable[..., Path]
IMAGES = [f"picture {i}".encode() for i in range(10)]
LABELS = ["cat", "dog"] * 5


def test_open__labels(parquet: Writer) -> None:
    pets = data.open(parquet(image=IMAGES, label=LABELS))
    assert pets.name == "pets-val"
    assert pets.classes == (DataClass("cat"), DataClass("dog"))
    assert pets.labels.tolist() == [0, 1] * 5
    assert pets.labels.dtype == np.int64
    assert [pets.read(i) for i in range(10)] == IMAGES
    assert pets.file(9) == "row 9"
    assert pets.boxes is None
    assert pets.skipped == 0
    assert pets.of_classes({"dog"}).tolist() == [1, 3, 5, 7, 9]


def test_open__wnids_count_before_labels(parquet: Writer) -> None:
    wnids = ["n02084071"] * 4 + ["n01440764"] * 6
    pets = data.open(
        parquet(image=IMAGES, wnid=wnids, label=LABELS, file=[f"{i}.png" for i in range(10)])
    )
    assert pets.classes == (DataClass("tench", "n01440764"), DataClass("dog", "n02084071"))
    assert pets.of_classes({"n02084071"}).tolist() == [0, 1, 2, 3]
    assert pets.file(3) == "3.png"


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (pa.array([10, 9] * 5), ["9", "10"]),
        (pa.array(LABELS).dictionary_encode(), ["cat", "dog"]),
        (pa.array(LABELS, pa.large_string()), ["cat", "dog"]),
    ],
)
def test_open__labels_of_other_types(parquet: Writer, labels: pa.Array, names: list[str]) -> None:
    pets = data.open(parquet(image=pa.array(IMAGES, pa.large_binary()), label=labels))
    assert [known.label for known in pets.classes] == names
    assert pets.of_classes({names[1]}).tolist() == (
        [0, 2, 4, 6, 8] if names[1] == "10" else [1, 3, 5, 7, 9]
    )


def test_boxes__with_a_picture_that_has_none(parquet: Writer) -> None:
    sides = {side: [at, None] for at, side in enumerate(("xmin", "ymin", "xmax", "ymax"))}
    boxes = data.open(parquet(image=IMAGES[:2], label=LABELS[:2], **sides)).boxes
    assert boxes is not None
    assert boxes.shape == (2, 4)
    assert boxes.dtype == np.float32
    assert boxes[0].tolist() == [0, 1, 2, 3]
    assert np.isnan(boxes[1]).all()


def test_boxes__incomplete_or_text(parquet: Writer) -> None:
    assert data.open(parquet(image=IMAGES, label=LABELS, xmin=range(10))).boxes is None
    sides = dict.fromkeys(("xmin", "ymin", "xmax", "ymax"), ["left"] * 10)
    with pytest.raises(DataError, match="cannot be read"):
        _ = data.open(parquet(image=IMAGES, label=LABELS, **sides)).boxes


def test_read__loads_one_row_group_and_keeps_it(
    parquet: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pets = data.open(parquet(image=IMAGES, label=LABELS))
    loaded, load = [], ParquetTable.pictures

    def counted(table: ParquetTable, group: int) -> pa.ChunkedArray:
        loaded.append(group)
        return load(table, group)

    monkeypatch.setattr(ParquetTable, "pictures", counted)
    assert [pets.read(i) for i in (0, 3, 1, 9, 8, 2)] == [IMAGES[i] for i in (0, 3, 1, 9, 8, 2)]
    assert loaded == [0, 2]
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    assert [pets.read(i) for i in (4, 5, 0, 1, 4)] == [IMAGES[i] for i in (4, 5, 0, 1, 4)]
    assert loaded == [0, 2, 1, 0, 1]
    assert len(pets._groups) == 1


def test_read__many_threads(parquet: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    images = [f"picture {i}".encode() * 10 for i in range(100)]
    pets = data.open(parquet(image=images, label=["cat"] * 100))
    order = random.Random(0).choices(range(100), k=2000)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pets.read, order)) == [images[i] for i in order]


def test_read__row_without_a_picture(parquet: Writer) -> None:
    pets = data.open(parquet(image=[b"x", None], label=["a", "b"], file=["x.png", None]))
    assert pets.file(1) == "row 1"
    with pytest.raises(DataError, match="row 1 of pets-val has no picture"):
        pets.read(1)
    with pytest.raises(DataError, match="pictures 0 to 1, not 2"):
        pets.read(2)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"image": IMAGES}, "needs the columns image and wnid .*it has image"),
        ({"wnid": LABELS}, "needs the columns image"),
        ({"image": ["text"] * 10, "label": LABELS}, "encoded pictures, not string"),
        ({"image": IMAGES, "label": ["a", None] * 5}, "5 rows without a label"),
        ({"image": IMAGES, "label": [0.5] * 10}, "text or whole numbers, not double"),
        ({"image": pa.array([], pa.binary()), "label": pa.array([], pa.string())}, "no pictures"),
    ],
)
def test_open__unfit_columns(parquet: Writer, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        data.open(parquet(**columns))


def test_open__row_groups_too_large(parquet: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(image=IMAGES, label=LABELS)
    monkeypatch.setattr(parquet_table, "MAX_GROUP_BYTES", 10)
    with pytest.raises(DataError, match="smaller ones"):
        data.open(path)


def test_open__damaged(parquet: Writer) -> None:
    path = parquet(image=IMAGES, label=LABELS)
    whole = path.read_bytes()
    for broken in (b"", b"PAR1", b"text", whole[:-20], whole[20:], whole[:-9] + b"\xff" * 9):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"val\.parquet cannot be read: the file is damaged"):
            data.open(path)


def test_read__file_that_went_away_or_changed(parquet: Writer) -> None:
    path = parquet(image=IMAGES, label=LABELS)
    pets = data.open(path)
    size = path.stat().st_size
    path.write_bytes(b"\0" * size)
    with pytest.raises(DataError, match="damaged"):
        pets.read(0)
    path.unlink()
    with pytest.raises(DataError, match="No such file"):
        pets.read(0)


def test_open__random_damage(parquet: Writer) -> None:
    path = parquet(image=IMAGES, label=LABELS, file=LABELS)
    whole, dice = path.read_bytes(), random.Random(0)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20))):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        path.write_bytes(broken)
        try:
            pets = data.open(path)
            for i in range(len(pets)):
                pets.read(i)
                pets.file(i)
        except DataError:
            continue


@pytest.mark.shared_data
def test_open__tiny_imagenet(shared_data: Path) -> None:
    tiny = data.open(shared_data / "tiny-imagenet-200" / "val.parquet")
    assert (len(tiny), len(tiny.classes)) == (10_000, 200)
    assert DataClass("goldfish", "n01443537") in tiny.classes
    assert (np.bincount(tiny.labels) == 50).all()
    assert tiny.boxes is not None
    assert (tiny.boxes >= 0).all()
    assert (tiny.boxes <= 63).all()
    assert tiny.file(0).endswith(".JPEG")
    for i in (0, 9_999, 2_499, 2_500):
        assert tiny.read(i).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("count", [1000, 999])
def test_open__thousand_numbers_are_imagenets_indices(
    parquet: Callable[..., Path], count: int
) -> None:
    from core import catalog

    labels = list(range(count))[::-1]
    opened = data.open(parquet(image=[str(at).encode() for at in labels], label=labels))
    for i in (0, 1, 500, count - 1):
        synset = catalog.load().at(int(opened.read(i)))
        expected = DataClass(synset.label, synset.wnid, synset.index)
        found = opened.classes[opened.labels[i]]
        assert found == (expected if count == 1000 else DataClass(opened.read(i).decode()))
