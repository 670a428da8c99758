"""A run's worker, in a process of its own or in this one; its threads, devices and versions."""

import os
import platform
import subprocess
import sys

import pytest

from core import paths, runs
from core.errors import RunError
from core.runs import State, environment, files, locks, processes, worker
from core.runs.run import WORKER
from tests.core.runs.conftest import ended, kill, started


def work(claim, at_its_turn=lambda _: None):
    """Work in this process, and let go of what its end would let go of."""
    worker.work(claim.folder, claim.job, at_its_turn)
    while worker._keep:
        worker._keep.pop().release()
    locks.release(claim.lock)


def test_create__is_alive_at_once_and_done_in_this_process():
    claim = runs.create("count", {"steps": 3}, name="here")
    run = runs.get(claim.folder.name)
    assert (run.state, run.name) == (State.QUEUED, "here")
    with pytest.raises(RunError, match="cancel it first"):
        runs.reopen(run)
    behind = runs.start("count", {"steps": 1})
    assert runs.position(behind) == 1
    work(claim)
    assert runs.get(run.id).state is State.DONE
    assert ended(behind).state is State.DONE


def test_create__its_process_killed_is_an_interruption():
    code = (
        "import os, signal\nfrom core import runs\n"
        "runs.JOBS['count'] = 'tests.core.runs.counting:count'\n"
        "print(runs.create('count', {'steps': 3}).folder.name, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=False
    )
    run = runs.get(told.stdout.strip())
    assert run.state is State.INTERRUPTED
    assert ended(runs.resume(run)).state is State.DONE


def test_work__says_when_its_turn_has_come():
    claim = runs.create("count", {"steps": 1})
    seen = []
    work(claim, lambda run: seen.append(runs.get(run.id).state))
    assert seen == [State.RUNNING]


def test_resume__on_other_devices():
    run = runs.start("count", {"steps": 60, "pause": 0.02}, devices=["cuda:0", "cuda:1"])
    kill(started(run))
    assert ended(run).devices == ("cuda:0", "cuda:1")
    with pytest.raises(RunError, match="tpu"):
        runs.resume(run, devices=["tpu"])
    assert runs.get(run.id).state is State.INTERRUPTED
    resumed = runs.resume(run, devices=["cpu"])
    assert resumed.devices == ("cpu",)
    assert files.read_json(run.folder / WORKER)["locks"] == ["cpu-0"]
    assert ended(run).state is State.DONE


def test_resume__forgets_what_was_being_done():
    run = runs.start("count", {"steps": 60, "pause": 0.02})
    kill(started(run))
    ended(run)
    (run.folder / "status.json").write_text('{"what": "reading", "done": 1, "of": 2}')
    first = runs.create("count", {"steps": 1})
    waiting = runs.resume(run)
    assert runs.status(waiting) is None
    assert not (run.folder / "status.json").exists()
    runs.cancel(waiting)
    locks.release(first.lock)
    ended(run)


def test_environment__of_a_run():
    run = ended(runs.start("count", {"steps": 1}))
    told = environment.read(run.folder)
    assert told["python"] == platform.python_version()
    assert told["packages"]["torch"].startswith("2.")
    assert told["threads"] == int(os.environ.get("OMP_NUM_THREADS") or processes.cores())
    assert told["processes"] == 1
    assert len(told["devices"]["cpu"]) > 2
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(head, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    if commit.returncode == 0:
        assert told["commit"].removesuffix("-dirty") == commit.stdout.strip()


def test_environment__outside_of_a_checkout_and_without_the_device(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    told = environment.describe(["cuda:77"])
    assert told["commit"] is None
    assert told["devices"].keys() == {"cuda:77"}


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (3, 2), (16, 15)])
def test_threads__one_core_is_left_to_the_app(monkeypatch, cores, threads):
    monkeypatch.setattr(processes, "cores", lambda: cores)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    run = ended(runs.start("tell", {"variable": "OMP_NUM_THREADS"}))
    assert run.result == {"value": str(threads)}
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert ended(runs.start("tell", {"variable": "OMP_NUM_THREADS"})).result == {"value": "7"}


def test_jobs__of_the_program_are_there():
    for job in (*JOBS.values(), *runs.jobs.FOLLOWERS.values()):
        assert callable(runs.jobs.load(job))


JOBS = {kind: job for kind, job in runs.JOBS.items() if job.startswith("core.")}
