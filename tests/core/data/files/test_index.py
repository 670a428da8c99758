"""The index: what it saves, and what it notices."""

import os
import random
import shutil
from pathlib import Path

import pytest

from core import data
from core.data.files import index
from tests.core.data.files.indexed import CLASSES, EACH, content, fresh, shelf
from tests.core.data.trees import LONG_AGO, grown, settled

pytestmark = pytest.mark.usefixtures("small")


def test_open__again_lists_nothing(root: Path, listed: list[str], netlens_home: Path) -> None:
    first = content(root)
    assert len(first) == CLASSES * EACH
    assert sorted(listed) == [f"c{at}" for at in range(CLASSES)]
    assert [file.name for file in shelf(netlens_home).iterdir()] == ["listing.arrow"]
    listed.clear()
    assert content(root) == first
    assert listed == []


def test_open__small_data_sets_leave_no_file(
    root: Path, netlens_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MIN_FILES", CLASSES * EACH + 1)
    content(root)
    assert not netlens_home.exists()


def test_open__after_changes(root: Path, listed: list[str], netlens_home: Path) -> None:
    content(root)
    (root / "c0" / "new.png").write_bytes(b"new")
    (root / "c1" / "0.png").unlink()
    (root / "c2" / "0.png").rename(root / "c2" / "renamed.png")
    (root / "c3" / "0.png").rename(root / "c4" / "moved.png")
    listed.clear()
    found = content(root)
    assert sorted(listed) == ["c0", "c1", "c2", "c3", "c4"]
    assert found == fresh(root, netlens_home)
    assert found["c0/new.png"] == (b"new", "c0")
    assert found["c4/moved.png"] == (b"3 0", "c4")


def test_open__only_what_changed_is_listed(root: Path, listed: list[str]) -> None:
    content(root)
    (root / "c1" / "0.png").unlink()
    os.utime(root / "c1", (LONG_AGO + 1, LONG_AGO + 1))
    listed.clear()
    assert "c1/0.png" not in content(root)
    content(root)
    assert listed == ["c1"]


def test_open__what_changed_just_now_is_listed_until_it_is_settled(
    root: Path, listed: list[str]
) -> None:
    (root / "c1" / "new.png").write_bytes(b"new")
    content(root)
    listed.clear()
    # as within one tick of the disk's clock
    times = (root / "c1").stat()
    (root / "c1" / "newer.png").write_bytes(b"newer")
    os.utime(root / "c1", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "c1/newer.png" in content(root)
    assert listed == ["c1"]


@pytest.mark.parametrize("seed", range(3))
def test_open__any_changes_at_any_time(root: Path, seed: int) -> None:
    chance, time = random.Random(seed), LONG_AGO
    for step in range(25):
        for _ in range(chance.randrange(4)):
            files = sorted(root.glob("*/*.png"))
            file, other = chance.choice(files), chance.choice(files)
            change = chance.choice(["add", "delete", "rename", "move", "write", "folder"])
            if change == "add":
                file.with_name(f"{step}.png").write_text(f"new in step {step}")
            elif change == "delete" and len(files) > 2:
                file.unlink()
            elif change in ("rename", "move"):
                file.rename((other if change == "move" else file).with_name(f"{change}{step}.png"))
            elif change == "write":
                file.write_text(f"other in step {step}")
            elif change == "folder":
                file.parent.rename(root / f"{chance.choice('abyz')}{step}")
        time += 1
        for folder in root.iterdir():
            if chance.random() < 0.7 and folder.stat().st_mtime > time:
                os.utime(folder, (time, time))
        expected = {
            f"{file.parent.name}/{file.name}": (file.read_bytes(), file.parent.name)
            for file in root.glob("*/*.png")
        }
        assert content(root) == expected


def test_open__class_folders_come_and_go(root: Path, listed: list[str], netlens_home: Path) -> None:
    content(root)
    shutil.rmtree(root / "c0")
    grown(root, {"a/1.png": b"a"})
    (root / "c1").rename(root / "z")
    listed.clear()
    found = content(root)
    assert sorted(listed) == ["a", "z"]
    assert sorted({label for _, label in found.values()}) == ["a", "c2", "c3", "c4", "z"]
    assert found == fresh(root, netlens_home)


def test_open__pictures_one_level_lower_that_changed(tmp_path: Path, listed: list[str]) -> None:
    files = {f"train/c{at}/images/{i}.png": b"x" for at in range(3) for i in range(4)}
    root = settled(grown(tmp_path / "tiny", files))
    content(root)
    (root / "train/c1/images/0.png").unlink()
    os.utime(root / "train/c1/images", (LONG_AGO + 1, LONG_AGO + 1))
    listed.clear()
    assert len(content(root)) == 11
    assert listed == ["train/c1"]


def test_open__names_in_no_encoding_come_back_from_the_index(tmp_path: Path) -> None:
    names = (os.fsdecode(b"caf\xe9/\xff\n%d.png" % at) for at in range(10))
    settled(grown(tmp_path, dict.fromkeys(names, b"x")))
    assert content(tmp_path) == content(tmp_path)
    assert len(content(tmp_path)) == 10


def test_open__is_kept_in_the_file_not_in_memory(root: Path) -> None:
    content(root)
    listing = data.open(root)._listing
    assert not listing.sizes.flags.owndata
    assert not listing.sizes.flags.writeable
