"""Answers as Parquet."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from core import models
from core.errors import EvaluationError
from core.evaluation.answers import open_answers
from core.evaluation.export import columns
from core.evaluation.export.parquet import write_parquet
from core.evaluation.running.table import load
from tests.core.evaluation.export import judged


@pytest.fixture
def done(tmp_path):
    return judged.done(tmp_path)


def test_write_parquet__gives_the_figures_again(done, tmp_path):
    run, found = done
    write_parquet(load(run / "answers"), tmp_path / "out.parquet")
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert list(rows[0]) == [
        "file", "wnid", "label", "top5_index", "top5_probability", "loss",
    ]  # fmt: skip
    assert len(rows) == 24
    index = {c.wnid: c.index for c in models.classes_of(models.DEFAULT_MODEL)}
    known = [row for row in rows if row["wnid"] in index]
    assert {row["label"] for row in rows if row["wnid"] is None} == {"zxqv"}
    assert all(row["loss"] is None for row in rows if row["wnid"] is None)
    top1 = np.mean([row["top5_index"][0] == index[row["wnid"]] for row in known])
    top5 = np.mean([index[row["wnid"]] in row["top5_index"] for row in known])
    assert (top1, top5) == (pytest.approx(found["top1"]), pytest.approx(found["top5"]))
    assert np.mean([row["loss"] for row in known]) == pytest.approx(found["log_loss"])
    (broken,) = (row for row in rows if row["top5_index"] is None)
    assert (broken["file"], broken["top5_probability"]) == ("zxqv/00.png", None)
    answers = open_answers(run)
    assert [row["file"] for row in known] == [answers.file(i) for i in range(len(answers))]


def test_write_parquet__a_place_that_cannot_be_written_is_said(done, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_parquet(load(done[0] / "answers"), tmp_path / "file" / "out.parquet")
    target = tmp_path / "folder.parquet"
    target.mkdir()
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_parquet(load(done[0] / "answers"), target)
    assert not list(tmp_path.glob("*.part"))


def test_write_parquet__names_that_are_no_text_are_written_legibly(tmp_path):
    table = judged.made_up(tmp_path / "answers", ["a\udcff.png"], [[None, "b\udcfe"]])
    write_parquet(table, tmp_path / "out.parquet")
    (row,) = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (row["file"], row["label"]) == ("a\\udcff.png", "b\\udcfe")


def test_write_parquet__many_blocks_are_all_there_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "_BLOCK", 7)
    names = [f"{at:03}é.png" for at in range(50)]
    table = judged.made_up(tmp_path / "answers", names, [["n02123045", "cat"], [None, "x"]])
    write_parquet(table, tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["file"].to_pylist() == names
    assert found["loss"].to_numpy().tolist() == table["loss"].tolist()
