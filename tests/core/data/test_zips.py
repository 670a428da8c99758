"""Zips of class folders: what is unpacked, and every attack that was thought of."""

import io
import random
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core import data
from core.data import zips
from core.errors import DataError

JPEG = b"\xff\xd8\xff a picture"
PETS = {"cat/1.jpg": JPEG + b"1", "cat/2.PNG": b"2", "dog/1.jpg": JPEG}


def zipped(members: Mapping[str, bytes] | list[tuple[Any, bytes]], method: int = 8) -> bytes:
    made = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    return made.getvalue()


def unpack(content: bytes) -> Path:
    return zips.unpack(io.BytesIO(content), "pets.zip")


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def refused(content: bytes, reason: str) -> None:
    """The zip is refused for this reason, and nothing of it is left anywhere."""
    with pytest.raises(DataError, match=reason):
        unpack(content)
    assert listed(zips.folder()) <= {".lock"}
    assert listed(zips.folder().parent) <= {"zips"}


def test_unpack__class_folders() -> None:
    folder = unpack(zipped(PETS))
    assert files(folder) == PETS
    assert folder.parent == zips.folder()
    assert listed(folder.parent) == {folder.name, ".lock"}
    assert [known.label for known in data.open(folder).classes] == ["cat", "dog"]


def test_unpack__one_outer_folder_is_taken_off() -> None:
    assert files(unpack(zipped({f"my pets/{path}": content for path, content in PETS.items()})))
    folder = unpack(zipped({"a/": b"", **{f"a/{path}": content for path, content in PETS.items()}}))
    assert files(folder) == PETS


def test_unpack__what_is_no_picture_is_left_out() -> None:
    others = {
        "__MACOSX/cat/._1.jpg": b"x",
        ".DS_Store": b"x",
        "cat/.hidden.jpg": b"x",
        ".git/x.jpg": b"x",
        "cat/Thumbs.db": b"x",
        "readme.txt": b"x",
        "preview.jpg": b"x",
        "empty/": b"",
    }
    assert files(unpack(zipped(others | PETS))) == PETS


def test_unpack__twice_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped(PETS)
    folder = unpack(content)
    monkeypatch.setattr(zips, "_unpack", None)
    assert unpack(content) == folder


def test_unpack__backslashes_separate() -> None:
    content = zipped({"cat_1.jpg": JPEG, "dog_1.jpg": b"d"})
    for name in (b"cat", b"dog"):
        content = content.replace(name + b"_", name + b"\\")
    assert files(unpack(content)) == {"cat/1.jpg": JPEG, "dog/1.jpg": b"d"}


def test_unpack__names_in_utf8_that_do_not_say_so() -> None:
    content = zipped({"Baxr/1.jpg": JPEG, "cat/1.jpg": b"c"})
    folder = unpack(content.replace(b"Baxr", "Bär".encode()))
    assert sorted(files(folder)) == ["Bär/1.jpg", "cat/1.jpg"]


@pytest.mark.parametrize(
    "name", ["../evil.jpg", "cat/../../evil.jpg", "/etc/evil.jpg", "C:/evil.jpg", "//host/x/e.jpg"]
)
@pytest.mark.parametrize("separator", ["/", "\\"])
def test_unpack__members_that_lead_outside(name: str, separator: str) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name.replace("/", separator)
    refused(zipped([*PETS.items(), (info, b"evil")]), "would lie outside")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_unpack__links_and_devices(kind: int) -> None:
    info = zipfile.ZipInfo("cat/link.jpg")
    info.external_attr = (kind | 0o777) << 16
    refused(zipped([*PETS.items(), (info, b"/etc/passwd")]), "is a link or a device")


def test_unpack__link_to_a_folder_and_a_file_in_it() -> None:
    info = zipfile.ZipInfo("cat/a.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    refused(zipped([(info, b"/tmp"), ("cat/a.jpg/evil.jpg", b"x")]), "is a link")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"cat/a.jpg": b"1", "cat/A.jpg": b"2"}, "same name"),
        ({"cat/1.jpg": b"1", "Cat/2.jpg": b"2"}, "cat and Cat .* differ by case only"),
        ({"straße/1.jpg": b"1", "STRASSE/2.jpg": b"2"}, "differ by case only"),
        ({"é/1.jpg": b"1", "e\u0301/1.jpg": b"2"}, "same name"),
        ({"cat/a.jpg": b"1", "cat/./a.jpg": b"2"}, "same name"),
        ({"cat/a.zip": b"1", **PETS}, "is an archive itself"),
        ({"cat/a.tar.gz": b"1", **PETS}, "is an archive itself"),
        ({"cat/a.jpg": zipped(PETS), **PETS}, "is an archive itself"),
        ({"cat/a\x01.jpg": b"1"}, "cannot be used"),
        ({f"cat/{'a' * 300}.jpg": b"1"}, "too long a name"),
        ({"train/cat/1.jpg": b"1", "val/cat/2.jpg": b"2"}, r"folders in its class folders"),
        ({"1.jpg": b"1"}, "no class folders"),
        ({"cat/readme.txt": b"1"}, "no class folders"),
        ({}, "no class folders"),
    ],
)
def test_unpack__unfit_members(members: dict[str, bytes], reason: str) -> None:
    refused(zipped(members), reason)


