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
                **os.environ,
                "NETLENS_HOME": str(paths.home().absolute()),
                "PYTHONUNBUFFERED": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=locks,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that no zombie is left


def own_identity() -> dict[str, Any]:
    """What `find` needs to know this process again."""
    import psutil

    return {"pid": os.getpid(), "started": _since_boot(psutil.Process())}


def find(identity: Mapping[str, Any]) -> "psutil.Process | None":
    """The process of that identity; None where it is gone, even if its number was given again.

    It is to be asked for only while the run's lock is held: that rules out an earlier boot.
    """
    import psutil

    try:
        process = psutil.Process(identity["pid"])
        is_it = abs(_since_boot(process) - identity["started"]) < _CLOCK_SLACK
    except (psutil.NoSuchProcess, KeyError):
        return None
    return process if is_it else None


def _since_boot(process: "psutil.Process") -> float:
    """When it was started, in seconds after booting: the same however the clock is set."""
    import psutil

    return process.create_time() - psutil.boot_time()
