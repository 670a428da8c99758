"""The command line's ``evaluate``."""

import csv
import json

import pyarrow.parquet as pq
import pytest

from core import cli, runs
from tests.core.evaluation.report.reading import check
from tests.core.evaluation.running.pets import folder


def run(capsys, *argv: str) -> tuple[int, str, str]:
    try:
        code = cli.main(["evaluate", *argv])
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    return code, out, err


def test_evaluate__ends_with_one_object_of_figures(tmp_path, capsys):
    root = folder(tmp_path / "pets", 3)
    output = tmp_path / "answers.parquet"
    code, out, err = run(capsys, str(root), "--json", "--output", str(output), "--name", "first")
    assert code == 0, err
    begun, figures = map(json.loads, out.splitlines())
    wanted = {"n", "top1", "top5", "log_loss", "ece", "unmatched", "unreadable"}
    assert wanted <= set(figures)
    assert figures["n"] == 9
    assert "9 of 9 pictures: top-1" in err
    assert pq.read_table(output).num_rows == 9
    found = runs.get(begun["id"])
    assert (found.kind, found.name, found.state) == ("evaluate", "first", runs.State.DONE)


@pytest.mark.parametrize("suffix", [".csv", ".HTML"])
def test_evaluate__output_by_its_suffix(suffix, tmp_path, capsys):
    root = folder(tmp_path / "pets", 2)
    output = tmp_path / f"answers{suffix}"
    code, _, err = run(capsys, str(root), "--output", str(output), "--name", "second")
    assert code == 0, err
    text = output.read_text(encoding="utf-8")
    if suffix == ".csv":
        assert len(list(csv.DictReader(text.splitlines()))) == 6
    else:
        assert "second · Mistakes" in check(text).words
        assert "<img" in text


@pytest.mark.parametrize("name", ["answers", "answers.json", "answers.parquet.gz"])
def test_evaluate__an_output_of_another_kind_is_refused_before_the_work(name, tmp_path, capsys):
    root = folder(tmp_path / "pets", 2)
    code, out, err = run(capsys, str(root), "--output", str(tmp_path / name))
    assert (code, out) == (1, "")
    assert "must end in .parquet, .csv" in err
    assert runs.list_runs() == ()


def test_evaluate__in_words(tmp_path, capsys):
    root = folder(tmp_path / "pets", 2)
    code, out, _ = run(capsys, str(root))
    assert code == 0
    run_id, *figures = out.splitlines()
    lines = dict(line.split(maxsplit=1) for line in figures)
    assert lines["n"] == "6"
    assert lines["real_top1"] == "–"
    assert cli.main(["runs", "show", run_id]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{run_id}  done")
    assert shown.endswith("\n\n" + "\n".join(figures) + "\n")


def test_evaluate__help_says_exit_codes_and_figures(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    said = " ".join(out.split())
    for words in ("0 done, 1 failed, 2 cancelled", "mistake_severity is", "real_top1 is", "real_n"):
        assert words in said


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("nowhere",), "no data set called nowhere"),
        (("",), "Give the path"),
        (("digits", "--part", "train"), "Nobody knows which pictures of digits"),
        (("digits",), "knows none of the classes of digits"),
        (("shapes", "--model", "bundled/none"), "bundled/none"),
        (("shapes", "--part", "half"), "invalid choice"),
        (("shapes", "--device", "cuda:77"), "cuda"),
    ],
)
def test_evaluate__what_cannot_be_is_said(argv, said, capsys):
    code, _, err = run(capsys, *argv)
    assert code in (1, 2)
    assert said in err
    assert "Traceback" not in err
    assert runs.list_runs() == ()


def test_evaluate__an_output_that_cannot_be_written_is_said_first(tmp_path, capsys):
    root = folder(tmp_path / "pets", 2)
    code, out, err = run(capsys, str(root), "--output", str(tmp_path / "none" / "x.parquet"))
    assert (code, out) == (1, "")
    assert "cannot be written" in err
