"""One run in several processes, as torchrun starts them, on this machine or on many.

The process of rank 0 leads: it alone holds the run's lock, takes the devices, reports and saves.
The others wait until its turn has come, and then take part; of the folder they need nothing. Word
of the run goes through torch's own store. torchrun ends them all where one of them fails; with
``--max-restarts`` it starts them again, and they go on with the same run. (That needs
TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 in the environment: pytorch#135712.)
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import RunError
from core.runs import files, jobs, worker
from core.runs.control import Claim
from core.runs.processes import identity
from core.runs.run import LOG, STOP, WORKER, Run, list_runs, look

if TYPE_CHECKING:
    from torch.distributed import Store

_PAUSE = 0.1
_PATIENCE = timedelta(seconds=30)
_AGENT = "agent"


def launched() -> bool:
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ and "LOCAL_RANK" in os.environ


def is_leader() -> bool:
    """Whether this is the process of rank 0."""
    return os.environ["RANK"] == "0"


def devices(kind: str) -> list[str]:
    """The devices of that kind (cpu, cuda) that the processes on this machine take: one for each.

    They may well share the CPU.
    """
    if kind != "cuda":
        return [kind]
    return [f"cuda:{number}" for number in range(int(os.environ["LOCAL_WORLD_SIZE"]))]


def begun_before() -> Run | None:
    """The run that this very torchrun made, where it has started its processes again."""
    if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0":
        return None
    agent = identity(os.getppid())
    notes = ((run, files.read_json(run.folder / WORKER) or {}) for run in list_runs())
    return next((run for run, note in notes if note.get(_AGENT) == agent), None)


def lead(claim: Claim) -> Run:
    """Do the job in this process, which holds the lock until it ends; the run as it then is.

    What is printed meanwhile goes to the run's log. Ctrl-C cancels the run.
    """
    folder, kind = claim.folder, look(claim.folder).kind
    if kind not in jobs.FOLLOWERS:
        raise RunError(f"A run of the kind {kind} is done by one process: start it by itself.")
    note = files.read_json(folder / WORKER) or {}
    with files.said(folder):
        files.write_json(folder / WORKER, note | {_AGENT: identity(os.getppid())})
        signal.signal(signal.SIGINT, lambda *_: (folder / STOP).touch())
        with _printing_into(folder / LOG):
            worker.work(folder, claim.job, _announce)
        for store in _keep:
            store.set(_key("end"), "")
    return look(folder)


def dismiss() -> None:
    """Tell the others that there is nothing to do."""
    _tell(None)


def follow() -> None:
    """Take part in the run that rank 0 leads. Raises what the job raises, CancelledError too.

    That is held back until rank 0 has written down how the run ended: torchrun ends all processes
    as soon as one of them has failed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # rank 0 is asked to stop, and says when
    store = _store()
    while not store.check([_key("turn")]):
        time.sleep(_PAUSE)
    told = json.loads(store.get(_key("turn")))
    if told is None:
        return
    device = told["device"] if told["device"] != "cuda" else f"cuda:{os.environ['LOCAL_RANK']}"
    try:
        jobs.load(jobs.FOLLOWERS[told["kind"]])(told["spec"], device)
    except Exception:
        with suppress(RuntimeError):  # nothing came, or the store went with rank 0
            store.wait([_key("end")], _PATIENCE)
        raise


@contextmanager
def _printing_into(log: Path) -> Iterator[None]:
    """Have what this process prints appended to a file, libraries' output too."""
    kept = [os.dup(number) for number in (1, 2)]
    with log.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, before in zip((1, 2), kept, strict=True):
            os.dup2(before, number)
            os.close(before)


def _announce(run: Run) -> None:
    kind = run.devices[0].partition(":")[0]
    _tell({"kind": run.kind, "spec": dict(run.spec), "device": kind})


def _tell(what: dict | None) -> None:
    store = _store()
    store.set(_key("turn"), json.dumps(what))
    _keep.append(store)  # it may be this process that serves it


_keep: list["Store"] = []


def _key(name: str) -> str:
    """A store may outlive the processes, which are then started again."""
    return f"netlens/{name}/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"


def _store() -> "Store":
    from torch.distributed import rendezvous

    return next(rendezvous("env://"))[0]
