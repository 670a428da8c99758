"""Answers as CSV."""

import csv
import os
import stat
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import EvaluationError
from core.evaluation.answers import open_answers
from core.evaluation.export import columns
from core.evaluation.export.csv import write_csv
from core.evaluation.export.parquet import write_parquet
from core.evaluation.running.table import load
from tests.core.evaluation.export import judged


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def table(tmp_path):
    run, _ = judged.done(tmp_path)
    return load(run / "answers")


def test_write_csv__has_the_rows_of_parquet(table, tmp_path):
    write_csv(table, tmp_path / "out.csv")
    write_parquet(table, tmp_path / "out.parquet")
    wanted = pq.read_table(tmp_path / "out.parquet").to_pylist()
    found = read(tmp_path / "out.csv")
    assert len(found) == len(wanted) == 24
    for row, other in zip(found, wanted, strict=True):
        assert [row[key] for key in ("file", "wnid", "label")] == [
            other["file"], other["wnid"] or "", other["label"],
        ]  # fmt: skip
        indices = [row[f"top{place}_index"] for place in range(1, 6)]
        shares = [row[f"top{place}_probability"] for place in range(1, 6)]
        if other["top5_index"] is None:
            assert set(indices + shares) == {""}
        else:
            assert list(map(int, indices)) == other["top5_index"]
            assert list(map(np.float32, shares)) == other["top5_probability"]
        loss = None if row["loss"] == "" else np.float32(row["loss"])
        assert loss == other["loss"]


def test_write_csv__says_what_is_right_and_names_what_was_said(table, tmp_path):
    write_csv(table, tmp_path / "out.csv")
    frame = pd.read_csv(tmp_path / "out.csv")
    answers = open_answers(table.folder.parent)
    judged_rows = frame.iloc[answers.rows]
    assert (judged_rows["right"].astype(bool) == answers.right).all()
    assert judged_rows["predicted_wnid"].tolist() == [
        answers.classes[at][0] for at in answers.predicted
    ]
    assert judged_rows["predicted_label"].tolist() == [
        answers.classes[at][1] for at in answers.predicted
    ]
    unknown = frame[frame["label"] == "zxqv"]
    assert unknown["right"].isna().all()
    assert unknown["predicted_label"].notna().sum() == 5  # all but the one that is broken


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example","x")']
EVIL += ["\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]


@pytest.mark.parametrize("text", EVIL)
def test_write_csv__a_formula_is_made_text(tmp_path, text):
    table = judged.made_up(tmp_path / "answers", [text], [[None, text]])
    write_csv(table, tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert row["file"] == row["label"] == row["predicted_label"] == f"'{text}"


awkward = st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=12)


@given(
    st.lists(awkward | st.sampled_from(['a"b', "a,b", "a\nb", "é", " =1", "'", ";"]), max_size=5)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_write_csv__any_name_is_one_cell_and_comes_back(tmp_path, names):
    names = [f"a{name}" for name in names if _is_a_name(name)]
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    table = judged.made_up(folder / "answers", names, [[None, "cat"], ["n02123045", 'd"o,g']])
    write_csv(table, folder / "out.csv")
    found = read(folder / "out.csv")
    assert [row["file"] for row in found] == [columns.legible(name) for name in names]
    assert {row["label"] for row in found} <= {"cat", 'd"o,g'}


def _is_a_name(text: str) -> bool:
    try:
        return os.fsdecode(os.fsencode(text)) == text and "\0" not in text
    except UnicodeEncodeError:
        return False


def test_write_csv__needs_no_more_memory_for_more_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "_BLOCK", 500)
    classes = [["n02123045", "cat"], [None, "dog"]]
    peaks = []
    for n in (2_000, 20_000):
        names = [f"folder/of/pictures/{at:08}.jpg" for at in range(n)]
        table = judged.made_up(tmp_path / str(n), names, classes)
        write_csv(table, tmp_path / "out.csv")  # what is imported and kept once
        tracemalloc.start()
        write_csv(table, tmp_path / "out.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_write_csv__what_was_there_stays_where_it_fails(table, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    out.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(columns, "losses", full)
    with pytest.raises(EvaluationError, match=r"out\.csv cannot be written: No space left"):
        write_csv(table, out)
    assert out.read_text() == "before"
    assert not list(tmp_path.glob("*.part"))
    monkeypatch.undo()
    write_csv(table, out)
    assert out.read_text().startswith('"file"')
    assert stat.S_ISREG(out.stat().st_mode)


def test_write_csv__of_no_pictures_is_a_header(tmp_path):
    table = judged.made_up(tmp_path / "answers", [], [[None, "cat"]])
    write_csv(table, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv") == []
    assert (tmp_path / "out.csv").read_text().count("\n") == 1
