"""Folders of class folders."""

from pathlib import Path

import numpy as np
import pytest

from core import data
from core.data import DataClass
from core.errors import DataError


def test_open__folder(folder: Path) -> None:
    pets = data.open(folder)
    assert pets.name == "pets"
    assert pets.classes == (DataClass("cat"), DataClass("dog", "n02084071"))
    assert pets.labels.tolist() == [0, 1, 1]
    assert pets.labels.dtype == np.int64
    assert len(pets) == 3
    assert [pets.file(i) for i in range(3)] == [
        "cat/one.webp",
        "n02084071/a.jpg",
        "n02084071/b.JPEG",
    ]
    assert [pets.read(i) for i in range(3)] == [b"cat", b"dog a", b"dog b"]
    assert pets.boxes is None
    assert pets.skipped == 2


def test_of_class__wnid_label_or_neither(folder: Path) -> None:
    pets = data.open(str(folder))
    assert pets.of_classes({"n02084071"}).tolist() == [1, 2]
    assert pets.of_classes({"dog"}).tolist() == [1, 2]
    assert pets.of_classes({"cat"}).tolist() == [0]
    assert pets.of_classes({"n01440764"}).tolist() == []


def test_of_classes__any_of_them(folder: Path) -> None:
    pets = data.open(folder)
    assert pets.of_classes({"n02084071", "n01440764"}).tolist() == [1, 2]
    assert pets.of_classes(["n01440764"]).tolist() == []


def test_of_class__shared_label(tmp_path: Path) -> None:
    # The bird and the machine are both called crane.
    for wnid in ("n02012849", "n03126707"):
        (tmp_path / wnid).mkdir()
        (tmp_path / wnid / "1.png").write_bytes(b"x")
    cranes = data.open(tmp_path)
    assert [known.label for known in cranes.classes] == ["crane", "crane"]
    assert cranes.of_classes({"crane"}).tolist() == [0, 1]
    assert cranes.of_classes({"n03126707"}).tolist() == [1]


def test_open__wnid_that_is_no_synset(tmp_path: Path) -> None:
    (tmp_path / "n99999999").mkdir()
    (tmp_path / "n99999999" / "1.png").write_bytes(b"x")
    assert data.open(tmp_path).classes == (DataClass("n99999999", None),)


@pytest.mark.parametrize("i", [-1, 3, 10**9])
def test_read__no_such_picture(folder: Path, i: int) -> None:
    with pytest.raises(DataError, match="pets has the pictures 0 to 2"):
        data.open(folder).read(i)
    with pytest.raises(DataError, match="pets has the pictures 0 to 2"):
        data.open(folder).file(i)


def test_read__picture_that_went_away(folder: Path) -> None:
    pets = data.open(folder)
    (folder / "cat" / "one.webp").unlink()
    with pytest.raises(DataError, match=r"cat/one\.webp of pets cannot be read"):
        pets.read(0)
    assert pets.read(1) == b"dog a"


def test_read__takes_a_numpy_integer(folder: Path) -> None:
    pets = data.open(folder)
    assert pets.read(pets.of_classes({"cat"})[0]) == b"cat"


def test_open__nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no folder or file"):
        data.open(tmp_path / "absent")
    with pytest.raises(DataError, match="is no path"):
        data.open("a\0b/c")


def test_open__empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no class folders with pictures"):
        data.open(tmp_path)


def test_open__pictures_without_classes(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(DataError, match="pictures but no class folders"):
        data.open(tmp_path)


def test_open__one_folder_too_high(folder: Path) -> None:
    with pytest.raises(DataError, match="choose a folder in it: pets"):
        data.open(folder.parent)


def test_open__a_file_of_another_kind(folder: Path) -> None:
    with pytest.raises(DataError, match="neither a folder nor a Parquet file"):
        data.open(folder / "n02084071" / "notes.txt")


@pytest.mark.shared_data
def test_open__imagenet_samples(shared_data: Path) -> None:
    samples = data.open(shared_data / "imagenet-samples")
    assert (len(samples), len(samples.classes), samples.skipped) == (600, 600, 0)
    assert samples.classes[0] == DataClass("tench", "n01440764")
    assert all(known.wnid for known in samples.classes)
    (tench,) = samples.of_classes({"n01440764"})
    assert samples.file(tench).startswith("n01440764/")
    assert samples.read(tench).startswith(b"\xff\xd8\xff")
