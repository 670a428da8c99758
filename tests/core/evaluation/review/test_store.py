"""Nothing is lost: many processes at once, kills, files that are damaged or refuse."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from core import paths
from core.errors import EvaluationError
from core.evaluation.review import notes, store
from core.evaluation.review.remarks import VOTES
from tests.core.evaluation.review import said
from tests.core.evaluation.review.said import claim

ROOT = Path(__file__).resolve().parents[4]


def writer(number, times):
    return subprocess.Popen(
        [sys.executable, "-m", said.__name__, str(number), str(times)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def mode():
    with store.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


def test_processes__at_once_lose_nothing():
    """They begin together, with no file yet."""
    writers = [writer(number, 15) for number in range(4)]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = notes.of(claim(number).sha256 for number in range(-1, 4))
    for number in range(4):
        one = found[claim(number).key]
        assert (one.vote, one.note) == (VOTES[14 % 4], "note 14")
    assert found[claim(-1).key].tags == tuple(f"tag {number}" for number in range(4))
    assert mode() == "wal"


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_kill_9__loses_nothing_that_was_kept(times):
    dice = random.Random(times)
    bystander = claim(99)
    notes.note(bystander, "of somebody else")
    for _ in range(times):
        with writer(7, 1_000_000) as process:
            told = [process.stdout.readline()]
            time.sleep(dice.uniform(0, 0.2))
            os.kill(process.pid, signal.SIGKILL)
            told += process.stdout.read().splitlines()
        last = int(told[-1])
        one = notes.of([claim(7).sha256])[claim(7).key]
        # it may have been killed between keeping the next and saying so
        assert one.note in (f"note {last}", f"note {last + 1}")
        assert one.vote in (VOTES[last % 4], VOTES[(last + 1) % 4])
        assert notes.of([bystander.sha256])[bystander.key].note == "of somebody else"
        assert mode() == "wal"
        notes.vote(claim(7), None)


def test_without_a_log__it_works_all_the_same(monkeypatch):
    """SQLite's locks by files beside it are for file systems that cannot share memory."""
    connect = sqlite3.connect

    def elsewhere(address, **options):
        return connect(
            address if address == ":memory:" else f"{address}&vfs=unix-dotfile", **options
        )

    monkeypatch.setattr(sqlite3, "connect", elsewhere)
    notes.vote(claim(1), "label")
    notes.note(claim(1), "kept")
    (found,) = notes.everything()
    assert (found.vote, found.note) == ("label", "kept")
    assert mode() == "delete"


def test_log__is_not_asked_for_where_the_trial_fails(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(store, "_has_log", lambda folder: False)
        notes.vote(claim(1), "label")
        assert mode() == "delete"
    notes.vote(claim(2), "label")
    assert mode() == "wal"
    assert len(notes.everything()) == 2
    assert [file.name for file in paths.home().iterdir()] == ["notes.sqlite"]  # no trial is left


def ruined(content):
    paths.home().mkdir()
    store.place().write_bytes(content)


def refused(sentence):
    kept = store.place().read_bytes()
    for attempt in (
        notes.everything,
        notes.votes,
        lambda: notes.of(["0" * 64]),
        lambda: notes.vote(claim(1), "label"),
        lambda: notes.tag(claim(1), ["x"]),
    ):
        with pytest.raises(EvaluationError, match=sentence):
            attempt()
    assert store.place().read_bytes() == kept
    assert [file.name for file in paths.home().iterdir()] == ["notes.sqlite"]


@pytest.mark.parametrize("content", [b"no data base at all" * 100, b"\0" * 5000])
def test_file__that_is_no_data_base_is_said_and_left(content):
    ruined(content)
    refused("is damaged or no file of Netlens.*put a copy back, or move it away")


@pytest.mark.parametrize("left", [20, 4096, 9000])
def test_file__that_was_cut_off_is_said_and_left(left):
    for number in range(60):
        notes.note(claim(number), "x" * 500)
    content = store.place().read_bytes()
    assert len(content) > 20_000
    shutil.rmtree(paths.home())
    ruined(content[:left])
    refused("is damaged")


def test_file__damaged_in_the_middle_is_said():
    for number in range(60):
        notes.note(claim(number), "x" * 500)
    content = bytearray(store.place().read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    store.place().write_bytes(content)
    with pytest.raises(EvaluationError, match="is damaged"):
        notes.everything()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (f"PRAGMA user_version = {store.FORMAT + 1}", "newer Netlens: update"),
        ("PRAGMA user_version = 0", "no file of Netlens"),
        ("PRAGMA user_version = -5", "no file of Netlens"),
        ("DROP TABLE tags", "no file of Netlens"),
        ("ALTER TABLE remarks RENAME COLUMN vote TO choice", "no file of Netlens"),
    ],
)
def test_file__of_another_format_is_said_and_left(change, sentence):
    notes.vote(claim(1), "label")
    with contextlib.closing(sqlite3.connect(store.place())) as connection, connection:
        connection.execute(change)
    kept = store.place().read_bytes()
    with pytest.raises(EvaluationError, match=sentence):
        notes.votes()
    with pytest.raises(EvaluationError, match=sentence):
        notes.vote(claim(1), "model")
    assert store.place().read_bytes() == kept


