"""Votes, notes and tags as other programs read them."""

import csv
import io

import pyarrow.parquet as pq
import pytest

from core.evaluation.review.export import to_csv, to_parquet
from core.evaluation.review.remarks import Claim, Remark
from core.export import FORMULA
from tests.core.evaluation.review.said import claim

COLUMNS = ["sha256", "file", "data", "wnid", "label", "vote", "note", "tags", "changed"]


def rows(remarks):
    return list(csv.DictReader(io.StringIO(to_csv(remarks))))


def parquet(remarks):
    return pq.read_table(io.BytesIO(to_parquet(remarks)))


def test_exports__by_hand():
    remarks = [
        Remark(
            claim(1, file="a/b, c.png", data="pets"),
            "both",
            'a "cup",\ntoo',
            ("dark", "two objects"),
            1.0,
        ),
        Remark(claim(2, wnid=None, label="dog"), note="x"),
    ]
    first, second = rows(remarks)
    assert list(first) == COLUMNS
    assert first == {
        "sha256": claim(1).sha256,
        "file": "a/b, c.png",
        "data": "pets",
        "wnid": "n02123045",
        "label": "tabby",
        "vote": "both",
        "note": 'a "cup",\ntoo',
        "tags": "dark, two objects",
        "changed": "1970-01-01T00:00:01Z",
    }
    assert (second["wnid"], second["vote"], second["tags"]) == ("", "", "")
    table = parquet(remarks)
    assert table.column_names == COLUMNS
    one, other = table.to_pylist()
    assert one == {**first, "tags": ["dark", "two objects"]}
    assert (other["wnid"], other["vote"], other["tags"]) == (None, None, [])


def test_exports__of_nothing():
    assert rows([]) == []
    assert parquet([]).num_rows == 0
    assert parquet([]).column_names == COLUMNS


@pytest.mark.parametrize("start", FORMULA)
def test_csv__has_no_formula(start):
    evil = f"{start}cmd|' /C calc'!A0"
    remark = Remark(Claim("0" * 64, None, evil, evil, evil), "label", evil, (evil,))
    (read,) = rows([remark])
    for name in ("file", "data", "label", "note", "tags"):
        assert read[name] == f"'{evil}"
    assert parquet([remark])["note"].to_pylist() == [evil]
