"""Kills at random and at the worst moments, a crowd, and a full disk."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import paths, runs
from core.errors import RunError
from core.runs import State
from tests.core.runs.conftest import ended, kill, until, worker
from tests.core.runs.test_control import told


def attack(run, rng, kills):
    """Kill the worker so many times, at random moments, resuming after each; how many hit."""
    for hits in range(kills):
        process = until(lambda: worker(run))
        time.sleep(rng.uniform(0, 0.5))
        kill(process)
        if ended(run).state is State.DONE:
            return hits
        runs.resume(run)
    return kills


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_kill_9__at_random_moments(kills):
    rng = random.Random(kills)
    spec = {"steps": 120 * kills, "pause": 0.003}
    whole = ended(runs.start("count", spec | {"pause": 0}), 60)
    run = runs.start("count", spec)
    seen, cursor = [], runs.START
    assert attack(run, rng, kills) == kills
    while runs.get(run.id).state.is_alive:
        news = runs.watch(run, cursor)
        seen[news.start :], cursor = news.events, news.cursor
        time.sleep(0.01)
    done = runs.get(run.id)
    assert done.state is State.DONE, runs.read_log(run)
    assert done.result == whole.result
    assert told(run) == told(whole)
    news = runs.watch(run, cursor)
    seen[news.start :] = news.events
    assert seen == list(runs.watch(run).events)  # whoever followed has seen the same


@pytest.mark.parametrize("moment", ["event", "checkpoint", "rename"])
def test_kill_9__within_a_write(moment):
    whole = ended(runs.start("count", {"steps": 20}))
    run = ended(runs.start("count", {"steps": 20, "die": moment}))
    assert run.state is State.INTERRUPTED
    news = runs.watch(run)
    seen = list(news.events)
    done = ended(runs.resume(run))
    assert done.result == whole.result
    later = runs.watch(run, news.cursor)
    seen[later.start :] = later.events
    assert seen == list(runs.watch(run).events)
    assert told(run) == told(whole)
    assert not list(run.folder.glob("*.part"))


def test_crowd__one_at_a_time_and_in_order():
    code = (
        "from core import runs\n"
        "runs.JOBS['occupy'] = 'tests.core.runs.counting:occupy'\n"
        "runs.start('occupy', {'pause': 0.05})"
    )
    sessions = [subprocess.Popen([sys.executable, "-c", code], cwd=paths.ROOT) for _ in range(5)]
    with ThreadPoolExecutor(5) as threads:  # sessions of one app
        for _ in range(5):
            threads.submit(runs.start, "occupy", {"pause": 0.05})
    assert [session.wait() for session in sessions] == [0] * 5
    crowd = sorted(runs.list_runs(), key=lambda run: run.created)
    assert len(crowd) == 10
    done = [ended(run, 60) for run in crowd]
    assert [run.state for run in done] == [State.DONE] * 10, [run.message for run in done]
    assert [run.ended for run in done] == sorted(run.ended for run in done)


def test_crowd__all_sessions_killed_and_the_app_restarted():
    code = (
        "import os, signal\nfrom core import runs\n"
        "runs.JOBS['occupy'] = 'tests.core.runs.counting:occupy'\n"
        "for _ in range(2):\n    runs.start('occupy', {'pause': 0.2})\n"
        "os.killpg(0, signal.SIGKILL)"
    )
    sessions = [
        subprocess.Popen([sys.executable, "-c", code], cwd=paths.ROOT, process_group=0)
        for _ in range(5)
    ]
    assert [session.wait() for session in sessions] == [-signal.SIGKILL] * 5
    look = "from core import runs\nfor run in runs.list_runs(): print(run.state)"
    restarted = subprocess.run(
        [sys.executable, "-c", look], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    seen = restarted.stdout.split()
    assert len(seen) == 10
    assert set(seen) <= {"queued", "running", "done"}
    crowd = sorted(runs.list_runs(), key=lambda run: run.created)
    killed = next(run for run in crowd if runs.get(run.id).state is State.QUEUED)
    kill(until(lambda: worker(killed)))
    until(lambda: runs.get(killed.id).state is State.INTERRUPTED, 1)
    done = [ended(run, 60) for run in crowd if run.id != killed.id]
    assert [run.state for run in done] == [State.DONE] * 9, [run.message for run in done]
    assert [run.ended for run in done] == sorted(run.ended for run in done)
    assert ended(runs.resume(killed)).state is State.DONE


def test_queue__other_devices_do_not_wait():
    first = runs.start("count", {"steps": 1000, "pause": 0.01})
    both = runs.start("count", {"steps": 1}, devices=["cuda:0", "cpu"])
    behind = runs.start("count", {"steps": 1}, devices=["cuda:0"])
    apart = runs.start("occupy", {"pause": 0}, devices=["cuda:1"])
    assert ended(apart).result == {"device": "cuda:1"}
    assert [runs.position(run) for run in (first, both, behind)] == [0, 1, 1]
    assert runs.get(behind.id).state is State.QUEUED
    runs.cancel(first)
    assert ended(both).state is ended(behind).state is State.DONE


def test_queue__a_dead_one_in_it_holds_nobody_up():
    first = runs.start("count", {"steps": 1000, "pause": 0.01})
    second = runs.start("count", {"steps": 1})
    third = runs.start("count", {"steps": 1})
    assert runs.position(third) == 2
    kill(until(lambda: worker(second)))
    until(lambda: runs.get(second.id).state is State.INTERRUPTED)
    assert runs.position(third) == 1
    runs.cancel(first)
    assert ended(third).state is State.DONE
    assert ended(runs.resume(second)).state is State.DONE


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A NETLENS_HOME with room for four megabytes."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs the right to mount")
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    monkeypatch.setenv("NETLENS_HOME", str(tmp_path))
    yield tmp_path
    for run in runs.list_runs():
        assert not run.state.is_alive
    until(lambda: not subprocess.run(["umount", tmp_path], check=False).returncode, 5)


def test_full_disk__is_said_and_the_last_checkpoint_kept(small_disk):
    failed = ended(runs.start("fill", {"size": 200_000}))
    assert failed.state is State.FAILED
    assert "is full: free some space" in failed.message
    kept = runs.checkpoints.saved(failed.folder)
    assert len(kept) == 2
    assert all(runs.checkpoints.read(path) for path in kept)
    assert not list(failed.folder.glob("*.part"))


def test_full_disk__to_the_last_byte(small_disk):
    run = runs.start("count", {"steps": 10_000, "pause": 0.001})
    until(lambda: runs.watch(run).events)
    with pytest.raises(OSError, match="No space"), (small_disk / "big").open("wb") as big:
        while True:
            big.write(bytes(4096))
            big.flush()
    failed = ended(run)
    assert failed.state is State.FAILED
    assert "is full" in failed.message
    with pytest.raises(RunError, match="is full"):
        runs.start("count", {"steps": 1})
    assert len(runs.list_runs()) == 1
    steps = [event["step"] for event in runs.watch(run).events]
    assert steps == list(range(1, len(steps) + 1))
    (small_disk / "big").unlink()
    runs.cancel(until(lambda: runs.resume(failed)))
    assert ended(run).state is State.CANCELLED
    steps = [event["step"] for event in runs.watch(run).events]
    assert steps == list(range(1, len(steps) + 1))
