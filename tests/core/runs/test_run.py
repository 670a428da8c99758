"""The state of a run from its folder alone, checkpoints, locks, and the list of many."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from core import paths, runs
from core.errors import RunError
from core.runs import Checkpoint, State, checkpoints, locks, turns
from core.runs.run import root


def make(number=0, **changed):
    folder = root() / f"20260101-000000-{number:06x}"
    folder.mkdir(parents=True)
    fields = {"format": 1, "kind": "count", "spec": {}, "devices": ["cpu"], "created": number}
    (folder / "run.json").write_text(json.dumps(fields | changed))
    return folder


def test_state__of_every_folder():
    folder = make()
    state = lambda: runs.get(folder.name).state  # noqa: E731
    assert state() is State.INTERRUPTED
    lock = locks.hold(folder)
    assert state() is State.QUEUED
    (folder / "worker.json").write_text('{"has_devices": true}')
    assert state() is State.RUNNING
    assert not runs.get(folder.name).stopping
    (folder / "stop").touch()
    assert runs.get(folder.name).stopping
    (folder / "result.json").write_text('{"state": "done"}  ')
    assert state() is State.DONE
    assert not runs.get(folder.name).stopping
    locks.release(lock)
    (folder / "result.json").write_text('{"state": "running"}')  # no end
    assert state() is State.CANCELLED  # it was asked to stop, and nobody works on it
    assert "was ended" in runs.get(folder.name).message
    (folder / "stop").unlink()
    assert state() is State.INTERRUPTED


@pytest.mark.parametrize("run_id", ["", "..", "../runs", "20260101-000000-zzzzzz", "a\0b"])
def test_get__unknown(run_id):
    make()
    with pytest.raises(RunError, match="no run"):
        runs.get(run_id)


STRANGE = ['"x"', "[1]", "{}", "null", "true", "1e300", "-5", "NaN", "Infinity", "1" + "0" * 400]


@pytest.mark.parametrize("strange", STRANGE)
def test_look__a_strange_end_is_left_out(strange):
    folder = make()
    (folder / "result.json").write_text(
        f'{{"state": "done", "time": {strange}, "message": {strange}, "result": {strange}}}'
    )
    run = runs.get(folder.name)
    assert (run.state, run.ended) == (State.DONE, None)
    assert isinstance(run.message, str)
    assert run.result is None or run.result == {}


def test_look__an_end_as_it_is_written():
    folder = make()
    fields = {"state": "failed", "time": 5, "message": "no disk", "result": {"top1": 1.0}}
    (folder / "result.json").write_text(json.dumps(fields))
    run = runs.get(folder.name)
    assert (run.ended, run.message, run.result) == (5.0, "no disk", {"top1": 1.0})


@pytest.mark.parametrize("strange", STRANGE)
def test_look__a_strange_beginning_is_said(strange):
    folder = make()
    (folder / "run.json").write_text(
        f'{{"kind": "count", "spec": {{}}, "devices": ["cpu"], "created": {strange}}}'
    )
    with pytest.raises(RunError, match=r"run\.json is missing or damaged"):
        runs.get(folder.name)
    assert runs.list_runs() == ()


@pytest.mark.parametrize("strange", ["cpu", 5, [None], {"cpu": 1}, True])
def test_look__strange_devices(strange):
    folder = make()
    (folder / "worker.json").write_text(json.dumps({"devices": strange}))
    assert runs.get(folder.name).devices == ("cpu",)
    (folder / "worker.json").unlink()
    fields = json.loads((folder / "run.json").read_text()) | {"devices": strange}
    (folder / "run.json").write_text(json.dumps(fields))
    with pytest.raises(RunError, match="damaged"):
        runs.get(folder.name)


def test_list__damaged_folders_are_said_not_shown():
    good, bad, newer = make(1), make(2), make(3, format=99)
    (bad / "run.json").write_text("{")
    assert [run.id for run in runs.list_runs()] == [good.name]
    said = "\n".join(runs.problems())
    assert str(bad) in said and str(newer) in said and "update" in said


def test_list__five_hundred_in_a_fifth_of_a_second():
    for number in range(500):
        folder = make(number)
        locks.release(locks.hold(folder))
        (folder / "note.json").write_text('{"name": "one", "notes": "of many"}')
        (folder / "worker.json").write_text('{"ticket": 1, "locks": ["cpu-0"]}')
        (folder / "result.json").write_text('{"state": "done", "result": {"top1": 0.5}}')
    took = []
    for _ in range(5):
        began = time.perf_counter()
        listed = runs.list_runs()
        took.append(time.perf_counter() - began)
    assert [run.created for run in listed] == list(range(499, -1, -1))
    assert min(took) < 0.2


def test_annotate__each_by_itself():
    run = runs.get(make().name)
    run = runs.annotate(run, name="föhn \ud800")
    run = runs.annotate(run, notes="too warm")
    assert (run.name, run.notes) == ("föhn \ud800", "too warm")
    assert runs.get(run.id) == run


def test_lock__many_may_look_while_one_takes_it(tmp_path):
    assert not locks.is_held(tmp_path)
    locks.release(locks.hold(tmp_path))
    done = threading.Event()

    def look():
        while not done.is_set():
            assert not locks.is_held(tmp_path)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    time.sleep(0.05)
    done.set()
    for looker in lookers:
        looker.join()
    lock = locks.hold(tmp_path)
    assert locks.is_held(tmp_path)
    assert locks.hold(tmp_path) is None
    locks.release(lock)
    with pytest.raises(FileNotFoundError):
        locks.hold(tmp_path / "gone")


def test_lock__is_freed_by_sigkill(tmp_path):
    code = (
        "import sys, time, pathlib\nfrom core.runs import locks\n"
        "locks.hold(pathlib.Path(sys.argv[1]))\nprint(flush=True)\ntime.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert locks.is_held(tmp_path)
        holder.kill()
    assert not locks.is_held(tmp_path)
    locks.release(locks.hold(tmp_path))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[:-3] + b"xxx",
        lambda content: b"",
        lambda content: b"\0" * len(content),
        lambda content: b"{}\n",
        lambda content: content.replace(b'"events": 2', b'"events": []'),
    ],
)
def test_checkpoint__damage_is_seen(tmp_path, damage):
    checkpoint = Checkpoint(7, b"seven\n\0weights", 2)
    checkpoints.save(tmp_path, checkpoint)
    (path,) = checkpoints.saved(tmp_path)
    assert checkpoints.read(path) == checkpoint
    path.write_bytes(damage(path.read_bytes()))
    assert checkpoints.read(path) is None


def test_device_locks__by_cuda_visible_devices(monkeypatch):
    root().mkdir(parents=True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert turns.draw(["cuda:1", "cpu"])["locks"] == ["cpu-0", "cuda-1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-1a/2")
    assert turns.draw(["cuda:0", "cuda:1"])["locks"] == ["cuda-3", "cuda-GPU-1a-2"]


def test_import__is_light():
    code = "import sys, core.runs; print({'torch', 'streamlit', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
    assert os.environ["NETLENS_HOME"] not in done.stderr
