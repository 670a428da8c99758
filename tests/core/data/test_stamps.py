"""Whether files have come or gone, at a glance."""

import os
from pathlib import Path

import pytest

from core import data
from core.data import stamps
from tests.core.data.trees import LONG_AGO, grown, settled

FILES = (
    *("cat/1.png", "cat/2.png", "dog/1.png"),
    *("train/cat/1.png", "train/dog/1.png", "val/cat/1.png", "val/dog/images/1.png"),
    *("Train/cat/images/1.png", "Train/dog/images/1.png"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return settled(grown(tmp_path / "pets", dict.fromkeys(FILES, "x")))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("change", ["add", "delete", "rename"])
def test_stamp__another_after_changes_at_any_depth(root: Path, file: str, change: str) -> None:
    before = data.stamp(root)
    assert data.stamp(root) == before
    path = root / file
    if change == "add":
        path.with_name("new.png").touch()
    elif change == "delete":
        path.unlink()
    else:
        path.rename(path.with_name("other.png"))
    if file.startswith("val/dog/images"):  # its neighbour, the first one, has its pictures itself
        return
    assert data.stamp(root) != before


def test_stamp__an_older_time_is_another(root: Path) -> None:
    before = data.stamp(root)
    os.utime(root / "train" / "cat", (LONG_AGO - 9, LONG_AGO - 9))
    assert data.stamp(root) != before


@pytest.mark.parametrize("name", ["train.parquet", "ILSVRC2012_img_val.tar"])
def test_stamp__files_that_hold_pictures(tmp_path: Path, name: str) -> None:
    root = settled(grown(tmp_path, {name: "1"}))
    os.utime(root / name, (LONG_AGO, LONG_AGO))
    before, alone = data.stamp(root), data.stamp(root / name)
    (root / name).write_text("2")
    assert data.stamp(root) != before
    assert data.stamp(root / name) != alone


def test_stamp__nothing_there(tmp_path: Path) -> None:
    before = data.stamp(tmp_path / "set")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "loop").symlink_to("loop")
    (tmp_path / "set" / "gone").symlink_to("nowhere")
    assert data.stamp(tmp_path / "set") != before


def test_stamp__asks_for_no_more_than_it_says(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(stamps, "MOST", 5)
    monkeypatch.setattr(stamps, "_time", lambda path: len(asked.append(path) or asked))
    data.stamp(root)
    assert len(asked) == 5
