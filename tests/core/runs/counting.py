"""Jobs for the tests: they count, and behave as badly as they are told."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

from core.errors import CancelledError, DataError
from core.runs import RunContext, files
from core.runs import events as event_module

BALLAST = b"x" * 100_000


def count(spec, context: RunContext):
    """A chain of hashes, ``steps`` long; the same however often it is interrupted."""
    step, digest = 0, "start"
    if found := context.load_checkpoint():
        step, digest = json.loads(found.content[: -len(BALLAST)])
    _misbehave(spec.get("die"), context)
    while step < spec["steps"]:
        step += 1
        digest = hashlib.sha256(f"{digest}{step}".encode()).hexdigest()
        context.report({"step": step, "digest": digest})
        time.sleep(spec.get("pause", 0.0))
        if context.should_stop():
            return None
        if step % 3 == 0:
            context.save_checkpoint(json.dumps([step, digest]).encode() + BALLAST, step)
    return {"digest": digest}


def occupy(spec, context: RunContext):
    """Say when it came and went, and that it was alone."""
    place = context.folder.parent.parent / "occupied"
    place.mkdir()  # fails where another one is within
    time.sleep(spec["pause"])
    place.rmdir()
    return {"device": context.device}


def fail(spec, context: RunContext):
    if spec["with"] == "data":
        raise DataError("The pictures are gone: put them back.")
    if spec["with"] == "memory":
        raise MemoryError
    if spec["with"] == "disk":
        raise OSError(errno.ENOSPC, "No space left on device")
    if spec["with"] == "cancelled":
        raise CancelledError
    if spec["with"] == "result":
        return {"not": object()}
    raise ZeroDivisionError("by\nnought")


def stuck(spec, context: RunContext):
    """Never ask whether to stop, ignore SIGTERM, and have a child."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    context.report({"child": child.pid})
    time.sleep(600)


def fork(spec, context: RunContext):
    """Have a forked child, as loaders of data are, that outlives a killed worker."""
    child = os.fork()
    if child == 0:
        time.sleep(spec["pause"])
        os._exit(0)
    context.report({"child": child})
    time.sleep(600)


def fill(spec, context: RunContext):
    """Save checkpoints until the disk is full."""
    for step in range(1, 1000):
        context.report({"step": step})
        context.save_checkpoint(os.urandom(spec["size"] * step), step)


def tell(spec, context: RunContext):
    """Say what the worker's environment has."""
    return {"value": os.environ[spec["variable"]]}


def _misbehave(moment, context: RunContext) -> None:
    """Arrange for one SIGKILL, at the third time that the moment comes."""
    mark = context.folder / "died"
    if moment is None or mark.exists():
        return
    mark.touch()
    times = iter(range(10**6))

    def die_on(third, do):
        if next(times) == third:
            do()
            os.kill(os.getpid(), signal.SIGKILL)

    def torn_write(descriptor, content, write=os.write):
        die_on(4, lambda: write(descriptor, content[: len(content) // 2]))
        return write(descriptor, content)

    def late_fsync(descriptor, fsync=os.fsync):
        die_on(4, lambda: os.ftruncate(descriptor, 1000))
        fsync(descriptor)

    def no_rename(folder, sync=files.sync_folder):
        die_on(1, lambda: None)
        sync(folder)

    if moment == "event":
        event_module.os = _Patched(os, write=torn_write)
    elif moment == "checkpoint":
        files.os = _Patched(os, fsync=late_fsync)
    elif moment == "rename":
        files.sync_folder = no_rename


class _Patched:
    def __init__(self, module, **changed):
        self._module, self._changed = module, changed

    def __getattr__(self, name):
        return self._changed.get(name) or getattr(self._module, name)
