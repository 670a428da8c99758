"""The index: what it saves, what it notices, and that no damage to it can be seen."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import data
from core.data.files import disk, index, index_file
from core.errors import CancelledError
from tests.core.data.trees import LONG_AGO, grown, settled

CLASSES, EACH = 5, 4


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MIN_FILES", 8)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"c{at}/{i}.png": f"{at} {i}" for at in range(CLASSES) for i in range(EACH)}
    return settled(grown(tmp_path / "pets", files))


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, in this order or another."""
    found, original = [], disk.list_folder

    def watched(root: Path, folder: str) -> object:
        found.append(folder)
        return original(root, folder)

    monkeypatch.setattr(disk, "list_folder", watched)
    return found


def shelf(netlens_home: Path) -> Path:
    (only,) = (netlens_home / "cache" / "index").iterdir()
    return only


def content(root: Path) -> dict[str, tuple[bytes, str]]:
    opened = data.open(root)
    return {
        opened.file(i): (opened.read(i), opened.classes[opened.labels[i]].label)
        for i in range(len(opened))
    }


def fresh(root: Path, netlens_home: Path) -> dict[str, tuple[bytes, str]]:
    """What is read where there is no index."""
    shutil.rmtree(netlens_home / "cache", ignore_errors=True)
    return content(root)


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


@pytest.mark.parametrize("seed", range(4))
def test_open__damaged_index_is_made_anew(root: Path, netlens_home: Path, seed: int) -> None:
    first = content(root)
    file = shelf(netlens_home) / "listing.arrow"
    good, chance = file.read_bytes(), random.Random(seed)
    for _ in range(12):
        bad = bytearray(good)
        if chance.random() < 0.3:
            del bad[chance.randrange(len(bad)) :]
        else:
            for _ in range(chance.choice([1, 1, 50])):
                bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        file.unlink()
        file.write_bytes(bad)
        assert content(root) == first
        assert file.read_bytes() == good


@pytest.mark.parametrize("bad", [b"", b"1234", b"ARROW1", b"\0" * 1000, None])
def test_open__no_index_in_its_place(root: Path, netlens_home: Path, bad: bytes | None) -> None:
    first = content(root)
    file = shelf(netlens_home) / "listing.arrow"
    file.unlink()
    file.mkdir() if bad is None else file.write_bytes(bad)
    assert content(root) == first


def test_read__columns_of_another_release(tmp_path: Path) -> None:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    table = pa.table({"name": ["a"]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    whole = memoryview(sink.getvalue())
    (tmp_path / "x.arrow").write_bytes(bytes(whole) + index_file._checksum(whole))
    assert index_file.read(tmp_path / "x.arrow") is None


def test_open__home_that_cannot_be_written(root: Path, netlens_home: Path) -> None:
    netlens_home.write_text("a file where the folder would be")
    assert len(content(root)) == CLASSES * EACH


def test_open__names_in_no_encoding_come_back_from_the_index(tmp_path: Path) -> None:
    names = (os.fsdecode(b"caf\xe9/\xff\n%d.png" % at) for at in range(10))
    settled(grown(tmp_path, dict.fromkeys(names, b"x")))
    assert content(tmp_path) == content(tmp_path)
    assert len(content(tmp_path)) == 10


def test_open__interrupted_goes_on_where_it_was(
    root: Path, listed: list[str], netlens_home: Path
) -> None:
    told = []

    def stop(done: int, of: int) -> None:
        told.append((done, of))
        if done == 3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        data.open(root, stop)
    assert told == [(1, 5), (2, 5), (3, 5)]
    parts = sorted(shelf(netlens_home).iterdir())
    assert [file.name[:5] for file in parts] == ["part-", "part-"]
    parts[0].write_bytes(parts[0].read_bytes()[:-9])  # and one of them damaged
    kept = sum(len(index_file.read(part).heads) for part in parts[1:])
    listed.clear()
    told.clear()
    opened = data.open(root, lambda done, of: told.append((done, of)))
    assert len(listed) == CLASSES - kept
    assert told == [(done, 5) for done in range(kept + 1, 6)]
    assert [file.name for file in shelf(netlens_home).iterdir()] == ["listing.arrow"]
    assert len(opened) == CLASSES * EACH


def test_open__interrupted_before_and_changed_since(root: Path, netlens_home: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        data.open(root, stop)
    (root / "c0" / "0.png").unlink()
    os.utime(root / "c0", (LONG_AGO + 1, LONG_AGO + 1))
    assert content(root) == fresh(root, netlens_home)


def test_open__is_kept_in_the_file_not_in_memory(root: Path) -> None:
    content(root)
    listing = data.open(root)._listing
    assert not listing.sizes.flags.owndata
    assert not listing.sizes.flags.writeable


def test_open__outlives_the_index(root: Path, netlens_home: Path) -> None:
    content(root)
    opened = data.open(root)
    shutil.rmtree(netlens_home)
    assert opened.read(0) == b"0 0"
    (root / "c0" / "new.png").write_bytes(b"new")
    content(root)
    assert len(opened) == CLASSES * EACH
    assert opened.file(19) == "c4/3.png"


def test_open__two_processes_at_once(root: Path, netlens_home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core import data\n"
        "from core.data.files import index; index.MIN_FILES = 8\n"
        "opened = data.open(Path(sys.argv[1]))\n"
        "print(*[opened.read(i).decode() for i in range(len(opened))], sep=',')"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * 2
    assert len(set(said)) == 1
    assert said[0].count(b",") == CLASSES * EACH - 1
    assert [file.name for file in shelf(netlens_home).iterdir()] == ["listing.arrow"]


@pytest.mark.soak
def test_open__a_hundred_thousand_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MIN_FILES", 20_000)
    root = tmp_path / "many"
    for at in range(100):
        (root / f"c{at:03}").mkdir(parents=True)
        for number in range(1000):
            (root / f"c{at:03}" / f"{number:04}.png").touch()
    settled(root)
    first, second = data.open(root), data.open(root)
    assert len(first) == len(second) == 100_000
    assert (first.labels == second.labels).all()
    assert [second.file(i) for i in (0, 99_999)] == ["c000/0000.png", "c099/0999.png"]
    assert not data.changed(second)
    (root / "c050" / "0500.png").write_bytes(b"x")
    assert data.changed(second).different == (50_500,)
