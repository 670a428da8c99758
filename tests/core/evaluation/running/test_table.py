"""Arrays of answers on the disk."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from core.errors import EvaluationError
from core.evaluation.running import table as tables
from core.evaluation.running.table import ANSWERED, UNREADABLE, create, is_there, load

NAMES = ["a/1.jpg", "", "ü/🐈.png", "line\nbreak.jpg", os.fsdecode(b"b\xff/2.jpg")]


def meta(n=5, features=3, **more):
    plain = {"format": 1, "n": n, "classes": [[None, "a"], [None, "b"]], "features": features}
    return {
        **plain,
        "signals": 2,
        "outputs": [[None, "a"], [None, "b"]],
        "claims": [[0], [1]],
        **more,
    }


def made(folder, **more):
    columns = {"position": np.arange(5) * 2, "label": np.array([0, 1, 0, 1, 1])}
    return create(folder, meta(**more), columns, NAMES)


def test_create__is_read_back_as_it_was(tmp_path):
    assert not is_there(tmp_path / "t")
    table = made(tmp_path / "t")
    assert is_there(tmp_path / "t")
    table.put(np.array([3, 1]), {"loss": np.array([0.5, 0.25]), "embedding": np.ones((2, 3))})
    table.settle({3: ANSWERED, 1: UNREADABLE})
    found = load(tmp_path / "t")
    assert found["position"].tolist() == [0, 2, 4, 6, 8]
    assert found["label"].tolist() == [0, 1, 0, 1, 1]
    assert found["state"].tolist() == [0, UNREADABLE, 0, ANSWERED, 0]
    assert found["loss"].tolist() == [0, 0.25, 0, 0.5, 0]
    assert found["embedding"].sum(1).tolist() == [0, 3, 0, 3, 0]
    assert found.files() == NAMES
    assert [found.file(row) for row in range(5)] == NAMES


@pytest.mark.parametrize("rows", [slice(0, 2), slice(2, 5), slice(3, 99), slice(4, 4), slice(1, 2)])
def test_files__of_some_rows(tmp_path, rows):
    assert made(tmp_path / "t").files(rows) == NAMES[rows]


def test_create__without_pictures_or_features(tmp_path):
    table = create(tmp_path / "t", meta(n=0, features=0), {}, [])
    assert (len(table), table["embedding"].shape, table.files()) == (0, (0, 0), [])
    assert load(tmp_path / "t")["top"].shape == (0, 5)
    assert made(tmp_path / "u", features=0)["embedding"].shape == (5, 0)


def test_settle__says_that_answers_are_there_after_they_are(tmp_path, monkeypatch):
    table = made(tmp_path / "t")
    written = []
    flush = np.memmap.flush

    def noted(array):
        written.append((Path(array.filename).name, bool(array.any())))
        flush(array)

    monkeypatch.setattr(np.memmap, "flush", noted)
    table.put(np.array([0]), {"loss": np.array([1.0])})
    table.settle({0: ANSWERED})
    names = [name for name, _ in written]
    assert names[-1] == "state.npy"
    assert names.count("state.npy") == 1
    assert ("loss.npy", True) in written


def test_load__a_reader_sees_what_comes(tmp_path):
    table = made(tmp_path / "t")
    reader = load(tmp_path / "t")
    table.put(np.array([2]), {"loss": np.array([7.0])})
    table.settle({2: ANSWERED})
    assert reader["loss"][2] == 7
    with pytest.raises(ValueError, match="read-only"):
        reader["loss"][2] = 1


@pytest.mark.parametrize("name", ["loss.npy", "state.npy", "name_ends.npy", "top.npy"])
def test_load__damage_is_said(tmp_path, name):
    made(tmp_path / "t")
    file = tmp_path / "t" / name
    content = file.read_bytes()
    other = np.zeros(4, np.float64)
    np.save(tmp_path / "other.npy", other)
    for damage in (content[:60], content[:-1], b"", (tmp_path / "other.npy").read_bytes(), None):
        if damage is None:
            file.unlink()
        else:
            file.write_bytes(damage)
        for write in (False, True):  # to write, NumPy would make a short file longer
            with pytest.raises(EvaluationError, match=r"missing or damaged"):
                load(tmp_path / "t", write=write)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label", 2), ("label", -1), ("state", 3), ("top", 2), ("rank", -2), ("position", -1),
        ("position", 99), ("top_probability", np.nan), ("top_probability", 1.5), ("name_ends", 999),
        ("name_ends", -4),
    ],
)  # fmt: skip
def test_load__values_that_nobody_wrote_are_said(tmp_path, name, value):
    made(tmp_path / "t")
    column = np.load(tmp_path / "t" / f"{name}.npy")
    column[2] = value
    np.save(tmp_path / "t" / f"{name}.npy", column)
    with pytest.raises(EvaluationError, match=r"missing or damaged"):
        load(tmp_path / "t")


@pytest.mark.parametrize("damage", [b"", b"a/1.jpg", b"x" * 1000, None])
def test_load__names_that_are_not_all_there_are_said(tmp_path, damage):
    made(tmp_path / "t")
    names = tmp_path / "t" / "names.bin"
    if damage is None:
        names.unlink()
    else:
        names.write_bytes(damage)
    with pytest.raises(EvaluationError, match=r"missing or damaged"):
        load(tmp_path / "t")


@pytest.mark.parametrize(
    "written", ["", "[]", "[" * 100_000, '{"format": 1}', '{"format": "x", "n": 5}']
)
def test_load__a_damaged_note_is_said(tmp_path, written):
    made(tmp_path / "t")
    (tmp_path / "t" / "answers.json").write_text(written)
    with pytest.raises(EvaluationError, match=r"answers\.json is missing or damaged"):
        load(tmp_path / "t")


def test_load__of_nothing_and_of_the_future(tmp_path):
    with pytest.raises(EvaluationError, match="holds no answers"):
        load(tmp_path)
    made(tmp_path / "t")
    note = json.loads((tmp_path / "t" / "answers.json").read_text())
    (tmp_path / "t" / "answers.json").write_text(json.dumps(note | {"format": 2}))
    with pytest.raises(EvaluationError, match="newer Netlens"):
        load(tmp_path / "t")


def test_create__a_full_disk_is_said_before_anything_is_computed(tmp_path, monkeypatch):
    def refuse(descriptor, start, size):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tables.os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="No space"):
        made(tmp_path / "t")
    assert not is_there(tmp_path / "t")


def test_create__takes_its_room_at_once(tmp_path):
    made(tmp_path / "t")
    for file in (tmp_path / "t").glob("*.npy"):
        assert file.stat().st_blocks * 512 >= file.stat().st_size


def test_create__again_where_it_was_interrupted(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "loss.npy").write_bytes(b"half")
    assert made(tmp_path / "t")["loss"].tolist() == [0] * 5