def test_unpack__the_same_name_twice() -> None:
    content = zipped({"cat/1.jpg": b"one", "cat/2.jpg": b"two"})
    refused(content.replace(b"2.jpg", b"1.jpg"), "same name")


def test_unpack__password() -> None:
    content = bytearray(zipped(PETS))
    for at in range(len(content)):
        if content[at : at + 4] == b"PK\1\2":
            content[at + 8] |= 1
    refused(bytes(content), "protected with a password")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unpack__methods_that_take_much_memory(method: int) -> None:
    refused(zipped(PETS, method), "compressed in a way that is not read here")


def test_unpack__bomb_of_100_mb() -> None:
    content = zipped([("cat/1.bmp", bytes(100 * 2**20))])
    assert len(content) < 200_000
    refused(content, "more than 100 times its size")


def test_unpack__bomb_of_many_members() -> None:
    refused(zipped({f"cat/{i}.bmp": bytes(2**20) for i in range(100)}), "more than 100 times")


def test_unpack__small_drawings_may_compress_well() -> None:
    folder = unpack(zipped({"cat/1.bmp": bytes(5 * 2**20), "dog/1.bmp": bytes(10)}))
    assert (folder / "cat" / "1.bmp").stat().st_size == 5 * 2**20


def test_unpack__overlapping_members() -> None:
    """Fifty entries of the directory that all point to one megabyte of data."""
    content = zipped({"cat/01.jpg": random.Random(0).randbytes(2**20)})
    start = content.index(b"PK\1\2")
    entry = content[start : content.index(b"PK\5\6")]
    entries = b"".join(entry.replace(b"01.jpg", f"{at:02}.jpg".encode()) for at in range(50))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 50, 50, len(entries), start, 0)
    refused(content[:start] + entries + end, "members overlap")


@pytest.mark.parametrize("declared", [0, 5, 10**6, 2**32 - 2])
def test_unpack__sizes_that_lie(declared: int) -> None:
    content = bytearray(zipped({"cat/1.jpg": b"a picture" * 1000}))
    for mark, at in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        where = content.index(mark) + at
        content[where : where + 4] = struct.pack("<I", declared)
    refused(bytes(content), "damaged|larger than the 200 MB")


def test_write__counts_what_comes_out(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("cat/1.jpg")
    info.file_size = 10
    archive: Any = SimpleNamespace(open=lambda _: io.BytesIO(bytes(3 * 2**20)))
    with pytest.raises(zipfile.BadZipFile):
        zips._write(archive, zips._Member(info, ("cat", "1.jpg")), tmp_path, "pets.zip")
    assert (tmp_path / "cat" / "1.jpg").stat().st_size == 0


def test_unpack__a_hundred_thousand_tiny_members() -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *[20] * 2, *[0] * 4, 0, 0, 0, 9, *[0] * 4, 0, 0)
    entries = b"".join(entry + f"c/{at:07}".encode() for at in range(100_000))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(entries), 0, 0)
    begun = time.monotonic()
    refused(entries + end, "more than 50,000 members")
    assert time.monotonic() - begun < 5


def test_unpack__more_members_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_MEMBERS", 2)
    refused(zipped(PETS), "more than 2 members")


def test_unpack__too_much_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_TOTAL_BYTES", 20)
    refused(zipped(PETS), "are allowed")


def test_unpack__no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips.shutil, "disk_usage", lambda _: SimpleNamespace(free=3))
    refused(zipped(PETS), "make room there")


def test_unpack__disk_that_fills_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zips, "_write", full)
    refused(zipped(PETS), "cannot be unpacked: No space left on device")


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", zipped(PETS)[:-30]])
def test_unpack__no_zip(content: bytes) -> None:
    refused(content, "damaged or no zip file")


