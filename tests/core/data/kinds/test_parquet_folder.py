"""A folder of Parquet files, whose names say what is for testing."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core import data
from core.data import DataClass, splits
from core.data.kinds import parquet as module
from core.data.kinds import parquet_table
from core.data.kinds.parquet_table import ParquetTable
from core.errors import DataError

Writer = Callable[..., Path]


def images(name: str, count: int) -> list[bytes]:
    return [f"{name} {i}".encode() * 9 for i in range(count)]


@pytest.fixture
def pets(parquet: Writer) -> Path:
    """Six and five pictures to learn from, four to test on; each file knows other classes."""
    parquet("pets/train-1.parquet", image=images("b", 5), label=["dog", "ant", "dog", "ant", "dog"])
    parquet("pets/train-0.parquet", image=images("a", 6), label=["dog", "cat"] * 3)
    path = parquet("pets/val.parquet", image=images("v", 4), label=["cat", "cat", "ant", "dog"])
    return path.parent


def test_open__one_data_set_whose_val_is_its_own_test(pets: Path) -> None:
    found = data.open(pets)
    assert found.name == "pets"
    assert found.classes == (DataClass("ant"), DataClass("cat"), DataClass("dog"))
    assert found.labels.tolist() == [2, 1, 2, 1, 2, 1, 2, 0, 2, 0, 2, 1, 1, 0, 2]
    assert found.labels.dtype == np.int64
    assert [found.read(i) for i in range(15)] == [*images("a", 6), *images("b", 5), *images("v", 4)]
    assert found.own_test is not None
    assert found.own_test.tolist() == [False] * 11 + [True] * 4
    assert found.boxes is None
    with pytest.raises(DataError, match="pictures 0 to 14, not 15"):
        found.read(15)


def test_open__each_file_says_of_its_pictures_what_it_would_alone(pets: Path) -> None:
    whole = data.open(pets)
    start = 0
    for name in ("train-0", "train-1", "val"):
        alone = data.open(pets / f"{name}.parquet")
        assert alone.own_test is None
        for i in range(len(alone)):
            assert whole.read(start + i) == alone.read(i)
            assert whole.classes[whole.labels[start + i]] == alone.classes[alone.labels[i]]
        start += len(alone)
    assert start == len(whole)


@pytest.mark.parametrize("name", ["test", "Test-00000-of-00001", "validation", "VAL"])
def test_open__names_of_test_files(parquet: Writer, name: str) -> None:
    parquet("set/Train.parquet", image=images("a", 2), label=["x", "y"])
    path = parquet(f"set/{name}.parquet", image=images("b", 1), label=["x"])
    own_test = data.open(path.parent).own_test
    assert own_test is not None
    assert own_test.tolist() == [False, False, True]


@pytest.mark.parametrize("names", [("train-0", "train-1"), ("val", "test")])
def test_open__files_of_one_kind_have_no_own_test(parquet: Writer, names: tuple[str, str]) -> None:
    for name in names:
        path = parquet(f"set/{name}.parquet", image=images(name, 2), label=["x", "y"])
    found = data.open(path.parent)
    assert len(found) == 4
    assert found.own_test is None


def test_open__files_with_other_names(parquet: Writer) -> None:
    path = parquet("set/more.parquet", image=images("a", 2), label=["x", "y"])
    with pytest.raises(DataError, match=r"names begin with train, val or test: more\.parquet"):
        data.open(path.parent)
    parquet("set/train.parquet", image=images("a", 2), label=["x", "y"])
    (path.parent / ".train.parquet").write_bytes(b"not seen")
    (path.parent / "train.txt").write_bytes(b"not seen")
    assert len(data.open(path.parent)) == 2


def test_open__files_that_do_not_go_together(parquet: Writer) -> None:
    path = parquet("set/train.parquet", image=images("a", 2), label=[1, 10])
    parquet("set/val.parquet", image=images("a", 2), label=["1", "10"])
    with pytest.raises(DataError, match=r"val\.parquet .* another way than train\.parquet"):
        data.open(path.parent)
    parquet("set/val.parquet", image=images("a", 2), wnid=["n02084071", "n01440764"])
    with pytest.raises(DataError, match="the same column wnid or label"):
        data.open(path.parent)
    parquet("set/val.parquet", image=images("a", 2), label=pa.array([9, 1], pa.int8()))
    assert [known.label for known in data.open(path.parent).classes] == ["1", "9", "10"]


def test_open__class_folders_come_before_files(pets: Path) -> None:
    (pets / "empty").mkdir()
    assert len(data.open(pets)) == 15
    (pets / "cat").mkdir()
    (pets / "cat" / "1.png").write_bytes(b"cat")
    assert len(data.open(pets)) == 1


@pytest.mark.parametrize("broken", [b"", b"text", b"PAR1" * 5])
def test_open__one_file_damaged(pets: Path, broken: bytes) -> None:
    (pets / "train-1.parquet").write_bytes(broken)
    with pytest.raises(DataError, match=r"train-1\.parquet cannot be read: the file is damaged"):
        data.open(pets)


def test_open__a_folder_called_like_a_file(pets: Path) -> None:
    (pets / "test.parquet").mkdir()
    with pytest.raises(DataError, match=r"test\.parquet cannot be read"):
        data.open(pets)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_open__folder_that_cannot_be_listed(pets: Path) -> None:
    pets.chmod(0)
    try:
        with pytest.raises(DataError, match="cannot be listed"):
            data.open(pets)
    finally:
        pets.chmod(0o700)


def test_read__one_cache_for_all_files(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, load = [], ParquetTable.pictures

    def counted(table: ParquetTable, group: int) -> pa.ChunkedArray:
        loaded.append((table.path.name, group))
        return load(table, group)

    monkeypatch.setattr(ParquetTable, "pictures", counted)
    found = data.open(pets)
    assert loaded == []
    for i in (0, 7, 12, 5, 3, 11):
        found.read(i)
    assert loaded == [
        ("train-0.parquet", 0),
        ("train-1.parquet", 0),
        ("val.parquet", 0),
        ("train-0.parquet", 1),
    ]
    monkeypatch.setattr(module, "CACHE_BYTES", 1)
    found.read(10)
    assert len(found._groups) == 1


def test_open__memory_is_that_of_the_index(
    parquet: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0)
    for name in ("train-0", "train-1", "val"):
        pictures = [noise.bytes(500_000) for _ in range(20)]
        path = parquet(f"large/{name}.parquet", image=pictures, label=["x", "y"] * 10)
    monkeypatch.setattr(module, "CACHE_BYTES", 5_000_000)
    before = pa.total_allocated_bytes()
    found = data.open(path.parent)
    assert pa.total_allocated_bytes() - before < 100_000
    for i in range(len(found)):
        found.read(i)
        assert found._cached_bytes() <= 5_000_000


def test_file__and_boxes_of_several_files(parquet: Writer) -> None:
    sides = ("xmin", "ymin", "xmax", "ymax")
    first = {side: [at, None] for at, side in enumerate(sides)}
    second = {side: pa.array([at + 4.0], pa.float64()) for at, side in enumerate(sides)}
    parquet("set/train.parquet", image=images("a", 2), label=["x", "y"], **first, file=["a", None])
    path = parquet("set/val.parquet", image=images("b", 1), label=["x"], **second)
    found = data.open(path.parent)
    assert [found.file(i) for i in range(3)] == ["a", "row 1", "row 2"]
    assert found.boxes is not None
    np.testing.assert_array_equal(found.boxes, [[0, 1, 2, 3], [np.nan] * 4, [4, 5, 6, 7]])
    parquet("set/test.parquet", image=images("c", 1), label=["x"])
    assert data.open(path.parent).boxes is None


def test_register__and_open_again(pets: Path) -> None:
    entry = data.register(pets, "my pets")
    assert (entry.pictures, entry.classes) == (15, 3)
    own_test = data.open("my pets").own_test
    assert own_test is not None
    assert own_test.sum() == 4


def test_choose__keeps_the_own_test(pets: Path) -> None:
    own_test = data.choose(data.open(pets), ["cat", "dog"]).own_test
    assert own_test is not None
    assert own_test.tolist() == [False] * 9 + [True] * 3


def test_split__takes_val_as_the_test(pets: Path) -> None:
    found = data.open(pets)
    parts = splits.split(found, splits.digests(found), validation=0.2, test=0.5)
    assert parts.test.tolist() == [11, 12, 13, 14]
    assert sorted([*parts.train, *parts.validation]) == list(range(11))


def test_open__row_groups_too_large(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_table, "MAX_GROUP_BYTES", 10)
    with pytest.raises(DataError, match="smaller ones"):
        data.open(pets)


@pytest.mark.shared_data
def test_open__tiny_imagenet(shared_data: Path) -> None:
    tiny = data.open(shared_data / "tiny-imagenet-200")
    assert (len(tiny), len(tiny.classes)) == (110_000, 200)
    assert tiny.own_test is not None
    assert (np.bincount(tiny.labels[tiny.own_test]) == 50).all()
    assert (np.bincount(tiny.labels[~tiny.own_test]) == 500).all()
    val = data.open(shared_data / "tiny-imagenet-200" / "val.parquet")
    assert tiny.classes == val.classes
    assert tiny.boxes is not None
    for i in (0, 9_999):
        assert tiny.read(100_000 + i) == val.read(i)
        assert tiny.file(100_000 + i) == val.file(i)
        assert tiny.labels[100_000 + i] == val.labels[i]
