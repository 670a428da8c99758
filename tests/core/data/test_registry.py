"""Names for data sets, and where a server may read."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import data
from core.data import Entry
from core.errors import DataError


def note(home: Path, name: str) -> Path:
    return home / "data" / "registry" / f"{name}.json"


def test_register__and_open_by_name(folder: Path) -> None:
    assert data.registered() == ()
    entry = data.register(folder)
    assert entry == Entry("pets", folder.resolve(), pictures=3, classes=2)
    assert data.registered() == (entry,)
    assert data.open("pets").read(0) == b"cat"
    assert data.open("pets").name == "pets"


def test_register__twice_is_once_with_new_counts(folder: Path) -> None:
    data.register(folder, "My pets")
    (folder / "cat" / "two.png").write_bytes(b"another")
    assert data.register(folder) == Entry("My pets", folder.resolve(), pictures=4, classes=2)
    assert len(data.registered()) == 1
    data.register(folder, "again")
    assert [entry.name for entry in data.registered()] == ["again", "My pets"]


def test_register__same_folder_name_elsewhere(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "pets"
    other.parent.mkdir()
    folder.rename(other)
    data.register(other)
    other.rename(folder)
    assert data.register(folder).name == "pets-2"


def test_register__relative_path_and_link(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(folder)
    assert data.register("pets").path == folder.resolve()
    assert data.register("link").path == folder.resolve()
    monkeypatch.chdir("/")
    assert len(data.open("pets")) == 3


def test_register__name_of_another(folder: Path, parquet: Callable[..., Path]) -> None:
    data.register(folder, "pets")
    other = parquet(image=[b"x"], label=["y"])
    with pytest.raises(DataError, match=r"name of another data set, at .*pets"):
        data.register(other, "Pets")  # on some disks the same file
    assert data.register(other).name == "pets-val"


@pytest.mark.parametrize(
    "name", ["", " ", "../evil", "a/b", ".hidden", "a.", "x" * 61, "a\nb", "a\0"]
)
def test_register__unfit_name(folder: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot be a name"):
        data.register(folder, name)
    assert data.registered() == ()


@pytest.mark.parametrize("name", ["a", "Zürich 2024", "v1.0_final-b", "犬" * 60])
def test_register__fit_name(folder: Path, name: str) -> None:
    data.register(folder, name)
    assert data.open(name).name == name
    data.unregister(name)
    assert data.registered() == ()


def test_register__folder_with_an_odd_name(folder: Path) -> None:
    odd = folder.rename(folder.parent / "..what? a/name!".replace("/", ":"))
    assert data.register(odd).name == "what- a-name"


def test_register__not_a_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        data.register(tmp_path, "nothing")
    assert data.registered() == ()


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_register__nothing_is_not_the_current_folder(
    blank: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for call in (data.register, data.open):
        with pytest.raises(DataError, match="Give the path"):
            call(blank)
    assert data.registered() == ()
    assert data.register(".").path == folder.resolve()


def test_register__home_that_cannot_be_written(folder: Path, netlens_home: Path) -> None:
    netlens_home.write_text("a file where the folder would be")
    with pytest.raises(DataError, match="cannot be written"):
        data.register(folder)


def test_unregister__forgets_the_name_only(folder: Path) -> None:
    data.register(folder)
    data.unregister("pets")
    assert data.registered() == ()
    assert len(data.open(folder)) == 3
    for name in ("pets", "../pets", ""):
        with pytest.raises(DataError, match="no data set called"):
            data.unregister(name)


def test_open__unknown_name_lists_the_known(folder: Path) -> None:
    data.register(folder)
    with pytest.raises(DataError, match=r"no data set called dogs.*Registered: pets"):
        data.open("dogs")


def test_open__registered_but_gone(folder: Path) -> None:
    data.register(folder)
    folder.rename(folder.parent / "moved")
    with pytest.raises(DataError, match=r"There is no folder or file .*pets"):
        data.open("pets")


def test_open__path_object_is_never_a_name(
    folder: Path, parquet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data.register(parquet(image=[b"x"], label=["y"]), "pets")
    monkeypatch.chdir(folder.parent)
    assert len(data.open("pets")) == 1
    assert len(data.open(Path("pets"))) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": "pets", "path": 3}', "\xff"])
def test_registered__damaged_note_is_reported_and_kept(
    folder: Path, netlens_home: Path, text: str
) -> None:
    data.register(folder)
    note(netlens_home, "pets").write_text(text, "latin-1")
    (said,) = data.problems()
    assert re.search(r"pets\.json.*damaged", said)
    assert data.registered() == ()
    for call in (lambda: data.open("pets"), lambda: data.register(folder)):
        with pytest.raises(DataError, match=r"pets\.json.*damaged"):
            call()
    assert note(netlens_home, "pets").read_text("latin-1") == text
    data.unregister("pets")
    assert data.register(folder).name == "pets"


def test_registered__a_damaged_note_leaves_the_others_alone(
    folder: Path, netlens_home: Path
) -> None:
    data.register(folder, "good")
    data.register(folder, "bad")
    note(netlens_home, "bad").write_text("{")
    assert [entry.name for entry in data.registered()] == ["good"]
    assert len(data.problems()) == 1
    assert len(data.open("good")) == 3


@pytest.mark.skipif(os.name == "nt", reason="names of files are text there")
def test_register__a_path_in_no_encoding(tmp_path: Path, folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.rename(odd)
    data.register(odd, "odd")
    assert len(data.open("odd")) == 3


def test_register__leaves_a_plain_file_and_the_listing(folder: Path, netlens_home: Path) -> None:
    data.register(folder, "Pets")
    registry = netlens_home / "data" / "registry"
    assert sorted(registry.iterdir()) == [registry / "pets.arrow", registry / "pets.json"]
    assert json.loads(note(netlens_home, "pets").read_text("utf-8"))["name"] == "Pets"


def test_unregister__leaves_nothing(folder: Path, netlens_home: Path) -> None:
    data.register(folder, "Pets")
    data.unregister("pets")
    assert list((netlens_home / "data" / "registry").iterdir()) == []


def test_register__many_processes(folder: Path) -> None:
    code = "import sys; from core import data; data.register(sys.argv[1], sys.argv[2])"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(folder), name])
        for name in ("one", "two", "three", "four")
    ]
    assert [process.wait() for process in running] == [0] * 4
    assert [entry.name for entry in data.registered()] == ["four", "one", "three", "two"]


def test_check_allowed__everywhere_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data.check_allowed(tmp_path / "absent") == (tmp_path / "absent").resolve()
    monkeypatch.setenv("NETLENS_DATA_ROOTS", "")
    assert data.check_allowed("/") == Path("/")


def test_check_allowed__below_the_roots_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "ab"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv(
        "NETLENS_DATA_ROOTS", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")])
    )
    (tmp_path / "a" / "link").symlink_to(folder)
    assert data.check_allowed(tmp_path / "b" / "x").name == "x"
    assert data.check_allowed(tmp_path / "a") == (tmp_path / "a").resolve()
    for path in (folder, tmp_path / "ab", tmp_path / "a" / ".." / "pets", tmp_path / "a" / "link"):
        for call in (data.check_allowed, data.open, data.register):
            with pytest.raises(DataError, match="outside the folders that may be read"):
                call(path)


def test_open__registered_before_the_roots_were_set(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.register(folder)
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(tmp_path / "other"))
    with pytest.raises(DataError, match="outside"):
        data.open("pets")
