"""The command line's ``runs``: what it prints, as text and as JSON, and its exit codes."""

import json

import pytest

from core import cli, runs
from core.cli import following
from core.runs import State
from tests.core.runs import counting
from tests.core.runs.conftest import ended, kill, started


@pytest.fixture(autouse=True)
def count(monkeypatch):
    monkeypatch.setitem(runs.JOBS, "count", f"{counting.__name__}:count")
    monkeypatch.setitem(runs.JOBS, "fail", f"{counting.__name__}:fail")


def run(capsys, *argv: str) -> tuple[int, str, str]:
    code = cli.main(["runs", *argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_list_and_show__finished(capsys):
    assert run(capsys, "list") == (0, "", "")
    spec = {"steps": 2, "model": "torchvision/resnet18", "tune": "all", "data": "pets"}
    one = ended(runs.start("count", spec, name="mine"))
    two = ended(runs.start("fail", {"with": "data"}))
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [two.id, one.id]
    assert "mine  count  torchvision/resnet18  all  pets" in out
    first, second = map(json.loads, run(capsys, "list", "--json")[1].splitlines())
    assert (first["state"], first["message"]) == ("failed", two.message)
    assert (second["id"], second["name"], second["state"]) == (one.id, "mine", "done")
    shown = json.loads(run(capsys, "show", one.id, "--json")[1])
    assert shown["spec"] == spec
    assert shown["result"] == one.result
    assert shown["environment"]["packages"]["torch"]
    assert shown["environment"]["devices"].keys() == {"cpu"}
    text = run(capsys, "show", two.id)[1]
    assert text.startswith(f"{two.id}  failed")
    assert "The pictures are gone" in text


def test_list__damaged_folders_are_said(capsys):
    one = ended(runs.start("count", {"steps": 1}))
    (one.folder / "run.json").write_text("{")
    code, out, err = run(capsys, "list")
    assert (code, out) == (1, "")
    assert "missing or damaged" in err


@pytest.mark.parametrize("verb", ["show", "watch", "cancel", "resume", "delete"])
@pytest.mark.parametrize("run_id", ["20260101-000000-abcdef", "../../etc"])
def test_unknown__is_one_sentence(capsys, verb, run_id):
    code, out, err = run(capsys, verb, run_id)
    assert (code, out) == (1, "")
    assert "no run" in err
    assert len(err.strip().splitlines()) == 1


def test_cancel_resume_delete(capsys):
    one = runs.start("count", {"steps": 60, "pause": 0.02})
    started(one)
    code, out, _ = run(capsys, "cancel", one.id, "--json")
    assert (code, json.loads(out)["id"]) == (0, one.id)
    assert ended(one).state is State.CANCELLED
    assert run(capsys, "watch", one.id)[0] == 2
    assert run(capsys, "cancel", one.id)[0] == 1
    code, out, err = run(capsys, "resume", one.id, "--device", "cpu")
    assert (code, out) == (0, f"{one.id}\n")
    assert err.splitlines()[-1] == "done"
    code, _, err = run(capsys, "resume", one.id)
    assert code == 1 and "is done" in err
    assert run(capsys, "delete", one.id)[:2] == (0, f"{one.id}  deleted\n")
    assert runs.list_runs() == ()


def test_resume__json_and_a_failure(capsys):
    one = ended(runs.start("fail", {"with": "data"}))
    code, out, err = run(capsys, "resume", one.id, "--json")
    assert (code, json.loads(out)) == (1, {"id": one.id})
    assert err == "failed: The pictures are gone: put them back.\n"


def test_watch__the_events_as_they_are(capsys):
    one = runs.start("count", {"steps": 30, "pause": 0.01})
    code, out, _ = run(capsys, "watch", one.id, "--json")
    assert code == 0
    assert list(map(json.loads, out.splitlines())) == list(runs.watch(one).events)


def test_watch__an_interrupted_run_is_1(capsys):
    one = runs.start("count", {"steps": 1000, "pause": 0.01})
    kill(started(one))
    code, out, _ = run(capsys, "watch", one.id)
    assert code == 1
    assert out.startswith("interrupted: Its process ended")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"kind": "step", "step": 3}, None),
        ({"what": "ever"}, None),
        ({"warning": "damaged"}, "warning: damaged"),
        ({"kind": "warning", "text": "small"}, "warning: small"),
        ({"kind": "rates", "chosen": 0.00123}, "learning rate found: 0.0012"),
        (
            {
                "kind": "epoch",
                "epoch": 2,
                "epochs": 9,
                "train_loss": 0.5,
                "train_accuracy": None,
                "val_loss": None,
                "val_accuracy": None,
                "best": True,
            },
            "epoch 2 of 9: loss 0.500",
        ),
    ],
)
def test_describe__events(event, line):
    assert following.describe(event) == line


def test_teller__on_a_terminal_writes_one_line_over(capsys, monkeypatch):
    one = ended(runs.start("count", {"steps": 1}))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert run(capsys, "watch", one.id)[1] == "\r\x1b[K\r\x1b[Kdone\n"
