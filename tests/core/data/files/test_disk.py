"""What a folder holds: odd names, links, and folders that are none."""

import os
import time
from pathlib import Path

import pytest

from core import data
from core.data.files import disk
from core.errors import DataError
from tests.core.data.trees import grown

ODD = ("a\nb.jpg", "🐈.jpg", "..jpg", "%2e%2e.jpg", "a%b.JPG", " .png", "-rf.gif", "a'\"$`.bmp")


def test_list_folder__sorted_with_sizes_and_times(tmp_path: Path) -> None:
    root = grown(tmp_path, {"cat/b.png": b"12", "cat/a.JPEG": b"123", "cat/x.txt": b"1"})
    os.utime(root / "cat/b.png", ns=(1, 1_234_567_890))
    found = disk.list_folder(root, "cat")
    assert found.names_in(0) == ["a.JPEG", "b.png"]
    assert found.sizes.tolist() == [3, 2]
    assert found.marks[1] == 1_234_567_890
    assert (found.heads[0].files, found.heads[0].others, found.heads[0].links) == (2, 1, 0)


def test_list_folder__pictures_one_level_lower(tmp_path: Path) -> None:
    root = grown(tmp_path, {"cat/images/1.png": b"1", "cat/images/.2.png": b"2", "cat/x.txt": b"x"})
    found = disk.list_folder(root, "cat")
    assert found.names_in(0) == ["images/1.png"]
    assert set(found.heads[0].stamps) == {"cat", "cat/images"}
    assert data.open(root).read(0) == b"1"
    grown(root, {"cat/0.png": b"0"})
    assert disk.list_folder(root, "cat").names_in(0) == ["0.png"]


def test_stamp__of_a_folder_that_changed_just_now_is_not_relied_on(tmp_path: Path) -> None:
    assert disk.stamp(tmp_path) == disk.UNSETTLED
    hour_ahead = time.time() + 3600  # a server whose clock is wrong
    os.utime(tmp_path, (hour_ahead, hour_ahead))
    assert disk.stamp(tmp_path) == disk.UNSETTLED
    os.utime(tmp_path, (100, 100))
    assert disk.stamp(tmp_path) == 100 * 10**9


def test_open__odd_names(tmp_path: Path) -> None:
    names = (*ODD[2:], *ODD[:2])
    root = grown(tmp_path, {f"{name[:-4]} class/{name}": name for name in names if name[0] != "."})
    opened = data.open(root)
    assert len(opened) == len(names) - 1
    for i in range(len(opened)):
        assert opened.read(i).decode() == opened.file(i).rpartition("/")[2]


def test_open__names_in_no_encoding(tmp_path: Path) -> None:
    names = (b"\xff\xfe.jpg", b"a\x80\n.png")
    grown(tmp_path, {os.fsdecode(b"caf\xe9/" + name): name for name in names})
    opened = data.open(tmp_path)
    assert [opened.read(i) for i in range(2)] == [b"a\x80\n.png", b"\xff\xfe.jpg"]
    assert os.fsencode(opened.file(1)) == b"caf\xe9/\xff\xfe.jpg"
    assert not data.changed(opened)


def test_open__links_that_stay_inside(tmp_path: Path) -> None:
    root = grown(tmp_path / "pets", {"cat/1.png": b"cat", "store/x.txt": b"", "store/y.bin": b"y"})
    (root / "cat" / "2.png").symlink_to("../store/y.bin")
    (root / "kitten").symlink_to("cat", target_is_directory=True)
    opened = data.open(root)
    assert [opened.file(i) for i in range(4)] == [
        "cat/1.png",
        "cat/2.png",
        "kitten/1.png",
        "kitten/2.png",
    ]
    assert opened.read(3) == b"y"
    assert opened.skipped == 2


def test_open__links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = grown(tmp_path / "secret", {"1.png": b"secret", "dog/1.png": b"secret"})
    root = grown(tmp_path / "pets", {"cat/1.png": b"cat"})
    (root / "cat" / "2.png").symlink_to(outside / "1.png")
    (root / "cat" / "3.png").symlink_to("../../secret/1.png")
    (root / "dog").symlink_to(outside / "dog", target_is_directory=True)
    (root / "up").symlink_to("..", target_is_directory=True)
    opened = data.open(root)
    assert [opened.file(i) for i in range(len(opened))] == ["cat/1.png"]
    assert opened.skipped == 4


def test_open__a_sibling_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    grown(tmp_path / "pets-2", {"cat/1.png": b"other"})
    root = grown(tmp_path / "pets", {"cat/1.png": b"cat"})
    (root / "dog").symlink_to("../pets-2/cat", target_is_directory=True)
    assert len(data.open(root)) == 1


def test_open__nothing_but_links_out_says_so(tmp_path: Path) -> None:
    outside = grown(tmp_path / "store", {"1.png": b"x"})
    root = grown(tmp_path / "pets", {"cat/notes.txt": b""})
    (root / "cat" / "1.png").symlink_to(outside / "1.png")
    with pytest.raises(DataError, match="links that lead out of it, which are not followed"):
        data.open(root)


def test_open__loops_and_links_to_nothing(tmp_path: Path) -> None:
    root = grown(tmp_path, {"cat/1.png": b"cat", "train/x.txt": b""})
    (root / "cat" / "loop.png").symlink_to("loop.png")
    (root / "cat" / "gone.png").symlink_to("nowhere.png")
    (root / "cat" / "images").symlink_to("..", target_is_directory=True)
    (root / "self").symlink_to(".", target_is_directory=True)
    (root / "train" / "images").symlink_to("..", target_is_directory=True)
    opened = data.open(root)
    assert [opened.file(i) for i in range(len(opened))] == ["cat/1.png"]
    assert opened.skipped == 3


@pytest.mark.parametrize("link", ["cat/1.png", "cat", "cat/images"])
def test_read__what_became_a_link_out(tmp_path: Path, link: str) -> None:
    name = "cat/images/1.png" if link.endswith("images") else "cat/1.png"
    outside = grown(tmp_path / "secret", {name: b"secret"})
    root = grown(tmp_path / "pets", {name: b"cat"})
    opened = data.open(root)
    (root / link).rename(tmp_path / "moved")
    (root / link).symlink_to(outside / link)
    with pytest.raises(DataError, match=f"{name} of pets is a link that leads out of it"):
        opened.read(0)
    (root / link).unlink()
    (tmp_path / "moved").rename(root / "moved")
    (root / link).symlink_to(root / "moved")
    assert opened.read(0) == b"cat"


def test_open__files_where_folders_are_expected(tmp_path: Path) -> None:
    root = grown(tmp_path, {"train": b"", "val": b"", "cat/1.png": b"cat", "cat/images": b""})
    opened = data.open(root)
    assert len(opened) == 1
    assert opened.parts == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_open__a_class_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    root = grown(tmp_path, {"cat/1.png": b"cat", "dog/1.png": b"dog"})
    (root / "dog").chmod(0)
    try:
        with pytest.raises(DataError, match="dog cannot be listed"):
            data.open(root)
    finally:
        (root / "dog").chmod(0o700)
