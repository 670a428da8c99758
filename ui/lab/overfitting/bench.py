"""Overfitting: a small network on few digits, plain and with remedies, trained while one looks."""

import time
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.lab.overfitting.digits import split
from core.lab.overfitting.training import Fit, Remedies, Task, judge, race
from core.lab.question import Number
from ui.lab.overfitting import controls
from ui.lab.overfitting import numbers as shown
from ui.lab.station import Station, ask
from ui.long_job import Progress, long_job

_EVERY = 0.25  # seconds between two drawings of the growing curves


def draw() -> None:
    """The bench."""
    task, remedies = controls.draw()
    bar = st.container()
    places = [column.empty() for column in st.columns(2, gap="large")]
    with bar:
        fits = long_job(
            "lab_overfitting",
            (task, remedies),
            button="Train",
            what="The training",
            units="epochs",
            compute=lambda progress: _trained(task, remedies, places, progress),
            at_once=True,
        )
    if fits is None:
        shown.draw_code(task, remedies)
        return
    shown.draw_curves(places, fits, task)
    parts = split(task.pictures, task.wrong, task.seed)
    verdicts = [judge(fit.network, parts) for fit in fits]
    shown.draw_mistakes(verdicts)
    shown.draw_numbers(fits, verdicts)
    shown.draw_formulas(fits[1], task, remedies)
    shown.draw_code(task, remedies)
    _ask(fits[0])


def _trained(
    task: Task, remedies: Remedies, places: Sequence[DeltaGenerator], progress: Progress
) -> tuple[Fit, Fit]:
    """Both to their end, their curves drawn as they grow."""
    drawn = time.monotonic()
    for done, fits in enumerate(race(task, remedies), 1):
        progress(done, task.epochs)
        if time.monotonic() - drawn > _EVERY:
            shown.draw_curves(places, fits, task, f"after {done}")
            drawn = time.monotonic()
    return fits


def _ask(plain: Fit) -> None:
    least, last = plain.least, plain.epochs[-1]
    ask(
        Number(
            "Early stopping with endless patience would keep the plain network of one epoch. "
            "Of which? The curve of its validation loss tells.",
            least.number,
            f"There the validation loss was least, {least.val_loss:.3f}. In epoch {last.number} "
            f"it is {last.val_loss:.3f}, while the training loss fell from "
            f"{least.train_loss:.3f} to {last.train_loss:.3f}: the rest was learnt by heart.",
        )
    )


STATION = Station(
    "Overfitting",
    ":material/fit_screen:",
    "A network with more parameters than pictures can learn them by heart, even wrong labels, and "
    "is then worse at pictures it has not seen. Two networks train here on the same digits, from "
    "the same weights and in the same batches: one plain, one with the remedies you choose.",
    (
        "As it opens, every fifth label is wrong. The plain network learns all of them by heart: "
        "100 % in training, and a validation loss that has turned upwards long before. A network "
        "that learns digits and not mistakes comes to the dotted line, the share of right labels.",
        "Set *Wrong labels* to 0 and move *Training pictures* from 50 to 500. No remedy closes the "
        "gap like more pictures.",
        "With *Dropout* at 0, *L2* at 0.03 shrinks the norm of the weights to a quarter, and "
        "hardly a wrong label is learnt. At 0.1 both accuracies fall: that is underfitting.",
        "*Early stopping* keeps the weights of the best epoch and saves the rest. It has chosen by "
        "the validation pictures, so only the test pictures judge it fairly.",
        "*Batch normalisation* alone, with *Dropout* at 0, still learns the wrong labels. Add "
        "everything, with dropout at 0.5, L2 at 0.01 and a patience of 10: the test accuracy is "
        "more than ten points above the plain one.",
        "Move *Seed* before you believe a difference: other pictures and other weights to begin "
        "with can move the accuracy by as much as a remedy.",
    ),
    draw,
    takes_time=True,
)
