"""Pictures collected in the browser."""

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from core import data
from core.data import class_folders, collect
from core.data.class_folders import checked_label, folder_of, label_of
from core.errors import DataError


def picture(number: int, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, 50, number // 256)).save(made, kind)
    return made.getvalue()


def pictures(*numbers: int) -> list[tuple[str, bytes]]:
    return [(f"{number}.png", picture(number)) for number in numbers]


def counts(collection: str = "pets") -> dict[str, int]:
    return {one.label: len(one.pictures) for one in collect.classes(collection)}


def test_add__files_by_hash_and_a_registered_name(netlens_home: Path) -> None:
    assert collect.add("pets", "cat", pictures(1, 2)) == collect.Added(2, 0, ())
    collect.add("pets", "dog", [("a photo.jpeg", picture(3, "JPEG"))])
    root = netlens_home / "data" / "collections" / "pets"
    digest = hashlib.sha256(picture(3, "JPEG")).hexdigest()
    assert (root / "dog" / f"{digest}.jpg").read_bytes() == picture(3, "JPEG")
    assert counts() == {"cat": 2, "dog": 1}
    assert data.registered() == (data.Entry("pets", root.resolve(), pictures=3, classes=2),)
    pets = data.open("pets")
    assert [known.label for known in pets.classes] == ["cat", "dog"]
    assert pets.read(2) == picture(3, "JPEG")
    assert collect.names() == ("pets",)


def test_add__twice_is_once() -> None:
    collect.add("pets", "cat", pictures(1, 2))
    assert collect.add("pets", "cat", pictures(2, 3, 3)) == collect.Added(1, 2, ())
    assert counts() == {"cat": 3}


def test_add__what_is_no_picture_is_said_and_not_stored() -> None:
    added = collect.add("pets", "cat", [*pictures(1), ("notes.txt", b"no"), ("x.png", b"")])
    assert added.new == 1
    assert [text.split(" cannot")[0] for text in added.problems] == ["notes.txt", "x.png"]
    assert collect.add("other", "cat", [("x.png", b"")]).new == 0
    assert collect.names() == ("pets",)  # nothing came of the other


def test_add__a_name_that_misleads_does_not(netlens_home: Path) -> None:
    collect.add("pets", "cat", [("../../evil.exe", picture(1))])
    (file,) = collect.classes("pets")[0].pictures
    assert file.name == f"{hashlib.sha256(picture(1)).hexdigest()}.png"


def test_add__the_newest_comes_first() -> None:
    for number in (1, 2, 3):
        collect.add("pets", "cat", pictures(number))
        (newest, *_) = collect.classes("pets")[0].pictures
        os.utime(newest, ns=(number, number))
    shown = [file.read_bytes() for file in collect.classes("pets")[0].pictures]
    assert shown == [picture(3), picture(2), picture(1)]


LABELS = [
    *("a/b", "..", ".", ".hidden", "../../etc", "C:\\x", "50 %", "%2F", "who?", "a*b", "ends."),
    *("Katzenbär", "犬" * 60, "🐈", "n02084071", "con", '"quoted"', "<b>", "%" * 60),
]


@pytest.mark.parametrize("label", LABELS)
def test_add__classes_that_are_no_folder_names(label: str) -> None:
    collect.add("pets", label, pictures(1, 2))
    assert counts() == {label: 2}
    root = class_folders.root() / "pets"
    (folder,) = root.iterdir()
    assert len(list(folder.iterdir())) == 2
    (known,) = data.open("pets").classes
    assert data.key_of(known) == label
    data.open("pets").read(1)
    (file, _) = collect.classes("pets")[0].pictures
    collect.remove("pets", label, file.name)
    collect.rename_class("pets", label, "cat")
    assert counts() == {"cat": 1}


@pytest.mark.parametrize("label", LABELS)
def test_folder_of__and_back(label: str) -> None:
    assert label_of(folder_of(label)) == label
    assert len(os.fsencode(folder_of(label))) <= 255
    assert Path("root", folder_of(label)).resolve().parent == Path("root").resolve()


def test_checked_label__one_form() -> None:
    assert checked_label("  big \n cat ") == "big cat"
    assert checked_label("Ka\u0308fer") == "K\u00e4fer"


@pytest.mark.parametrize("label", ["", "  \n", "x" * 61, "a\0b", "a\u202eb", "\ud800"])
def test_add__labels_that_cannot_be(label: str) -> None:
    with pytest.raises(DataError, match="class"):
        collect.add("pets", label, pictures(1))
    assert collect.names() == ()


def test_add__classes_that_differ_by_case_are_one() -> None:
    collect.add("pets", "Cat", pictures(1))
    collect.add("pets", "cat", pictures(2))
    assert counts() == {"Cat": 2}


@pytest.mark.parametrize("name", ["../evil", "", ".hidden", "a/b", "digits", "x" * 61])
def test_add__collections_that_cannot_be(name: str) -> None:
    with pytest.raises(DataError, match="name"):
        collect.add(name, "cat", pictures(1))
    assert not class_folders.root().exists()


def test_add__the_name_of_another_data_set(folder: Path) -> None:
    data.register(folder, "pets")
    with pytest.raises(DataError, match="name of another data set"):
        collect.add("Pets", "cat", pictures(1))
    assert collect.names() == ()
    assert len(data.open("pets")) == 3


def test_add__to_a_collection_whose_name_was_forgotten() -> None:
    collect.add("pets", "cat", pictures(1))
    data.unregister("pets")
    assert collect.names() == ("pets",)
    collect.add("pets", "cat", pictures(2))
    assert len(data.open("pets")) == 2


def test_add__home_that_cannot_be_written(netlens_home: Path) -> None:
    netlens_home.write_text("a file where the folder would be")
    with pytest.raises(DataError, match="pets cannot be changed: "):
        collect.add("pets", "cat", pictures(1))


def test_open__a_collection_is_always_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(tmp_path))
    collect.add("pets", "cat", pictures(1))
    assert len(data.open("pets")) == 1


