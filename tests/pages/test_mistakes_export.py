"""The Export menu of the Mistakes page."""

import csv
import io

import pyarrow.parquet as pq
import pytest
import streamlit as st

from core.evaluation.answers import open_answers
from tests.core.evaluation.report.reading import check
from tests.core.evaluation.running import pets
from tests.pages import judged
from ui.mistakes import export_menu

PAGE = "pages/6_Mistakes.py"


@pytest.fixture
def offered(monkeypatch):
    """What download buttons are given, by their labels."""
    found = {}

    def button(label, data, file_name, mime, **_):
        found[label] = (data, file_name, mime)

    monkeypatch.setattr(st, "download_button", button)
    return found


def test_export__each_file_is_made_when_it_is_asked_for(open_page, tmp_path, offered, monkeypatch):
    root = pets.folder(tmp_path / "pets", 4)
    run = judged.done(root, name="mine")
    made = []
    written = export_menu._written
    monkeypatch.setattr(
        export_menu, "_written", lambda *given: made.append(given) or written(*given)
    )
    app = open_page(PAGE, run=run.id)
    assert not app.error
    app.run()
    assert made == []
    answers = open_answers(run.folder)
    name = "netlens-small-resnet-tiny-imagenet-on-pets"
    make, file_name, kind = offered["CSV"]
    assert (file_name, kind) == (f"{name}.csv", "text/csv")
    rows = list(csv.DictReader(io.StringIO(make().decode())))
    assert [row["file"] for row in rows] == answers.table.files()
    make, file_name, _ = offered["Parquet"]
    assert file_name == f"{name}.parquet"
    assert pq.read_table(io.BytesIO(make()))["file"].to_pylist() == answers.table.files()
    make, file_name, kind = offered["Report (HTML)"]
    assert (file_name, kind) == (f"{name}.html", "text/html")
    page = check(make())
    assert "mine · Mistakes" in page.words
    shown = {metric.label: metric.value for metric in app.metric}
    for label in ("Top-1", "Top-5", "Calibration error", "Log loss", "Macro F1"):
        assert f"{label} {shown[label]}" in page.words
    assert page.attributes("img", "src")
    assert len(made) == 2


def test_export__of_what_is_shipped(open_page, offered):
    open_page(PAGE)
    make, file_name, _ = offered["Report (HTML)"]
    assert file_name == "netlens-small-resnet-tiny-imagenet-on-tiny-imagenet-200-val.html"
    page = check(make())
    assert "The pictures do not come with these answers." in page.words
    assert not page.attributes("img", "src")


def test_export__of_an_evaluation_without_an_answer_that_can_be_judged(
    open_page, tmp_path, offered
):
    root = pets.folder(tmp_path / "pets", 2)
    for file in root.rglob("*.png"):
        file.write_bytes(b"no picture")
    run = judged.done(root)
    open_page(PAGE, run=run.id)
    assert "no answer yet" in check(offered["Report (HTML)"][0]()).words
    rows = list(csv.DictReader(io.StringIO(offered["CSV"][0]().decode())))
    assert {row["top1_index"] for row in rows} == {""}
