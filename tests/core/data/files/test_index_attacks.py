"""The index damaged, interrupted, and in many hands."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import data
from core.data.files import index, index_file
from core.errors import CancelledError
from tests.core.data.files.indexed import CLASSES, EACH, content, fresh, shelf
from tests.core.data.trees import LONG_AGO, settled

pytestmark = pytest.mark.usefixtures("small")


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
