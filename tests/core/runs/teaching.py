"""A stand-in for fine-tuning, in one process or many: ``python -m tests.core.runs.teaching ...``.

It takes the command line's own recipes. An epoch lasts ``dropout`` seconds; with a
``label_smoothing`` it fails. What each process was given is left in NETLENS_HOME.
"""

import json
import os
import sys
import time

from core import cli, paths, runs
from core.errors import CancelledError, DataError

JOB, FOLLOWER = f"{__name__}:teach", f"{__name__}:follow"


def teach(spec, context):
    """Count epochs, going on from the last checkpoint; wait for the other processes first."""
    found = context.load_checkpoint()
    first = found.step if found else 0
    context.tell("reading the pictures", 3, 3)
    _leave(context.device, spec, context.devices)
    _meet()
    if spec["label_smoothing"]:
        time.sleep(spec["dropout"])
        raise DataError("The pictures are gone: put them back.")
    print("a library says something")
    context.tell("training")
    epochs = spec["epochs"]
    for epoch in range(first + 1, epochs + 1):
        time.sleep(spec["dropout"])
        step = {"kind": "step", "step": epoch, "of": epochs, "epoch": float(epoch)}
        context.report(step | {"loss": 1 / epoch, "learning_rate": 0.1})
        context.report(
            {
                "kind": "epoch",
                "epoch": epoch,
                "epochs": epochs,
                "train_loss": 1 / epoch,
                "train_accuracy": 0.5,
                "val_loss": 0.25,
                "val_accuracy": 0.75,
                "best": epoch == 1,
            }
        )
        context.save_checkpoint(b"", epoch)
        if context.should_stop():
            (paths.home() / "over").touch()
            raise CancelledError
    (paths.home() / "over").touch()
    score = {"accuracy": 0.8, "low": 0.7, "high": 0.9, "n": 10, "loss": 0.5}
    return {"seconds": 1.0, "validation": None, "test": score}


def follow(spec, device):
    """Take part: until the leader is done."""
    print("a library says something")
    _leave(device, spec)
    _meet()
    if spec["label_smoothing"]:
        raise DataError("They are gone here too.")
    while not (paths.home() / "over").exists():
        time.sleep(0.02)


def _meet():
    """Wait for the other processes, as torch does it."""
    if "RANK" not in os.environ:
        return
    from torch import distributed

    distributed.init_process_group("gloo")
    distributed.barrier()
    distributed.destroy_process_group()


def _leave(device, spec, devices=None):
    told = {"device": device, "devices": devices, "spec": spec, "pid": os.getpid()}
    name = f"process-{os.environ.get('RANK', '0')}"
    part = paths.home() / f".{name}"
    part.write_text(json.dumps(told))
    part.rename(part.with_name(name))


if __name__ == "__main__":
    runs.JOBS["train"] = JOB.replace("__main__", "tests.core.runs.teaching")
    runs.jobs.FOLLOWERS["train"] = FOLLOWER.replace("__main__", "tests.core.runs.teaching")
    sys.exit(cli.main())
