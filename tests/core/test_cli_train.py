"""The command line's ``train``: recipes and flags, exit codes, Ctrl-C, and torchrun's processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from core import cli, paths, runs
from core.runs import State, environment
from core.training import recipe as recipe_module
from tests.core.runs import teaching
from tests.core.runs.conftest import until

COMMAND = (sys.executable, "-m", "tests.core.runs.teaching")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2")
ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}\n")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setitem(runs.JOBS, "train", teaching.JOB)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    try:
        code = cli.main(["train", *argv])
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    return code, out, err


def begin(*argv: str, by: tuple[str, ...] = COMMAND) -> subprocess.Popen:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*by, *argv], cwd=paths.ROOT, start_new_session=True, **pipes)


def together(*argv: str, restarts: int = 0) -> subprocess.Popen:
    how = ("--standalone", f"--max-restarts={restarts}", "-m", "tests.core.runs.teaching")
    return begin(*argv, by=(*TORCHRUN, *how))


def given(process: int = 0) -> dict:
    return json.loads((paths.home() / f"process-{process}").read_text())


def only_run() -> runs.Run:
    (one,) = until(runs.list_runs)
    return one


def trained(count: int) -> runs.Run:
    """The one run, once it has come so far."""
    until(lambda: len(runs.watch(only_run()).events) >= 2 * count, 60)
    return only_run()


def test_train__prints_the_id_alone_and_tells_the_rest(capsys):
    code, out, err = run(capsys, "--data", "digits", "--epochs", "2", "--device", "cpu")
    assert (code, bool(ID.fullmatch(out))) == (0, True)
    assert "epoch 1 of 2: loss 1.000, accuracy 50.0%" in err
    assert "validation: loss 0.250, accuracy 75.0% (the best so far)" in err
    assert err.splitlines()[-1] == "done in 1 s, test accuracy 80.0% (70.0% to 90.0%, n = 10)"
    done = runs.get(out.strip())
    assert (done.kind, done.state, done.devices) == ("train", State.DONE, ("cpu",))
    assert recipe_module.from_json(done.spec).model == "bundled/small-resnet-tiny-imagenet"


def test_train__flags_overrule_the_file(tmp_path, capsys):
    (tmp_path / "images" / "cat").mkdir(parents=True)
    file = tmp_path / "recipe.json"
    file.write_text(
        json.dumps(
            {
                "data": "digits",
                "model": "torchvision/resnet18",
                "tune": "all",
                "epochs": 30,
                "seed": 7,
                "augment": {"crop": 0.5},
                "freeze_norm": True,
            }
        )
    )
    argv = ["--recipe", str(file), "--device", "cpu", "--name", "Ms Müller's", "--epochs", "1"]
    argv += ["--learning-rate", "find", "--no-freeze-norm", "--classes", "1", "2", "--augment"]
    code, out, err = run(capsys, *argv)
    assert code == 0, err
    done = runs.get(out.strip())
    made = recipe_module.from_json(done.spec)
    assert (made.data, made.model, made.tune) == ("digits", "torchvision/resnet18", "all")
    assert (made.epochs, made.seed, made.learning_rate) == (1, 7, None)
    assert (made.freeze_norm, made.classes, made.augment.crop) == (False, ("1", "2"), 0.5)
    assert done.name == "Ms Müller's"
    code, out, _ = run(capsys, *argv, "--no-augment")
    assert recipe_module.from_json(runs.get(out.strip()).spec).augment is None


def test_train__a_path_is_made_whole(tmp_path, capsys, monkeypatch):
    (tmp_path / "images").mkdir()
    monkeypatch.chdir(tmp_path)
    _, out, _ = run(capsys, "--data", "images", "--epochs", "1", "--device", "cpu")
    assert runs.get(out.strip()).spec["data"] == str(tmp_path / "images")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "--data"),
        (["--data", "nowhere"], "no data set called nowhere"),
        (["--data", "digits", "--model", "torchvision/resnet5000"], "torchvision/resnet50"),
        (["--data", "digits", "--tune", "everything"], "probe, head, last, all"),
        (["--data", "digits", "--epochs", "0"], "epochs of a recipe"),
        (["--data", "digits", "--learning-rate", "nan"], "learning_rate of a recipe"),
        (["--data", "digits", "--device", "tpu"], "tpu"),
        (["--recipe", "/no/such.json"], "/no/such.json cannot be read"),
        (["--recipe", "{future}"], "update Netlens"),
        (["--recipe", "{unknown}"], "did you mean epochs"),
        (["--recipe", "{list}"], "no JSON object"),
        (["--recipe", "{torn}"], "is no JSON"),
        (["--recipe", "{binary}"], "cannot be read"),
    ],
)
def test_train__what_is_wrong_is_one_sentence_and_leaves_no_run(tmp_path, capsys, argv, said):
    for name, content in {
        "future": b'{"format": 99, "data": "digits"}',
        "unknown": b'{"data": "digits", "epoch": 3}',
        "list": b"[]",
        "torn": b'{"data":',
        "binary": b"\xff\xfe\x00",
    }.items():
        (tmp_path / name).write_bytes(content)
        argv = [str(tmp_path / name) if part == f"{{{name}}}" else part for part in argv]
    code, out, err = run(capsys, *argv)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert runs.list_runs() == ()


@pytest.mark.parametrize("argv", [["--epochs", "many"], ["--sideways"], ["--learning-rate", "x"]])
def test_train__a_command_that_makes_no_sense_exits_2(capsys, argv):
    code, out, err = run(capsys, "--data", "digits", *argv)
    assert (code, out) == (2, "")
    assert "usage" in err


def test_train__failed_is_1_and_a_sentence(capsys):
    code, out, err = run(capsys, "--data", "digits", "--label-smoothing", "0.1", "--device", "cpu")
    assert (code, bool(ID.fullmatch(out))) == (1, True)
    assert err.splitlines()[-1] == "failed: The pictures are gone: put them back."


@pytest.mark.parametrize("by", ["Ctrl-C", "another"])
def test_train__cancelled_is_2(by):
    argv = ("--data", "digits", "--epochs", "500", "--dropout", "0.05", "--device", "cpu")
    with begin("train", *argv) as process:
        assert ID.fullmatch(process.stdout.readline())
        one = trained(1)
        if by == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)
        else:
            runs.cancel(one)
        assert process.wait(10) == 2
        assert process.stdout.read() == ""
        assert process.stderr.read().splitlines()[-1] == "cancelled"
    assert runs.get(one.id).state is State.CANCELLED


def test_train__cancelled_by_an_impatient_hand():
    argv = ("--data", "digits", "--epochs", "500", "--dropout", "0.05", "--device", "cpu")
    with begin("train", *argv) as process:
        one = trained(1)
        for _ in range(2):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.005)
        assert process.wait(10) == 2
    until(lambda: runs.get(one.id).state is State.CANCELLED, 20)


def test_train__killed_leaves_the_run_at_work(capsys):
    argv = ("--data", "digits", "--epochs", "20", "--dropout", "0.05", "--device", "cpu")
    with begin("train", *argv) as process:
        one = trained(1)
        process.kill()
    assert runs.get(one.id).state is State.RUNNING
    assert cli.main(["runs", "watch", one.id]) == 0
    assert "epoch 20 of 20" in capsys.readouterr().out


def test_train__a_killed_worker_is_1():
    argv = ("--data", "digits", "--epochs", "500", "--dropout", "0.05", "--device", "cpu")
    with begin("train", *argv) as process:
        one = trained(1)
        psutil.Process(given()["pid"]).kill()
        assert process.wait(5) == 1
        assert "interrupted: Its process ended" in process.stderr.read()
    assert runs.get(one.id).state is State.INTERRUPTED


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.parametrize(
    "meeting", ["--standalone", pytest.param("--master-port", marks=pytest.mark.soak)]
)
def test_torchrun__two_processes_are_one_run(meeting):
    argv = ("--data", "digits", "--epochs", "3", "--seed", "5", "--device", "cpu")
    how = (meeting,) if meeting == "--standalone" else (f"{meeting}={free_port()}",)
    by = (*TORCHRUN, *how, "-m", "tests.core.runs.teaching")
    with begin("train", *argv, by=by) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert ID.fullmatch(out)
    done = only_run()
    assert (done.id, done.state, done.devices) == (out.strip(), State.DONE, ("cpu",))
    assert given(0)["spec"] == given(1)["spec"] == done.spec
    assert given(0)["device"] == given(1)["device"] == "cpu"
    assert err.count("epoch 3 of 3") == 1
    assert "a library says something" in runs.read_log(done)
    assert environment.read(done.folder)["processes"] == 2


def test_torchrun__rank_0_has_the_last_word():
    argv = ("--data", "digits", "--label-smoothing", "0.1", "--dropout", "0.9", "--device", "cpu")
    with together("train", *argv) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, bool(ID.fullmatch(out))) == (1, True)
    assert (only_run().state, only_run().message) == (
        State.FAILED,
        "The pictures are gone: put them back.",
    )
    assert "netlens: process 1: They are gone here too." in err


def test_torchrun__killed_and_resumed():
    argv = ("--data", "digits", "--epochs", "500", "--dropout", "0.05", "--device", "cpu")
    with together("train", *argv) as process:
        one = trained(3)
        psutil.Process(given(0)["pid"]).kill()
        killed = time.monotonic()
        until(lambda: runs.get(one.id).state is State.INTERRUPTED, 1)
        assert time.monotonic() - killed < 1
        assert process.wait(40) != 0
    for left in paths.home().glob("process-*"):
        left.unlink()
    before = len(runs.watch(one).events)
    with together("runs", "resume", one.id) as process:
        trained(before // 2 + 3)
        os.kill(process.pid, signal.SIGINT)  # torchrun hands it on
        out, err = process.communicate(timeout=60)
    assert out == f"{one.id}\n"
    assert "\ncancelled\n" in err
    assert runs.get(one.id).state is State.CANCELLED
    epochs = [event["epoch"] for event in runs.watch(one).events if event["kind"] == "epoch"]
    assert epochs == list(range(1, len(epochs) + 1))


def test_torchrun__restarts_go_on_with_the_same_run(monkeypatch):
    # else the second attempt may meet at addresses of the first: pytorch#135712
    monkeypatch.setenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", "1")
    argv = ("--data", "digits", "--epochs", "60", "--dropout", "0.05", "--device", "cpu")
    with together("train", *argv, restarts=1) as process:
        one = trained(3)
        psutil.Process(given(1)["pid"]).kill()
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert out == f"{one.id}\n"
    assert only_run().state is State.DONE
    epochs = [event["epoch"] for event in runs.watch(one).events if event["kind"] == "epoch"]
    assert epochs == list(range(1, 61))


def test_torchrun__waits_its_turn():
    first = runs.start("train", {"epochs": 500, "dropout": 0.02, "label_smoothing": 0})
    argv = ("--data", "digits", "--epochs", "1", "--device", "cpu")
    with together("train", *argv) as process:
        second = until(lambda: next((r for r in runs.list_runs() if r.id != first.id), None), 30)
        until(lambda: runs.position(runs.get(second.id)) == 1)
        time.sleep(1)
        assert not (paths.home() / "process-1").exists()
        runs.cancel(first)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "waiting for 1 run before this one" in err
    assert runs.get(second.id).state is State.DONE
