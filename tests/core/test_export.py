"""What is exported reads back as what was answered."""

import csv
import io
import json

import pytest

from core.export import as_record, cell, to_csv, to_json
from core.models.reject import RejectOption
from core.predict import Failure
from tests.helpers import classification


def test_to_csv__reads_back():
    answer = classification({"n1": 0.75, "n2": 0.25}, labels=('a "quoted", name', "b"))
    rows = list(csv.DictReader(io.StringIO(to_csv([answer, Failure("x.jpg", "is empty")], 5))))
    assert [(r["rank"], r["wnid"], r["label"], float(r["probability"] or -1)) for r in rows] == [
        ("1", "n1", 'a "quoted", name', 0.75),
        ("2", "n2", "b", 0.25),
        ("", "", "", -1),
    ]
    assert (rows[2]["image"], rows[2]["error"]) == ("x.jpg", "is empty")


def test_to_csv__no_cell_is_a_formula():
    answer = classification({"n1": 1.0}, labels=("=1+1",), image="@evil.jpg")
    (row,) = csv.DictReader(io.StringIO(to_csv([answer], 1)))
    assert row["label"] == "'=1+1"
    assert row["image"] == "'@evil.jpg"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_cell__of_a_formula(start):
    assert cell(f"{start}1") == f"'{start}1"
    assert cell(start) == f"'{start}"


@pytest.mark.parametrize("text", ["", "a=1", " =1", "'", "杯", "1"])
def test_cell__of_anything_else(text):
    assert cell(text) == text


def test_as_record__is_what_the_command_line_promises():
    record = as_record(classification({"n1": 0.75, None: 0.25}), top=5)
    assert set(record) == {"image", "model", "predictions"}
    assert [set(p) for p in record["predictions"]] == [
        {"index", "wnid", "label", "probability"}
    ] * 2
    assert record["predictions"][1]["wnid"] is None
    assert as_record(Failure("x", "why"), 5) == {"image": "x", "error": "why"}


@pytest.mark.parametrize(("below", "rejected"), [(0.8, True), (0.7, False)])
def test_export__says_where_an_answer_is_perhaps_none(below, rejected):
    answer = classification({"n1": 0.75, "n2": 0.25}, reject=RejectOption(below, 0.1, 0.5))
    assert json.loads(to_json([answer], 1))[0]["rejected"] is rejected
    assert "rejected" not in json.loads(to_json([classification({"n1": 1.0})], 1))[0]
    rows = list(csv.DictReader(io.StringIO(to_csv([answer, Failure("x", "why")], 2))))
    assert [row["rejected"] for row in rows] == [str(rejected).lower()] * 2 + [""]
    (row,) = csv.DictReader(io.StringIO(to_csv([classification({"n1": 1.0})], 1)))
    assert row["rejected"] == ""


def test_to_json__is_one_array():
    records = json.loads(to_json([classification({"n1": 1.0}), Failure("x", "why")], 1))
    assert records[0]["predictions"][0]["probability"] == 1.0
    assert records[1] == {"image": "x", "error": "why"}