def test_open__only_collections_have_labels_in_code(tmp_path: Path) -> None:
    (tmp_path / "x" / "50 %25").mkdir(parents=True)
    (tmp_path / "x" / "50 %25" / "1.png").write_bytes(b"x")
    assert data.open(tmp_path / "x").classes[0].label == "50 %25"


def test_remove__to_the_last() -> None:
    collect.add("pets", "cat", pictures(1, 2))
    for file in collect.classes("pets")[0].pictures:
        collect.remove("pets", "cat", file.name)
    assert counts() == {"cat": 0}
    (entry,) = data.registered()
    assert (entry.pictures, entry.classes) == (0, 0)
    with pytest.raises(DataError, match="holds no class folders with pictures"):
        data.open("pets")
    collect.add("pets", "cat", pictures(1))
    assert len(data.open("pets")) == 1


@pytest.mark.parametrize("file", ["", "..", "../../../registry/pets.json", "a" * 64 + ".png"])
def test_remove__what_is_not_there(file: str, netlens_home: Path) -> None:
    collect.add("pets", "cat", pictures(1))
    with pytest.raises(DataError, match="no picture"):
        collect.remove("pets", "cat", file)
    with pytest.raises(DataError, match="no class"):
        collect.remove("pets", "dog", file)
    assert (netlens_home / "data" / "registry" / "pets.json").exists()


def test_rename_class__but_not_onto_another() -> None:
    collect.add("pets", "cat", pictures(1))
    collect.add("pets", "dog", pictures(2))
    collect.rename_class("pets", "cat", " Cat ")
    assert counts() == {"Cat": 1, "dog": 1}
    with pytest.raises(DataError, match="has a class dog already"):
        collect.rename_class("pets", "Cat", "DOG")
    with pytest.raises(DataError, match="no class 'mouse'"):
        collect.rename_class("pets", "mouse", "rat")
    assert counts() == {"Cat": 1, "dog": 1}


def test_delete_class__and_collection() -> None:
    collect.add("pets", "cat", pictures(1))
    collect.add("pets", "dog", pictures(2))
    collect.add("others", "dog", pictures(2))
    collect.delete_class("pets", "cat")
    assert counts() == {"dog": 1}
    collect.delete("pets")
    assert collect.names() == ("others",)
    assert [entry.name for entry in data.registered()] == ["others"]
    assert not list(class_folders.root().glob(".waste-*"))
    for call in (collect.delete, collect.classes):
        with pytest.raises(DataError):
            call("../zips")
    with pytest.raises(DataError, match="no collection"):
        collect.delete("pets")


def test_add__many_processes_to_one_class_while_it_is_renamed() -> None:
    collect.add("pets", "cat", pictures(999))
    code = (
        "import sys; from tests.core.data.test_collect import collect, pictures\n"
        "first = int(sys.argv[1])\n"
        "for number in range(first, first + 20):\n"
        "    collect.add('pets', 'cat', pictures(number))\n"
        "    collect.rename_class('pets', 'cat', ('Cat', 'cat')[number % 2])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(first)]) for first in (0, 100, 200)
    ]
    assert [process.wait() for process in running] == [0] * 3
    assert list(counts().values()) == [61]
    (entry,) = data.registered()
    assert entry.pictures == 61


def test_add__what_a_dead_process_left_is_swept() -> None:
    root = class_folders.root()
    (root / ".waste-x").mkdir(parents=True)
    (root / ".waste-x" / "half.png").write_bytes(b"half")
    collect.add("pets", "cat", pictures(1))
    assert {path.name for path in root.iterdir()} == {".lock", "pets"}
