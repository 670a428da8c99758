"""Runs from start to end, with real workers."""

import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from core import paths, runs
from core.errors import RunError
from core.runs import State, stopper
from core.runs.run import RESULT
from tests.core.runs.conftest import ended, kill, started, until, worker
from tests.core.runs.counting import BALLAST


def test_start__to_done():
    run = runs.start("count", {"steps": 7}, name="Ms Müller's")
    assert run.state in (State.QUEUED, State.RUNNING)
    assert (run.kind, run.spec, run.devices, run.name) == (
        "count",
        {"steps": 7},
        ("cpu",),
        "Ms Müller's",
    )
    done = ended(run)
    assert (done.state, done.message) == (State.DONE, ""), runs.read_log(run)
    assert len(done.result["digest"]) == 64
    assert run.created < done.ended < time.time() + 1
    events = runs.watch(run).events
    assert [event["step"] for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert sorted(path.name for path in run.folder.glob("checkpoint*")) == [
        "checkpoint-000000000003.bin",
        "checkpoint-000000000006.bin",
    ]
    assert not list(run.folder.glob("*.part"))
    with pytest.raises(RunError, match="done"):
        runs.resume(done)
    with pytest.raises(RunError, match="done already"):
        runs.cancel(done)


@pytest.mark.parametrize(
    ("kind", "devices", "said"),
    [("knit", ["cpu"], "knit"), ("count", ["auto"], "auto"), ("count", [], "no device")],
)
def test_start__refused_without_a_trace(kind, devices, said):
    with pytest.raises(RunError, match=said):
        runs.start(kind, {}, devices=devices)
    with pytest.raises(TypeError):
        runs.start("count", {"x": object()})
    assert runs.list_runs() == ()


def test_start__is_quick():
    began = time.perf_counter()
    runs.start("count", {"steps": 1})
    assert time.perf_counter() - began < 0.3  # the worker's own beginning is not waited for


@pytest.mark.parametrize(
    ("cause", "said", "in_log"),
    [
        ("data", "The pictures are gone: put them back.", "DataError"),
        ("memory", "memory was used up", "MemoryError"),
        ("disk", "is full: free some space", "OSError"),
        ("result", "TypeError: Object of type object", "json"),
        ("bug", r"ZeroDivisionError: by\)", "counting.py"),
    ],
)
def test_failure__is_a_sentence_and_a_traceback(cause, said, in_log):
    failed = ended(runs.start("fail", {"with": cause}))
    assert failed.state is State.FAILED
    assert re.search(said, failed.message)
    assert "Traceback" not in failed.message
    log = until(lambda: "Traceback" in (text := runs.read_log(failed)) and text)
    assert in_log in log
    again = ended(runs.resume(failed))
    assert again.state is State.FAILED


def test_cancelled_error__is_no_failure():
    assert ended(runs.start("fail", {"with": "cancelled"})).state is State.CANCELLED


def test_cancel__after_the_batch_and_resume_to_the_same_end():
    whole = ended(runs.start("count", {"steps": 40}))
    run = runs.start("count", {"steps": 40, "pause": 0.02})
    started(run)
    began = time.monotonic()
    stopping = runs.cancel(run)
    assert time.monotonic() - began < 1
    assert stopping.stopping or not stopping.state.is_alive
    cancelled = ended(run)
    assert time.monotonic() - began < 1
    assert cancelled.state is State.CANCELLED and not cancelled.stopping
    assert ended(runs.resume(cancelled)).result == whole.result
    assert told(run) == told(whole)


def test_cancel__while_queued():
    first = runs.start("count", {"steps": 1000, "pause": 0.01})
    second = runs.start("count", {"steps": 1})
    assert runs.position(second) == 1
    runs.cancel(second)
    assert ended(second, 3).state is State.CANCELLED
    assert runs.watch(second).events == ()
    assert runs.get(first.id).state.is_alive
    runs.cancel(first)
    ended(first)


def test_cancel__by_signal_where_nothing_else_helps():
    run = runs.start("stuck", {})
    process = started(run)
    child = psutil.Process(runs.watch(run).events[0]["child"])
    runs.cancel(run)
    ticket = runs.files.read_json(run.folder / "worker.json")["ticket"]
    stopper.enforce(run.folder, ticket + 1, grace=0)  # not about this worker
    assert runs.get(run.id).stopping
    stopper.enforce(run.folder, ticket, grace=0.2)
    cancelled = ended(run)
    assert cancelled.state is State.CANCELLED
    assert "was ended" in cancelled.message
    until(lambda: gone(process) and gone(child))


@pytest.mark.soak
def test_cancel__by_signal_after_ten_seconds():
    run = runs.start("stuck", {})
    started(run)
    began = time.monotonic()
    runs.cancel(run)
    assert ended(run, 20).state is State.CANCELLED
    assert 10 <= time.monotonic() - began < 16


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_killed__is_interrupted_within_a_second_and_resumes_behind_nobody():
    run = runs.start("count", {"steps": 30, "pause": 0.02})
    kill(started(run))
    killed = time.monotonic()
    until(lambda: runs.get(run.id).state is State.INTERRUPTED, 1)
    assert time.monotonic() - killed < 1
    assert "resume" in runs.get(run.id).message
    with pytest.raises(RunError, match="interrupted"):
        runs.cancel(run)
    other = runs.start("count", {"steps": 1})  # the dead worker's devices are free
    assert ended(other).state is State.DONE
    assert ended(runs.resume(run)).state is State.DONE


def test_killed__before_it_has_begun():
    run = runs.start("count", {"steps": 3})
    for child in psutil.Process().children():
        if run.id in " ".join(child.cmdline()):
            child.kill()
    assert ended(run, 1).state is State.INTERRUPTED
    assert ended(runs.resume(run)).state is State.DONE


def test_killed__with_a_forked_child_left():
    run = runs.start("fork", {"pause": 5})
    process = started(run)
    process.kill()
    until(lambda: runs.get(run.id).state is State.INTERRUPTED, 1)
    assert psutil.Process(runs.watch(run).events[0]["child"]).is_running()
    assert ended(runs.start("count", {"steps": 1}), 4).state is State.DONE


def test_resume__not_while_it_lives_and_delete_neither():
    run = runs.start("count", {"steps": 1000, "pause": 0.01})
    for act in (runs.resume, runs.delete):
        with pytest.raises(RunError, match="cancel it first"):
            act(run)
    runs.cancel(run)
    cancelled = ended(run)
    runs.delete(cancelled)
    assert not run.folder.exists()
    assert list(run.folder.parent.glob("*-*")) == []
    for act in (runs.resume, runs.delete, runs.cancel):
        with pytest.raises(RunError, match="no run"):
            act(cancelled)
    assert not run.folder.exists()


def test_pid__of_another_process_is_not_signalled():
    run = runs.start("count", {"steps": 1000, "pause": 0.01})
    started(run)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        path = run.folder / "worker.json"
        note = runs.files.read_json(path)
        runs.files.write_json(path, note | {"pid": bystander.pid})
        stopper.enforce(run.folder, note["ticket"], grace=0)
        assert bystander.poll() is None
        runs.files.write_json(path, note)
        kill(worker(run))
    finally:
        bystander.kill()
        bystander.wait()


def test_parent__killed_and_interrupted_by_the_keyboard():
    code = (
        "import time\nfrom core import runs\n"
        "runs.JOBS['count'] = 'tests.core.runs.counting:count'\n"
        "print(runs.start('count', {'steps': 60, 'pause': 0.02}).id, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with parent:
        run = runs.get(parent.stdout.readline().strip())
        started(run)
        psutil.Process(parent.pid).send_signal(signal.SIGINT)  # as Ctrl-C does to the group
        parent.kill()
    done = ended(run)
    assert done.state is State.DONE
    assert [event["step"] for event in runs.watch(run).events] == list(range(1, 61))


def told(run):
    return [
        {name: value for name, value in event.items() if name != "time"}
        for event in runs.watch(run).events
    ]


def test_corrupt_checkpoint__is_said_and_the_one_before_is_used():
    whole = ended(runs.start("count", {"steps": 30}))
    run = runs.start("count", {"steps": 30, "pause": 0.02})
    until((run.folder / "checkpoint-000000000009.bin").exists)
    kill(worker(run))
    last, before = runs.checkpoints.saved(run.folder)
    content = bytearray(last.read_bytes())
    content[-len(BALLAST)] ^= 1
    last.write_bytes(content)
    done = ended(runs.resume(ended(run)))
    assert done.result == whole.result
    warnings = [event["warning"] for event in told(run) if "warning" in event]
    assert len(warnings) == 1 and last.name in warnings[0] and "the one before" in warnings[0]
    assert str(int(before.stem.split("-")[1])) in warnings[0]
    assert [event for event in told(run) if "warning" not in event] == told(whole)


def test_result__damaged_is_interrupted():
    run = ended(runs.start("count", {"steps": 5}))
    (run.folder / RESULT).write_bytes(b"")
    until(lambda: runs.get(run.id).state is State.INTERRUPTED)  # its process is gone soon
    assert ended(runs.resume(run)).result == run.result
