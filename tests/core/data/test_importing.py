"""Registering in the background: what is quick, and what a run of it does."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from core import data, runs
from core.data import importing
from core.data.files import index
from core.data.importing import import_data
from core.errors import CancelledError, DataError
from core.runs import State
from tests.core.data.trees import grown, settled
from tests.core.runs.conftest import ended, until, worker


class Watched:
    """A run that is asked to stop after so many questions."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.told: list[tuple[str, int, int]] = []
        self._left = stop_at

    def tell(self, what: str, done: int, of: int) -> None:
        self.told.append((what, done, of))

    def should_stop(self) -> bool:
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"c{at}/{i}.png": "x" for at in range(6) for i in range(4)}
    return settled(grown(tmp_path / "pets", files))


@pytest.mark.parametrize(
    ("files", "quick"),
    [
        ((), True),
        (("c/1.png", "c/2.png", "c/3.png"), True),
        (("c/1.png", "c/2.png", "c/3.png", "c/4.png", "c/5.png"), False),
        (("train/c/images/1.png", "train/c/images/2.png", "train/c/images/3.png"), False),
        (("ILSVRC2012_img_val.tar",), False),
        (("train.parquet",), True),
    ],
)
def test_is_quick__few_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], quick: bool
) -> None:
    monkeypatch.setattr(importing, "QUICK_FILES", 5)
    root = grown(tmp_path / "pets", dict.fromkeys(files, "x"))
    (root / "all").symlink_to("/", target_is_directory=True)  # counts as one
    assert data.is_quick(root) is quick


def test_is_quick__files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "QUICK_ZIP_BYTES", 3)
    grown(tmp_path, {"a.zip": "123", "b.zip": "1234", "c.parquet": "12345"})
    os.mkfifo(tmp_path / "fifo")
    found = {path.name: data.is_quick(path) for path in tmp_path.iterdir()}
    assert found == {"a.zip": True, "b.zip": False, "c.parquet": True, "fifo": True}
    assert data.is_quick(tmp_path / "absent")


def test_import__registers_and_tells(root: Path) -> None:
    context = Watched()
    found = import_data({"path": str(root), "name": "mine"}, context)
    assert found.pop("seconds") >= 0
    assert found == {"name": "mine", "pictures": 24, "classes": 6}
    assert context.told[-1] == ("listing the class folders", 6, 6)
    assert data.open("mine").parts == {}
    assert import_data({"path": str(root)}, Watched())["name"] == "mine"


def test_import__stopped_and_resumed_lists_the_rest(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MIN_FILES", 8)
    with pytest.raises(CancelledError):
        import_data({"path": str(root)}, Watched(stop_at=3))
    assert data.registered() == ()
    context = Watched()
    import_data({"path": str(root)}, context)
    listed = [done for what, done, _ in context.told if what.startswith("listing")]
    assert listed[0] > 1
    assert listed[-1] == 6
    assert data.open("pets").labels.tolist() == [at for at in range(6) for _ in range(4)]


def test_import__a_zip(root: Path, tmp_path: Path, netlens_home: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for at in range(4):
            archive.writestr(f"cat/{at}.png", "x")
    (tmp_path / "zipped.zip").write_bytes(content.getvalue())
    with pytest.raises(CancelledError):
        import_data({"path": str(tmp_path / "zipped.zip")}, Watched(stop_at=2))
    assert [path.name for path in (netlens_home / "data" / "zips").iterdir()] == [".lock"]
    context = Watched()
    assert import_data({"path": str(tmp_path / "zipped.zip")}, context)["pictures"] == 4
    assert context.told[-1] == ("unpacking the pictures", 4, 4)


@pytest.mark.parametrize("spec", [{}, {"path": 3}, {"path": "/", "name": 3}, {"path": None}])
def test_import__no_spec(spec: dict) -> None:
    with pytest.raises(DataError, match="start it anew"):
        import_data(spec, Watched())


def test_import__as_a_run_that_waits_for_no_training(root: Path) -> None:
    training = runs.create("train", {}, devices=["cpu"])  # its lock is held: it is alive
    run = runs.start("import", {"path": str(root), "name": None}, devices=["disk"])
    run = ended(run)
    assert runs.get(training.folder.name).state is State.QUEUED
    assert (run.state, run.result["name"]) == (State.DONE, "pets")
    assert len(data.open("pets")) == 24


def test_import__a_run_that_fails_says_why(tmp_path: Path) -> None:
    run = ended(
        runs.start("import", {"path": str(tmp_path / "no"), "name": None}, devices=["disk"])
    )
    assert run.state is State.FAILED
    assert "There is no folder or file" in run.message


@pytest.mark.soak
def test_import__killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    """100,000 files; each part of the index is saved after 20,000."""
    root = tmp_path / "many"
    for at in range(100):
        (root / f"c{at:02}").mkdir(parents=True)
        for i in range(1000):
            (root / f"c{at:02}" / f"{i:04}.png").touch()
    settled(root)
    run = runs.start("import", {"path": str(root), "name": "many"}, devices=["disk"])
    kills = 0
    for share in (10, 40, 70):
        until(lambda run=run, share=share: _over(run, share))
        if process := worker(runs.get(run.id)):
            process.kill()
            kills += 1
        run = ended(run)
        if run.state is State.INTERRUPTED:
            run = runs.resume(run)
    run = ended(run)
    assert kills
    assert (run.state, run.result["pictures"]) == (State.DONE, 100_000)
    opened = data.open("many")
    assert len(opened) == 100_000
    assert not data.since_registered(opened)


def _over(run: runs.Run, share: int) -> bool:
    """Whether so many of a hundred folders are done, or the run has ended."""
    now = runs.get(run.id)
    status = runs.status(now)
    return not now.state.is_alive or (status is not None and status.done >= share)
