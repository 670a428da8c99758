"""A run while it goes on, and what is left of that afterwards; all of it read from its folder."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core import runs
from core.errors import RunError
from core.figures.rates import finder_figure
from core.figures.training_curves import accuracy_figure, loss_figure, rate_figure
from core.runs import Run, State
from core.training.history import History
from ui.fine_tune import controls, flips
from ui.fine_tune.readings import Reading, reading
from ui.fine_tune.words import clock, count, data_name, mode, short_model, title
from ui.page import plain, show_error
from ui.run_parts import badge, started

if TYPE_CHECKING:
    import plotly.graph_objects as go

_TICK = 1.0  # seconds
_NO_TOOLS = {"displayModeBar": False}


def draw_live(run: Run) -> None:
    """Draw a run that is alive; looked at every second, until it is not any more."""
    st.fragment(_tick, run_every=_TICK)(run.id)


def _tick(run_id: str) -> None:
    try:
        run = runs.get(run_id)
        if not run.state.is_alive:
            st.rerun()  # the page draws what it is now, and looks no more
        known = reading(run)
    except RunError:  # deleted meanwhile, or damaged: the page says which
        st.rerun()
    draw_state(run, known)
    draw_history(run, known)


def draw_state(run: Run, known: Reading) -> None:
    """What it is, how far it is, and what can be done about it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(title(run)), anchor=False, width="content")
        badge(run)
    on = ", ".join(run.devices)
    st.caption(
        plain(
            f"{mode(run.spec)} of {short_model(run.spec)} on {data_name(run.spec)} · {on} · "
            f"{started(run)}"
        )
    )
    if run.notes:
        st.caption(plain(run.notes))
    if run.state is State.QUEUED:
        before = runs.position(run)
        st.progress(0.0, text=f"{count(before, 'run')} before this one on {on}")
    elif run.state is State.RUNNING:
        st.progress(*_progress(run, known))
    elif run.message:
        _say(run)
    controls.draw(run)


def draw_history(run: Run, known: Reading) -> None:
    """Curves, pictures that flipped, what it warned of, and its log."""
    history = known.history
    for warning in history.warnings:
        st.caption(f":material/warning: {plain(warning)}")
    if history.epochs:
        _figures_in_words(history)
    if len(history.steps) > 1:
        left, right = st.columns(2, gap="medium")
        with left:
            _chart(known, "loss", loss_figure, "Loss by epoch")
        with right:
            if history.epochs:
                _chart(known, "accuracy", accuracy_figure, "Accuracy by epoch")
            else:
                st.caption("The accuracy is measured at the end of each epoch.")
    if history.steps or history.finding:
        left, right = st.columns(2, gap="medium")
        if len(history.steps) > 1:
            with left:
                _chart(known, "rate", rate_figure, "Learning rate by epoch")
        if history.finding is not None:
            with right:
                _chart(
                    known,
                    "finder",
                    lambda h: finder_figure(h.finding),
                    f"Loss by learning rate; {history.finding.chosen:.1e} was chosen",
                )
                st.caption("The search for the learning rate, before the training.")
    if history.flipped is not None:
        flips.draw(run, history.flipped)
    controls.draw_files(run)


def _figures_in_words(history: History) -> None:
    last, best = history.epochs[-1], history.best
    with st.container(horizontal=True):
        st.metric("Training loss", f"{last.train_loss:.3f}", border=True)
        if last.train_accuracy is not None:
            st.metric("Training accuracy", f"{last.train_accuracy:.1%}", border=True)
        if last.val_accuracy is not None:
            st.metric("Validation accuracy", f"{last.val_accuracy:.1%}", border=True)
        if best is not None and best.val_accuracy is not None:
            st.metric(f"Best, in epoch {best.epoch}", f"{best.val_accuracy:.1%}", border=True)


def _progress(run: Run, known: Reading) -> tuple[float, str]:
    """A share of what is being done now, and that in words."""
    status = runs.status(run)
    history = known.history
    what = status.what if status else "starting"
    if what == "training" and history.steps:
        step = history.steps[-1]
        share = step.step / max(step.of, 1)
        text = _epoch_of(known)
        left = history.left(time.time())
        if left is not None and not run.stopping:
            text += f" · {clock(left)} left"
        return min(share, 1.0), text
    if what == "training" and history.finding is None and run.spec.get("learning_rate") is None:
        what = "finding the learning rate"
    text = plain(what[:1].upper() + what[1:])
    if status is None or not status.of:
        return 0.0, f"{text} …"
    return min(status.done / status.of, 1.0), f"{text}: {status.done:,} of {status.of:,}"


def _epoch_of(known: Reading) -> str:
    history = known.history
    step = history.steps[-1]
    return f"Epoch {min(int(step.epoch) + 1, history.planned or 1)} of {history.planned}"


def _chart(known: Reading, name: str, draw: "Callable[[History], go.Figure]", alt: str) -> None:
    st.plotly_chart(known.figure(name, draw), config=_NO_TOOLS, alt=alt, key=f"tune_chart_{name}")


def _say(run: Run) -> None:
    if run.state is State.FAILED:
        show_error(run.message)
    else:
        st.caption(plain(run.message))
