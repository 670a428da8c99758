"""Runs that a command waits for: in a worker's process, or in this one beside torchrun's others."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from core import runs
from core.cli.following import TICK, Teller, exit_code
from core.errors import CancelledError, DeviceError, NetlensError, RunError
from core.runs import Claim, Run, State, ranks

_CANCELLED = 2


def work(start: Callable[[], Run], create: Callable[[], Claim], *, as_json: bool = False) -> int:
    """Do a run to its end, print its id, and tell how it goes on; returns the exit code.

    With ``start`` in a worker; under torchrun, which starts several processes of this command, with
    ``create`` in these.
    """
    return _together(create, as_json) if ranks.launched() else alone(start, as_json)


def place(name: str) -> str:
    """A data set's name as it is, but a path whole, because a worker starts in another folder.

    Raises DataError where there is no such thing.
    """
    from core import data

    names = (*data.BUILT_IN, *(entry.name for entry in data.registered()))
    if name.casefold() in map(str.casefold, names):
        return name
    path = Path(name).expanduser()
    if name.strip() and path.exists():
        return str(path.absolute())
    data.open(name)  # says what there is instead
    return name


def devices(wanted: str) -> list[str]:
    """What a run takes where a person asks for auto, cpu, cuda, cuda:1 or mps.

    Under torchrun, a device for each process of this machine. Raises DeviceError.
    """
    from core import models

    chosen = "cpu" if wanted == "cpu" else str(models.resolve_device(wanted))
    if not ranks.launched():
        return [chosen]
    if ":" in wanted:
        raise DeviceError(
            f"Under torchrun each process takes the device of its own number: leave out {wanted}, "
            "and set CUDA_VISIBLE_DEVICES to choose."
        )
    return [str(models.resolve_device(each)) for each in ranks.devices(chosen.partition(":")[0])]


def alone(start: Callable[[], Run], as_json: bool = False) -> int:
    """Wait for a run in a worker, print its id, and tell how it goes on; returns the exit code.

    Ctrl-C cancels the run; a second one does not wait until it has stopped.
    """
    with _interruptions() as interruptions:
        run = start()
        _print_id(run, as_json)
        teller = Teller(run, sys.stderr)
        cancelled = False
        while teller.tell().state.is_alive:
            if cancelled and len(interruptions) > 1:
                return _CANCELLED
            if interruptions and not cancelled:
                cancelled = True
                with suppress(RunError):  # it has just ended
                    runs.cancel(run)
            time.sleep(TICK)
        return exit_code(teller.end())


def _together(create: Callable[[], Claim], as_json: bool) -> int:
    """The process of rank 0 creates the run, prints and tells; the others are silent."""
    if not ranks.is_leader():
        return _follow()
    begun = ranks.begun_before()
    if begun is not None and begun.state is State.DONE:
        ranks.dismiss()
        return 0
    claim = create() if begun is None else runs.reopen(begun)
    run = runs.get(claim.folder.name)
    if begun is None:
        _print_id(run, as_json)
    errors = "backslashreplace"  # as stderr has it
    with os.fdopen(os.dup(2), "w", errors=errors) as out:
        teller = Teller(run, out)
        telling = Thread(target=teller.to_the_end, daemon=True)
        telling.start()
        run = ranks.lead(claim)
        telling.join()
    return exit_code(run)


def _print_id(run: Run, as_json: bool) -> None:
    print(json.dumps({"id": run.id}) if as_json else run.id, flush=True)


def _follow() -> int:
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        ranks.follow()
    except CancelledError:
        return _CANCELLED
    except NetlensError as error:
        print(f"netlens: process {os.environ['RANK']}: {error}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Collect Ctrl-C, so that it finds a run either not begun or one that can be cancelled."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