def test_file__that_was_only_begun_is_gone_on_with():
    """As after a kill between making the file and its tables."""
    ruined(b"")
    assert notes.everything() == ()
    notes.vote(claim(1), "label")
    assert len(notes.everything()) == 1


def test_home__that_is_a_file_is_said():
    paths.home().write_bytes(b"")
    with pytest.raises(EvaluationError, match=r"cannot be read or written.*NETLENS_HOME"):
        notes.vote(claim(1), "label")
    assert notes.everything() == ()


@pytest.mark.parametrize("name", ["a?mode=memory#b%41 c", "caf\udce9", "ünï"])
def test_home__of_any_name_is_used(name, tmp_path, monkeypatch):
    monkeypatch.setenv("NETLENS_HOME", str(tmp_path / name))
    notes.vote(claim(1), "label")
    assert (tmp_path / name / "notes.sqlite").stat().st_size
    assert notes.votes() == {claim(1).key: "label"}


@contextlib.contextmanager
def unprivileged():
    """As a user whom a folder may refuse."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("left", [False, True])
def test_home__that_may_only_be_read_is_read(left, monkeypatch):
    """Other programs that read may leave an empty log."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        monkeypatch.setenv("NETLENS_HOME", folder)
        notes.vote(claim(1), "label")
        if left:
            (home / "notes.sqlite-wal").touch(0o444)
        store.place().chmod(0o444)
        home.chmod(0o555)
        with unprivileged():
            assert notes.votes() == {claim(1).key: "label"}
            with pytest.raises(EvaluationError, match=r"cannot be read or written.*NETLENS_HOME"):
                notes.vote(claim(1), "model")
        home.chmod(0o755)
        assert notes.votes() == {claim(1).key: "label"}


def test_writer__that_waits_too_long_is_told(monkeypatch):
    notes.vote(claim(1), "label")
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    with store.writing(), pytest.raises(EvaluationError, match="in use by somebody else"):
        notes.vote(claim(1), "model")
    with store.writing():
        assert notes.votes() == {claim(1).key: "label"}  # readers wait for nobody


def test_disk__that_is_full_loses_nothing(monkeypatch):
    notes.vote(claim(1), "label")
    connect = store._connect

    def cramped(address):
        connection = connect(address)
        if address != ":memory:":
            connection.execute("PRAGMA max_page_count = 8")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(store, "_connect", cramped)
        with pytest.raises(EvaluationError, match="is full: free some space"):
            for number in range(2, 60):
                notes.note(claim(number), "x" * 1000)
    assert notes.votes() == {claim(1).key: "label"}
    assert mode() == "wal"
