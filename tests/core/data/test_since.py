"""What has become of a registered data set."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core import data
from core.data import registry
from core.data.files import index
from tests.core.data.trees import grown, settled


@pytest.fixture(params=[1, 10**6], ids=["indexed", "small"])
def root(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(index, "MIN_FILES", request.param)
    files = {f"train/{kind}/{i}.png": f"{kind} {i}" for kind in ("cat", "dog") for i in range(8)}
    made = settled(grown(tmp_path / "pets", files | {"val/cat/1.png": "c", "val/dog/1.png": "d"}))
    data.register(made)
    return made


def since() -> data.Since:
    found = data.since_registered(data.open("pets"))
    assert found is not None
    return found


def test_since_registered__nothing(root: Path) -> None:
    found = since()
    assert not found
    assert found.sentence == ""


def test_since_registered__gone_new_and_other(root: Path) -> None:
    cats = root / "train" / "cat"
    (cats / "1.png").unlink()
    (cats / "new.png").write_bytes(b"new")
    (cats / "2.png").write_bytes(b"larger than before")
    (cats / "notes.txt").write_bytes(b"no picture")
    found = since()
    assert (found.gone.count, found.gone.first) == (1, ("train/cat/1.png",))
    assert (found.different.count, found.different.first) == (1, ("train/cat/2.png",))
    assert (found.new.count, found.new.first) == (1, ("train/cat/new.png",))
    assert found.sentence.startswith("Since pets was indexed on 20")
    assert found.sentence.endswith(
        ", 1 file is gone (train/cat/1.png), 1 file is of another size or date (train/cat/2.png) "
        "and 1 file is new (train/cat/new.png)."
    )


def test_since_registered__class_folders_come_and_go(root: Path) -> None:
    shutil.rmtree(root / "train" / "cat")
    grown(root, {f"train/wolf/{i}.png": "w" for i in range(7)})
    (root / "val" / "dog").rename(root / "val" / "hound")
    found = since()
    assert (found.gone.count, found.new.count, found.different.count) == (9, 8, 0)
    assert "and 4 more)" in found.sentence


def test_since_registered__indexed_again(root: Path) -> None:
    (root / "train" / "cat" / "1.png").unlink()
    assert since()
    assert data.register(root).pictures == 17
    assert not since()


def test_since_registered__written_over_in_place_is_known_after_a_look(root: Path) -> None:
    file = root / "train" / "cat" / "2.png"
    before = file.stat().st_mtime_ns
    opened = data.open("pets")
    file.write_bytes(b"CAT 2")
    os.utime(file, ns=(before, before + 10**9))
    assert data.changed(opened).different == (2,)
    assert since().different.first == ("train/cat/2.png",)


def test_since_registered__names_that_cannot_be_shown(tmp_path: Path) -> None:
    root = grown(tmp_path / "pets", {"cat/1.png": "1"})
    data.register(root)
    grown(root, {os.fsdecode(b"cat/\xff\n.png"): "2", "cat/\u202egnp.png": "3"})
    assert since().new.first == (r"cat/\u202egnp.png", r"cat/\xff\n.png")


def test_since_registered__what_was_not_written_down(root: Path) -> None:
    assert data.since_registered(data.open("digits")) is None
    note = registry._note("pets")
    note.write_bytes(note.read_bytes()[:-9])
    assert data.since_registered(data.open("pets")) is None
    note.unlink()
    assert data.since_registered(data.open("pets")) is None


def test_since_registered__parquet(parquet: Callable[..., Path]) -> None:
    parquet("pets/train.parquet", image=[b"a", b"b"], label=["x", "y"])
    path = parquet("pets/val.parquet", image=[b"c"], label=["x"])
    data.register(path.parent)
    assert not since()
    parquet("pets/val.parquet", image=[b"c", b"d"], label=["x", "y"])
    parquet("pets/test.parquet", image=[b"c", b"d"], label=["x", "y"])
    found = since()
    assert (found.different.first, found.new.first) == (("val.parquet",), ("test.parquet",))
