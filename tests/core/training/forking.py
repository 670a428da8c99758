"""Workers that are forked from a process which has imported torch already, and so start at once.

What a worker of `core.runs.processes.launch` spends five seconds on is then done once for all runs
of a test module. All else is as there: a process of its own, in a session of its own, that has been
handed the run's lock and prints into its log.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core import paths
from core.compat import mend_torchvision
from core.runs import processes, worker

_LONGEST = 100_000


class Nursery:
    """Our end of the socket to the process that forks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def launch(
        self, module: str, arguments: Sequence[str], log: Path, locks: Sequence[int] = ()
    ) -> None:
        """In the place of `core.runs.processes.launch`; what is no worker goes its usual way."""
        if module != worker.__name__:
            processes.launch(module, arguments, log, locks)
            return
        wanted = [arguments, str(log), str(paths.home().absolute())]
        socket.send_fds(self._connection, [json.dumps(wanted).encode()], list(locks))
        self._connection.recv(1)  # it is alive


@contextmanager
def nursery() -> Iterator[Nursery]:
    """The process that forks, for as long as it is wanted."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=paths.ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        ours.recv(1)
        yield Nursery(ours)
    process.wait()


def _serve(connection: socket.socket) -> None:
    # no computing here: torch's threads would not outlive a fork
    mend_torchvision()
    import lightning_fabric  # noqa: F401
    import safetensors.torch  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import torchmetrics.functional.classification  # noqa: F401
    import torchvision.transforms.v2  # noqa: F401

    import core.training.job  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that no zombie is left
    connection.send(b"!")
    while True:
        message, locks, *_ = socket.recv_fds(connection, _LONGEST, 1)
        if not message:
            return
        if os.fork() == 0:
            connection.close()
            _work(*json.loads(message), *locks)
        for lock in locks:
            os.close(lock)
        connection.send(b"!")


def _work(arguments: list[str], log: str, home: str, lock: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ["NETLENS_HOME"] = home
    printed = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in (1, 2):
        os.dup2(printed, number)
    sys.argv = [worker.__file__, *arguments[:-1], str(lock)]
    try:
        worker.main()
    finally:
        os._exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
