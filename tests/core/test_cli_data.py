"""``data import | show | remove``: progress, parts, what was skipped, and ImageNet's classes."""

import io
import itertools
import time
from pathlib import Path

import pytest

from core import cli
from core.cli.telling import Telling
from tests.core.data.trees import grown


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    """The lines that a command prints."""
    assert cli.main(["data", *argv]) == 0
    return capsys.readouterr().out.splitlines()


def test_show__parts_and_what_was_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"train/cat/1.png": "", "train/cat/2.png": "", "val/cat/1.png": "", "val/cat/x.txt": ""}
    root = grown(tmp_path / "pets", files)
    assert run(capsys, "import", str(root)) == [f"pets: 3 pictures of 1 classes in {root}"]
    assert run(capsys, "show", "pets") == [
        "pets: 3 pictures of 1 classes",
        "train: 2 pictures",
        "val: 1 pictures",
        "skipped: 1 files (no pictures, no labels, or links that lead out)",
        "in ImageNet: 0 classes by wnid, 1 by name",
        "      3             cat",
    ]


def test_show__what_matches_imagenet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = ["n01440764", "n02084071", "Golden Retriever", "tench, Tinca tinca"]
    unknown = [f"thing {at:02}" for at in range(12)]
    root = grown(tmp_path / "pets", {f"{label}/1.png": "" for label in (*known, *unknown)})
    (said,) = (line for line in run(capsys, "show", str(root)) if line.startswith("in ImageNet"))
    first = ", ".join(unknown[:10])
    assert said == f"in ImageNet: 2 classes by wnid, 2 by name; 12 not: {first} and 2 more"


def test_show__wnids_outside_of_imagenet_1k(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = grown(tmp_path / "pets", {"n02121620/1.png": "", "n00007846/1.png": ""})
    # cats in general stand for ImageNet's, and persons for none but the few that it has
    assert "in ImageNet: 2 classes by wnid, 0 by name" in run(capsys, "show", str(root))


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_show__built_in(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert any(line.startswith("in ImageNet: 0 classes") for line in run(capsys, "show", name))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("out", [io.StringIO(), _Terminal()])
def test_telling__is_silent_at_first_and_then_once_a_second(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0, 0.4)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with Telling("class folders", out) as progress:
        for done in range(1, 8):
            progress(done, 1000)
    said = out.getvalue().strip().replace("\r", "\n").splitlines()
    assert said == ["3 of 1,000 class folders", "6 of 1,000 class folders"]
    assert out.getvalue().endswith("\n")
    assert out.getvalue().count("\n") == (1 if out.isatty() else 2)


def test_telling__nothing_for_what_is_quick(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = grown(tmp_path / "pets", {"cat/1.png": ""})
    assert cli.main(["data", "import", str(root)]) == 0
    assert capsys.readouterr().err == ""


def test_remove__forgets_the_name_and_keeps_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = grown(tmp_path / "pets", {"cat/1.png": ""})
    run(capsys, "import", str(root))
    assert run(capsys, "remove", "pets") == ["pets: forgotten"]
    assert not any(line.startswith("pets") for line in run(capsys, "list"))
    assert (root / "cat" / "1.png").exists()


@pytest.mark.parametrize("name", ["pets", "digits", "", "../pets"])
def test_remove__what_is_not_registered(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "remove", name]) == 1
    assert f"There is no data set called {name}" in capsys.readouterr().err
