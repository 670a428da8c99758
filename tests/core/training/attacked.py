"""The fine-tuning job in a worker that dies when it is told, and saves after every step."""

import errno
import json
import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

from core import paths
from core.runs import files
from core.runs.run import RESERVED
from core.training import job
from core.training.learning import loop, step
from core.training.material import features


def foretell(moment: str) -> None:
    """Let the next worker die at a moment: ``name`` or ``name:n``, for the n-th time it comes.

    Names are ``batch``, ``event``, ``features``, ``result``, and else the beginning of the name of
    a file that is being written. ``full`` is no death but a disk without room for a checkpoint.
    """
    (paths.home() / "death").write_text(moment)


def fine_tune(spec, context):
    """`core.training.job.fine_tune`, with a checkpoint after every step."""
    loop._SAVE_EVERY = 0.0
    file = paths.home() / "death"
    if file.exists():
        name, _, number = file.read_text().partition(":")
        file.unlink()
        is_now = _counted(int(number or 1))
        if name in _MOMENTS:
            _MOMENTS[name](is_now)
        else:
            _in_a_file(name, is_now)
    return job.fine_tune(spec, context)


_IsNow = Callable[[], bool]


def _counted(number: int) -> _IsNow:
    """Answers True the n-th time that it is asked."""
    calls = count(1)
    return lambda: next(calls) == number


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _in_a_batch(is_now: _IsNow, learn=step.Stepper.learn) -> None:
    """With weights that have moved, and nobody told."""

    def learn_and_die(*args):
        answer = learn(*args)
        if is_now():
            _die()
        return answer

    step.Stepper.learn = learn_and_die


def _in_an_event(is_now: _IsNow, write=os.write) -> None:
    """With half of its line."""

    def write_half_and_die(descriptor, content):
        if is_now():
            write(descriptor, content[: len(content) // 2])
            _die()
        return write(descriptor, content)

    os.write = write_half_and_die


def _in_features(is_now: _IsNow, put=features._Kept.put) -> None:
    """Within the transaction that keeps a batch of them."""

    class Deadly(dict):
        def items(self):
            yield next(iter(super().items()))
            _die()

    features._Kept.put = lambda kept, rows: put(kept, Deadly(rows) if is_now() else rows)


def _in_the_result(_: _IsNow) -> None:
    """With the beginning of it in the reserved blocks."""

    def write_some_and_die(path, reserved, fields):
        with (path.parent / RESERVED).open("r+b") as file:
            file.write(json.dumps(fields).encode()[:100])
        _die()

    files.write_reserved = write_some_and_die


def _on_a_full_disk(is_now: _IsNow) -> None:
    def refuse(name, descriptor):
        if name.startswith("checkpoint") and is_now():
            os.ftruncate(descriptor, 1000)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _before_fsync(refuse)


def _in_a_file(prefix: str, is_now: _IsNow) -> None:
    """With half of it."""

    def halve_and_die(name, descriptor):
        if name.startswith(prefix) and is_now():
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            _die()

    _before_fsync(halve_and_die)


def _before_fsync(do: Callable[[str, int], None], fsync=os.fsync) -> None:
    def attacked(descriptor):
        do(Path(f"/proc/self/fd/{descriptor}").readlink().name, descriptor)
        fsync(descriptor)

    os.fsync = attacked


_MOMENTS = {
    "batch": _in_a_batch,
    "event": _in_an_event,
    "features": _in_features,
    "result": _in_the_result,
    "full": _on_a_full_disk,
}