def test_unpack__random_damage() -> None:
    whole, dice = zipped(PETS), random.Random(0)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20))):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        try:
            folder = unpack(bytes(broken))
        except DataError:
            continue
        assert folder.parent == zips.folder()
        assert all(path.is_file() or path.is_dir() for path in folder.rglob("*"))
    assert not list(zips.folder().glob(".unpacking-*"))


def test_unpack__killed_in_the_middle(tmp_path: Path, netlens_home: Path) -> None:
    dice = random.Random(0)
    content = zipped({f"c{at % 3}/{at}.jpg": dice.randbytes(1000) for at in range(400)})
    source = tmp_path / "pets.zip"
    source.write_bytes(content)
    code = (
        "import os, signal, sys\n"
        "from core import data\n"
        "from core.data import zips\n"
        "write, left = zips._write, [200]\n"
        "def until_killed(*args):\n"
        "    left[0] -= 1\n"
        "    write(*args)\n"
        "    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "zips._write = until_killed\n"
        "data.register(sys.argv[1])"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(source)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (half,) = zips.folder().glob(".unpacking-*")
    assert len(files(half)) == 200
    folder = unpack(content)
    assert listed(zips.folder()) == {folder.name, ".lock"}
    assert len(files(folder)) == 400


def test_unpack__many_processes(tmp_path: Path) -> None:
    source = tmp_path / "pets.zip"
    source.write_bytes(zipped(PETS))
    code = "import sys; from core import data; print(data.register(sys.argv[1]))"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(source)], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in running}) == 1
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(listed(zips.folder())) == 2


def test_register__zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "My pets.ZIP"
    source.write_bytes(zipped(PETS))
    with pytest.raises(DataError, match="is a zip: import it first"):
        data.open(source)
    entry = data.register(source)
    assert (entry.name, entry.pictures, entry.classes) == ("My pets", 3, 2)
    assert entry.path.parent == zips.folder().resolve()
    shutil.copy(source, tmp_path / "again.zip")
    assert data.register(tmp_path / "again.zip") == entry
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(tmp_path / "other"))
    assert data.open("My pets").read(0) == PETS["cat/1.jpg"]
    with pytest.raises(DataError, match="outside the folders"):
        data.register(source)


def test_register__zip_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pets\.zip cannot be read: No such file"):
        data.register(tmp_path / "pets.zip")


def test_register_zip__an_upload() -> None:
    entry = data.register_zip(io.BytesIO(zipped(PETS)), "My pets.zip")
    assert entry.name == "My pets"
    assert len(data.open("My pets")) == 3
    again = data.register_zip(io.BytesIO(zipped(PETS)), "other.zip", "second")
    assert (again.name, again.path) == ("second", entry.path)


def test_register_zip__a_name_that_cannot_be_is_said_before_anything_is_unpacked() -> None:
    for name, said in (("../evil", "cannot be a name"), ("digits", "built in")):
        with pytest.raises(DataError, match=said):
            data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip", name)
    assert not zips.folder().exists()


def test_unregister__unpacked_pictures_go_with_their_last_name() -> None:
    first = data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip")
    data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip", "second")
    data.unregister("second")
    assert len(data.open("pets")) == 3
    data.unregister("pets")
    assert not first.path.exists()
    assert listed(zips.folder()) == {".lock"}
    assert data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip") == first
    assert len(data.open("pets")) == 3


def test_unregister__a_damaged_note_may_be_about_the_same_folder(netlens_home: Path) -> None:
    entry = data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip")
    (netlens_home / "data" / "registry" / "other.json").write_text("{")
    data.unregister("pets")
    assert entry.path.is_dir()


def test_unregister__the_unpacked_folder_is_gone_already() -> None:
    entry = data.register_zip(io.BytesIO(zipped(PETS)), "pets.zip")
    shutil.rmtree(entry.path)
    data.unregister("pets")
    assert data.registered() == ()


def test_unregister__while_others_register_the_same_zip(tmp_path: Path) -> None:
    source = tmp_path / "pets.zip"
    source.write_bytes(zipped(PETS))
    code = (
        "import sys; from core import data\n"
        "for _ in range(30):\n"
        "    data.register(sys.argv[1], sys.argv[2])\n"
        "    assert len(data.open(sys.argv[2])) == 3\n"
        "    data.unregister(sys.argv[2])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(source), name]) for name in ("a", "b")
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert listed(zips.folder()) == {".lock"}
