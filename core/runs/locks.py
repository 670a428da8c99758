"""A run's lock: held by whoever works on it, freed by the kernel when that process is gone.

It is `flock` on the file ``run.lock`` and not filelock's, which has neither of the two things
needed here: the lock is handed over to a child process without a moment in which nobody holds it,
and it can be looked at by many at once without their taking each other for its holder.
(NFS does not keep such locks between machines.)
"""

import fcntl
import os
import time
from pathlib import Path

NAME = "run.lock"
_PAUSE = 0.02
_held: set[int] = set()


def hold(folder: Path, patience: float = 0.0) -> int | None:
    """Take a run's lock; its file descriptor, or None where it stays taken for ``patience`` s.

    Raises OSError, a FileNotFoundError where the folder is gone.
    """
    path = folder / NAME
    give_up = time.monotonic() + patience + 2 * _PAUSE  # a look at the lock holds it for a moment
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == path.stat().st_ino:  # else deleted meanwhile
                _held.add(descriptor)
                return descriptor
            os.close(descriptor)
        except BlockingIOError:
            os.close(descriptor)
        except FileNotFoundError:
            os.close(descriptor)
            raise
        if time.monotonic() > give_up:
            return None
        time.sleep(_PAUSE)


def is_held(folder: Path) -> bool:
    """Whether somebody works on the run. Takes about 20 microseconds."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: lookers do not collide
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def release(descriptor: int) -> None:
    """Let go of a lock in this process; a child that it was handed to keeps holding it."""
    _held.discard(descriptor)
    os.close(descriptor)


def adopt(descriptor: int) -> None:
    """Go on holding a lock that was handed over by the process that started this one."""
    os.set_inheritable(descriptor, False)
    _held.add(descriptor)


def _forget_after_fork() -> None:
    """A forked child, such as a loader of data, must not keep a dead run looking alive."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_forget_after_fork)
