"""Stand-ins for fine-tuning: they report what it reports, and learn nothing."""

import time

from core.errors import CancelledError, TrainingError

JOB = f"{__name__}:lesson"
STUBBORN = f"{__name__}:endless"
FAILING = f"{__name__}:failing"


def step(number: int, of: int = 30, epochs: int = 3) -> dict:
    return {
        "kind": "step",
        "step": number,
        "of": of,
        "epoch": number * epochs / of,
        "loss": 2 / number,
        "learning_rate": 1e-3,
    }


def epoch(number: int, epochs: int = 3, **more) -> dict:
    return {
        "kind": "epoch",
        "epoch": number,
        "epochs": epochs,
        "step": number * 10,
        "train_loss": 1 / number,
        "train_accuracy": 0.5 + number / 10,
        "val_loss": 1.1 / number,
        "val_accuracy": 0.4 + number / 10,
        "fixed": 1,
        "broken": 1,
        "flips": [[0, 1, 0], [200, 1, 2], [400, 0, 1]],
        "learning_rate": 1e-3,
        "best": True,
        **more,
    }


def found() -> dict:
    return {"kind": "rates", "rates": [1e-4, 1e-3, 1e-2], "losses": [2, 1, 3], "chosen": 1e-3}


def result(accuracy: float = 0.7) -> dict:
    score = {"accuracy": accuracy, "low": 0.6, "high": 0.8, "n": 160, "loss": 0.9}
    return {
        "counts": {"train": 640, "validation": 160, "test": 400},
        "validation": score,
        "test": score,
        "majority": {"validation": 0.125, "test": 0.125},
        "untuned": {"reason": "Its outputs stand for none of these classes."},
        "best_epoch": 3,
        "epochs": 3,
        "steps": 30,
        "parameters": 1000,
        "trained_parameters": 100,
        "learning_rate": 1e-3,
        "seconds": 60.0,
        "stopped_early": False,
    }


def tell(context, epochs: int) -> None:
    """The events of so many of three epochs."""
    context.report(found())
    for number in range(1, epochs + 1):
        for one in range(10 * number - 9, 10 * number + 1, 3):
            context.report(step(one))
        context.report(epoch(number))


def lesson(spec, context):
    """All of it at once; from a checkpoint, the last epoch alone."""
    saved = context.load_checkpoint()
    if saved is None:
        tell(context, 3)
    else:
        context.report(epoch(3))
    print("a line of the log")
    return result()


def endless(spec, context):
    """Two epochs, and then waits to be stopped."""
    context.load_checkpoint()
    context.tell("training")
    tell(context, 2)
    context.save_checkpoint(b"two epochs", 20)
    while not context.should_stop():
        time.sleep(0.02)
    raise CancelledError


def failing(spec, context):
    """Diverges."""
    context.report({"kind": "warning", "text": "2 pictures [cannot](http://x) be read."})
    context.report(step(1))
    raise TrainingError("The training diverged: its loss rose to 1e9. Try a tenth of the rate.")
