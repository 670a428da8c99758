"""Folders with train, val and test in them."""

from pathlib import Path

import pytest

from core import data
from core.data import splits
from core.data.dataset import Dataset
from core.errors import DataError
from tests.core.data.trees import grown


def told(opened: Dataset) -> dict[str, tuple[str, bool]]:
    """The label of each file, and whether it is for testing."""
    tested = opened.own_test
    return {
        opened.file(i): (
            opened.classes[opened.labels[i]].label,
            False if tested is None else bool(tested[i]),
        )
        for i in range(len(opened))
    }


@pytest.mark.parametrize("part", ["val", "validation", "valid", "test", "Test", "VAL"])
def test_open__train_and_another(tmp_path: Path, part: str) -> None:
    root = grown(
        tmp_path / "pets",
        {
            "train/cat/1.png": b"1",
            "train/n02084071/2.png": b"2",
            f"{part}/cat/1.png": b"3",
            f"{part}/bird/4.png": b"4",
            "train/.hidden/1.png": b"",
            "train/empty/notes.txt": b"",
            "notes.csv": b"",
        },
    )
    opened = data.open(root)
    assert told(opened) == {
        "train/cat/1.png": ("cat", False),
        "train/n02084071/2.png": ("dog", False),
        f"{part}/bird/4.png": ("bird", True),
        f"{part}/cat/1.png": ("cat", True),
    }
    assert [known.label for known in opened.classes] == ["bird", "cat", "dog"]
    assert [opened.read(i) for i in range(4)] == [b"1", b"2", b"4", b"3"]
    assert opened.parts == {"train": 2, part: 2}
    assert opened.skipped == 1
    assert data.register(root).pictures == 4


def test_open__three_parts(tmp_path: Path) -> None:
    files = {f"{part}/{label}/1.png": part for part in ("test", "train", "val") for label in "ab"}
    opened = data.open(grown(tmp_path, files))
    assert [opened.read(i).decode() for i in range(6)] == ["train"] * 2 + ["val"] * 2 + ["test"] * 2
    assert opened.own_test is not None
    assert opened.own_test.tolist() == [False] * 2 + [True] * 4
    assert opened.labels.tolist() == [0, 1] * 3
    parts = splits.split(opened, splits.digests(opened), validation=0)
    assert parts.train.tolist() == [0, 1]


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_open__one_part_alone_has_no_own_test(tmp_path: Path, part: str) -> None:
    opened = data.open(grown(tmp_path, {f"{part}/cat/1.png": b"1", f"{part}/dog/1.png": b"2"}))
    assert opened.own_test is None
    assert opened.parts == {part: 2}
    assert [known.label for known in opened.classes] == ["cat", "dog"]


def test_open__two_parts_without_train(tmp_path: Path) -> None:
    opened = data.open(grown(tmp_path, {"val/cat/1.png": b"1", "test/cat/1.png": b"2"}))
    assert opened.own_test is None
    assert opened.parts == {"val": 1, "test": 1}


def test_open__pictures_one_level_lower(tmp_path: Path) -> None:
    files = {"train/cat/images/1.png": b"1", "val/cat/2.png": b"2"}
    assert list(told(data.open(grown(tmp_path, files)))) == list(files)


def test_open__classes_called_train_and_test(tmp_path: Path) -> None:
    files = {"train/1.png": b"1", "test/2.png": b"2", "car/3.png": b"3"}
    opened = data.open(grown(tmp_path, files))
    assert [known.label for known in opened.classes] == ["car", "test", "train"]
    assert opened.parts == {}
    grown(tmp_path, {"train/old/4.png": b"4"})  # a folder in a class changes nothing
    assert [known.label for known in data.open(tmp_path).classes] == ["car", "test", "train"]


def test_open__a_part_without_labels_is_left_out(tmp_path: Path) -> None:
    files = {"train/cat/1.png": b"1", "val/cat/2.png": b"2", "test/3.png": b"3", "test/4.png": b"4"}
    opened = data.open(grown(tmp_path, files))
    assert list(told(opened)) == ["train/cat/1.png", "val/cat/2.png"]
    assert opened.skipped == 2
    assert opened.parts == {"train": 1, "val": 1}


def test_open__an_empty_part(tmp_path: Path) -> None:
    opened = data.open(grown(tmp_path, {"train/cat/1.png": b"1", "val/cat/notes.txt": b""}))
    assert opened.own_test is None
    assert len(opened) == 1


def test_open__parts_that_link_out(tmp_path: Path) -> None:
    outside = grown(tmp_path / "store", {"cat/1.png": b"secret"})
    root = grown(tmp_path / "pets", {"train/cat/1.png": b"1"})
    (root / "val").symlink_to(outside, target_is_directory=True)
    (root / "train" / "dog").symlink_to(outside / "cat", target_is_directory=True)
    opened = data.open(root)
    assert len(opened) == 1
    assert opened.skipped == 2


def test_open__a_part_that_is_the_whole(tmp_path: Path) -> None:
    root = grown(tmp_path, {"train/cat/1.png": b"1"})
    (root / "val").symlink_to(".", target_is_directory=True)
    (root / "train" / "train").symlink_to("..", target_is_directory=True)
    assert list(told(data.open(root))) == ["train/cat/1.png"]


@pytest.mark.parametrize("width", ["{}", "{:03}"])
def test_open__thousand_numbers_are_imagenets_indices(tmp_path: Path, width: str) -> None:
    from core import catalog

    root = grown(tmp_path, {f"{width.format(at)}/1.png": f"{at}" for at in range(1000)})
    opened = data.open(root)
    for i in (0, 1, 500, 999):
        synset = catalog.load().at(int(opened.read(i)))
        known = opened.classes[opened.labels[i]]
        assert (known.wnid, known.label) == (synset.wnid, synset.label)
        assert known.index == synset.index


@pytest.mark.parametrize("numbers", [range(999), range(1, 1001), range(1001)])
def test_open__other_numbers_stay_labels(tmp_path: Path, numbers: range) -> None:
    root = grown(tmp_path, {f"{at}/1.png": b"x" for at in numbers})
    opened = data.open(root)
    assert {known.label for known in opened.classes} == set(map(str, numbers))
    assert not any(known.wnid for known in opened.classes)


def test_open__neither_parts_nor_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="choose a folder in it: deep"):
        data.open(grown(tmp_path, {"deep/train/cat/1.png": b"1"}))
