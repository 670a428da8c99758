"""Worker processes: who one is, and starting one that outlives its parent."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths

if TYPE_CHECKING:
    import psutil

_CLOCK_SLACK = 0.05  # seconds; Linux counts in hundredths


def launch(module: str, arguments: Sequence[str], log: Path, locks: Sequence[int] = ()) -> None:
    """Start ``python -m module`` in a session of its own; no signal to the parent reaches it.

    The file descriptors in ``locks`` are handed over. Raises OSError.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=paths.ROOT,
            env={
                # threads that wait asleep: those that wait by counting make each other, and those
                # of the app, several times slower where all cores are taken
                "OMP_WAIT_POLICY": "PASSIVE",
                **os.environ,
                "NETLENS_HOME": str(paths.home().absolute()),
                "PYTHONUNBUFFERED": "1",
                "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(_threads()),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=locks,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no zombie is left


def identity(pid: int) -> dict[str, Any]:
    """What `find` needs to know a living process again."""
    import psutil

    return {"pid": pid, "started": _since_boot(psutil.Process(pid))}


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find(who: Mapping[str, Any]) -> "psutil.Process | None":
    """The process of that `identity`; None where it is gone, even if its number was given again.

    It is to be asked for only while the run's lock is held: that rules out an earlier boot.
    """
    import psutil

    try:
        process = psutil.Process(who["pid"])
        is_it = abs(_since_boot(process) - who["started"]) < _CLOCK_SLACK
    except (psutil.NoSuchProcess, KeyError):
        return None
    return process if is_it else None


def _threads() -> int:
    """Of torch in a worker: one core is left to the app, where there are more than two."""
    return cores() if cores() <= 2 else cores() - 1


def _since_boot(process: "psutil.Process") -> float:
    """When it was started, in seconds after booting: the same however the clock is set."""
    import psutil

    return process.create_time() - psutil.boot_time()
