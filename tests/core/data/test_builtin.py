"""The names of what is built in."""

from pathlib import Path

import pytest

from core import cli, data
from core.data.kinds.digits import DigitsDataset
from core.data.kinds.shapes import ShapesDataset
from core.errors import DataError


def test_open__each_by_its_name() -> None:
    for name in data.BUILT_IN:
        assert data.open(name).name == name
    assert isinstance(data.open("digits"), DigitsDataset)
    assert isinstance(data.open("shapes-mark"), ShapesDataset)


def test_open__says_the_sizes_that_it_has() -> None:
    assert "1,797 " in data.BUILT_IN["digits"]
    assert f"{len(data.open('digits')):,}" == "1,797"
    assert f"{len(data.open('shapes')):,} drawn" in data.BUILT_IN["shapes"]


def test_register__their_names_are_taken(folder: Path) -> None:
    for name in ("digits", "Shapes"):
        with pytest.raises(DataError, match="built in; choose another"):
            data.register(folder, name)
    named = folder.rename(folder.parent / "Digits")
    assert data.register(named).name == "Digits-2"
    assert len(data.open("digits")) == 1797


def test_open__what_was_registered_before_stays(folder: Path, netlens_home: Path) -> None:
    data.register(folder, "old")
    registry = netlens_home / "data" / "registry"
    text = (registry / "old.json").read_text().replace('"old"', '"digits"')
    (registry / "digits.json").write_text(text)
    assert len(data.open("digits")) == 3


def test_open__a_folder_of_that_name_needs_its_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.rename(folder.parent / "digits")
    monkeypatch.chdir(folder.parent)
    assert len(data.open("digits")) == 1797
    assert len(data.open(Path("digits"))) == 3
    assert len(data.open("./digits")) == 3


def test_open__unknown_name_lists_them() -> None:
    with pytest.raises(DataError, match="Built in: digits, shapes"):
        data.open("dogs")


def test_cli__list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n{name} " in f"\n{shown}" for name in data.BUILT_IN)
    assert cli.main(["data", "show", "shapes"]) == 0
    assert "1200 pictures of 8 classes" in capsys.readouterr().out


def test_mask__none_where_it_is_not_known(folder: Path) -> None:
    assert data.open(folder).mask(0) is None
    assert data.open(folder).own_test is None
    with pytest.raises(DataError, match="pictures 0 to 2"):
        data.open(folder).mask(3)
