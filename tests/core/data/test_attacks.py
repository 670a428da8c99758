"""A folder in which everything is wrong, opened, registered, looked at, and changed meanwhile."""

import os
import shutil
from pathlib import Path

import pytest

from core import data
from core.data.kinds.parquet import listed
from core.errors import DataError
from tests.core.data.attacks import BROKEN, CLASSES, NAMES, READABLE, STRANGE, attacked, png
from tests.core.data.trees import grown


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return attacked(tmp_path / "pets", tmp_path / "secret")


def test_open__everything_that_is_a_picture_and_nothing_else(root: Path) -> None:
    opened = data.open(root)
    assert len(opened) == READABLE + len(BROKEN)
    files = {os.fsencode(opened.file(i)) for i in range(len(opened))}
    assert {kind.encode() + b"/" + name for kind in CLASSES for name in NAMES} <= files
    assert {kind + b"/1.png" for kind in STRANGE} <= files
    assert not any(b"secret" in file or b"hidden" in file or b"foo" in file for file in files)
    contents = {opened.read(i) for i in range(len(opened))}
    assert not contents & {png(seed) for seed in (71, 72, 73, 74, 98, 99)}


def test_open__labels_can_be_shown_and_told_apart(root: Path) -> None:
    labels = [known.label for known in data.open(root).classes if known.wnid is None]
    assert len(set(labels)) == len(labels)
    assert {r"\xe9t\xe9", r"a\nb", "-v"} <= set(labels)
    assert all(label.isprintable() for label in labels)
    assert "".join(labels).encode()


def test_register__and_index_and_compare(root: Path) -> None:
    entry = data.register(root)
    assert (entry.pictures, entry.name) == (READABLE + len(BROKEN), "pets")
    assert data.is_quick(root)
    opened = data.open("pets")
    assert not data.changed(opened)
    assert not data.since_registered(opened)
    before = data.stamp(root)
    (root / CLASSES[0] / os.fsdecode(NAMES[2])).unlink()
    assert data.stamp(root) != before
    since = data.since_registered(data.open("pets"))
    assert since.gone.first == (rf"{CLASSES[0]}/\xff\xfe\x80.png",)


@pytest.mark.parametrize("what", ["pipe", "folder", "socket", "device", "link"])
def test_read__what_has_become_something_else(root: Path, what: str, tmp_path: Path) -> None:
    opened = data.open(root)
    files = [opened.file(i) for i in range(len(opened))]
    at = files.index(f"{CLASSES[0]}/half.jpg")
    path = root / files[at]
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "socket":
        (path.parent / "socket.png").rename(path)
    else:
        path.symlink_to("/dev/zero" if what == "device" else tmp_path / "secret" / "1.png")
    with pytest.raises(DataError, match=r"half\.jpg of pets (cannot be read|is a link)"):
        opened.read(at)
    assert data.changed(opened).missing == (at,)


def test_open__folders_that_go_away_meanwhile(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second folder that is listed takes the whole data set with it."""
    original, seen = os.scandir, []

    def scandir(path: Path) -> object:
        seen.append(path)
        if len(seen) == 8:
            shutil.rmtree(root)
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DataError, match=r"cannot be listed|no class folders"):
        data.open(root)
    monkeypatch.undo()
    assert not root.exists()


def test_open__a_class_folder_that_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = grown(tmp_path / "pets", {"cat/1.png": "1", "dog/1.png": "2"})
    original = os.scandir

    def scandir(path: Path) -> object:
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DataError, match=r"dog cannot be listed: Permission denied"):
        data.open(root)
    assert data.is_quick(root)


@pytest.mark.parametrize("name", ["pipe", "pipe.zip", "pipe.parquet"])
def test_register__what_is_no_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match=r"no file|neither a folder nor"):
        data.register(tmp_path / name)
    for path in ("/dev/zero", "/dev/null", "/proc/self/mem"):
        with pytest.raises(DataError, match="neither a folder nor"):
            data.register(path)


def test_open__tables_and_answers_behind_links_are_not_read(tmp_path: Path) -> None:
    secret = grown(
        tmp_path / "secret",
        {"val_annotations.txt": "1.png\tn02123045\t0\t0\t1\t1\n", "a.parquet": "x"},
    )
    root = grown(tmp_path / "tiny", {"val/1.png": "x", "train/n02123045/1.png": "y"})
    (root / "val" / "val_annotations.txt").symlink_to(secret / "val_annotations.txt")
    (root / "train" / "n02123045" / "n02123045_boxes.txt").symlink_to(secret / "a.parquet")
    opened = data.open(root)
    assert [opened.file(i) for i in range(len(opened))] == ["train/n02123045/1.png"]
    assert opened.boxes is None
    (root / "train.parquet").symlink_to(secret / "a.parquet")
    os.mkfifo(root / "val.parquet")
    assert listed(root) == ([], [])


@pytest.mark.soak
def test_open__a_hundred_thousand_files_of_which_many_are_odd(tmp_path: Path) -> None:
    root = attacked(tmp_path / "pets", tmp_path / "secret")
    for at in range(1000):
        folder = root / f"class {at}"
        folder.mkdir()
        for i in range(100):
            (folder / os.fsdecode(b"%d \xff\n.png" % i)).touch()
    entry = data.register(root, "many")
    assert entry.pictures == 100_000 + READABLE + len(BROKEN)
    assert not data.is_quick(root)
    opened = data.open("many")
    assert not data.changed(opened)
    for i in range(0, 100, 2):
        (root / "class 7" / os.fsdecode(b"%d \xff\n.png" % i)).unlink()
    since = data.since_registered(data.open("many"))
    assert (since.gone.count, since.new.count, since.different.count) == (50, 0, 0)
    assert "and 45 more" in since.sentence
