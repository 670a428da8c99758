"""What has changed on the disk since a data set was opened."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core import data
from core.data.files import index
from core.errors import CancelledError
from tests.core.data.trees import grown, settled


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"{label}/{i}.png": f"{label} {i}" for label in ("cat", "dog") for i in range(4)}
    return settled(grown(tmp_path / "pets", files))


def test_changed__nothing(root: Path) -> None:
    told = []
    found = data.changed(data.open(root), lambda done, of: told.append((done, of)))
    assert not found
    assert (found.missing, found.different, found.sentence) == ((), (), "")
    assert told == [(1, 2), (2, 2)]


def test_changed__gone_other_and_new(root: Path) -> None:
    opened = data.open(root)
    (root / "cat" / "1.png").unlink()
    (root / "dog" / "0.png").write_bytes(b"larger than before")
    (root / "dog" / "new.png").write_bytes(b"new")
    found = data.changed(opened)
    assert found.missing == (1,)
    assert found.different == (4,)
    assert found.sentence == (
        "Since pets was listed, 1 picture is gone (cat/1.png) and 1 picture is of another size or "
        "date (dog/0.png): index it again."
    )


@pytest.mark.parametrize("indexed", [False, True])
def test_changed__other_content_of_the_same_size(
    root: Path, monkeypatch: pytest.MonkeyPatch, indexed: bool
) -> None:
    if indexed:  # the folder's own time of change stays, so that the index is taken
        monkeypatch.setattr(index, "MIN_FILES", 1)
    data.open(root)
    before = (root / "cat" / "2.png").stat().st_mtime_ns
    (root / "cat" / "2.png").write_bytes(b"CAT 2")
    os.utime(root / "cat" / "2.png", ns=(before, before + 1))
    opened = data.open(root)
    assert data.changed(opened).different == ((2,) if indexed else ())
    assert opened.read(2) == b"CAT 2"
    assert not data.changed(data.open(root))


def test_changed__folders_that_went_away(root: Path) -> None:
    opened = data.open(root)
    shutil.rmtree(root / "cat")
    (root / "dog").rename(root / "wolf")
    (root / "dog").write_bytes(b"a file")
    found = data.changed(opened)
    assert found.missing == tuple(range(8))
    assert "8 pictures are gone (cat/0.png" in found.sentence
    assert "and 3 more" in found.sentence


def test_changed__a_link_out_in_place_of_a_file(root: Path, tmp_path: Path) -> None:
    opened = data.open(root)
    shutil.copy2(root / "cat" / "0.png", tmp_path / "0.png")
    (root / "cat" / "0.png").unlink()
    (root / "cat" / "0.png").symlink_to(tmp_path / "0.png")
    assert data.changed(opened).missing == (0,)


def test_changed__of_some_classes(root: Path) -> None:
    dogs = data.choose(data.open(root), ["dog"])
    (root / "cat" / "0.png").unlink()
    told = []
    assert not data.changed(dogs, lambda done, of: told.append((done, of)))
    assert told == [(1, 1)]
    (root / "dog" / "3.png").unlink()
    assert data.changed(dogs).missing == (3,)


def test_changed__can_be_stopped(root: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        data.changed(data.open(root), stop)


def test_changed__parquet(parquet: Callable[..., Path]) -> None:
    parquet("set/train.parquet", image=[b"a", b"b"], label=["x", "y"])
    path = parquet("set/val.parquet", image=[b"c"], label=["x"])
    opened = data.open(path.parent)
    assert not data.changed(opened)
    parquet("set/val.parquet", image=[b"c", b"d"], label=["x", "y"])
    assert data.changed(opened).different == (2,)
    (path.parent / "train.parquet").unlink()
    assert data.changed(opened).missing == (0, 1)


def test_changed__built_in() -> None:
    assert not data.changed(data.open("digits"))
