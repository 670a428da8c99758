"""What showing a live run, and the table of 500 runs, costs the server.

    python benchmarks/live_page.py

A tick is the fragment that a page with a live run goes through every second. Times are of the
processor, in milliseconds: the median of some ticks without news, with a new step, and with a new
epoch whose pictures flipped.
"""

import logging
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
HOME = tempfile.TemporaryDirectory()
os.environ["NETLENS_HOME"] = HOME.name

from streamlit.testing.v1 import AppTest  # noqa: E402

from core import models, runs  # noqa: E402
from core.runs import Run, RunContext, files  # noqa: E402
from core.runs.run import RESULT, WORKER  # noqa: E402
from core.training import suggest  # noqa: E402
from ui.fine_tune import live  # noqa: E402

EPOCHS, STEPS = 30, 900
TIMES = 9
RUNS = 500


def main() -> None:
    """Print the table."""
    logging.disable(logging.WARNING)  # AppTest runs Streamlit bare, which it remarks on
    context = alive()
    for number in range(1, 16):
        epoch(context, number)
    spent: list[float] = []
    measure(spent)
    app = AppTest.from_function(page, default_timeout=60)
    app.run()
    step_number = [451]

    def step() -> None:
        tell_step(context, step_number[0])
        step_number[0] += 1

    epochs = iter(range(16, EPOCHS + 1))
    for name, news, most in (
        ("a tick without news", lambda: None, 20),
        ("a tick with a step", step, 80),
        ("a tick with an epoch", lambda: epoch(context, next(epochs)), 80),
    ):
        print(f"{name:24}{median(app, spent, news):8.1f} ms   (at most {most})")
    took = many(runs.get(context.folder.name))
    print(f"{f'{RUNS} runs listed':24}{took:8.1f} ms   (at most 200)")


def page() -> None:
    """A page with nothing but the live run; a script of its own, so it imports what it needs."""
    from core import runs
    from ui.fine_tune import live

    live.draw_live(runs.list_runs()[0])


def alive() -> RunContext:
    """A run at work, as this process pretends to be its worker."""
    recipe = suggest("shapes", models.DEFAULT_MODEL, "all").changed(epochs=EPOCHS)
    claim = runs.create("train", recipe.as_json())
    note = files.read_json(claim.folder / WORKER) or {}
    files.write_json(claim.folder / WORKER, note | {"has_devices": True})
    context = RunContext(claim.folder, ("cpu",))
    context.tell("training")
    return context


def tell_step(context: RunContext, number: int) -> None:
    """As the loop does it."""
    rate = {"loss": 2 * 0.99**number, "learning_rate": 1e-3}
    at = {"step": number, "of": STEPS, "epoch": number * EPOCHS / STEPS}
    context.report({"kind": "step"} | at | rate)


def epoch(context: RunContext, number: int) -> None:
    """Its steps and its end, as the loop tells of them."""
    each = STEPS // EPOCHS
    for one in range((number - 1) * each + 1, number * each + 1):
        tell_step(context, one)
    context.report(
        {
            "kind": "epoch",
            "epoch": number,
            "epochs": EPOCHS,
            "step": number * each,
            "train_loss": 1 / number,
            "train_accuracy": 1 - 1 / (number + 1),
            "val_loss": 1.1 / number,
            "val_accuracy": 1 - 1.2 / (number + 1),
            "fixed": 8,
            "broken": 4,
            "flips": [[12 * number + i, 1, 2] for i in range(12)],
            "learning_rate": 1e-3,
            "best": True,
        }
    )


def measure(spent: list[float]) -> None:
    """Note what each tick costs."""
    tick = live._tick

    def timed(run_id: str) -> None:
        began = time.thread_time()
        tick(run_id)
        spent.append(1000 * (time.thread_time() - began))

    live._tick = timed


def median(app: AppTest, spent: list[float], news: Callable[[], None]) -> float:
    """Of some ticks, each after news."""
    app.run()
    spent.clear()
    for _ in range(TIMES):
        news()
        app.run()
    if app.exception:
        raise RuntimeError(app.exception[0].value)
    return statistics.median(spent)


def many(run: Run) -> float:
    """Milliseconds to list so many finished runs."""
    score = {"accuracy": 0.7, "low": 0.6, "high": 0.8, "n": 160, "loss": 0.9}
    record = {"seconds": 1.0, "best_epoch": 3, "epochs": EPOCHS, "steps": STEPS, "untuned": score}
    record |= {"validation": score, "test": score, "majority": {"validation": 0.1, "test": 0.1}}
    result = {"state": "done", "message": "", "result": record, "time": 0.0}
    for number in range(1, RUNS):
        folder = run.folder.with_name(f"20260101-000000-{number:06x}")
        shutil.copytree(run.folder, folder)
        files.write_json(folder / RESULT, result)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        runs.list_runs()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


if __name__ == "__main__":
    main()
