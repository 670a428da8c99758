"""An evaluation while it goes on, and what can be done with it."""

import time

import streamlit as st

from core import runs
from core.errors import RunError
from core.runs import Run, State
from core.training.history import duration
from ui import studied
from ui.page import plain, show_error
from ui.run_parts import Buttons, badge, started

_TICK = 1.0  # seconds
_STALE = 10.0  # seconds, after which figures are drawn anew
_PARTS = {"train": ", what it has learnt from", "all": ", all pictures"}
_LEAST = 20  # pictures, before the time left is told
_BUTTONS = Buttons(
    "mistakes",
    "It stops after the batch, and keeps the answers so far.",
    "It goes on with the pictures that have no answer yet.",
    "Delete the evaluation with all its answers? They cannot be had back.",
)


def draw(run: Run, *, renews: bool) -> None:
    """Its state and its buttons; looked at every second while it is alive.

    The page runs again when the first answers are there and, if it ``renews``, every ten seconds
    as more of them come.
    """
    if run.state.is_alive:
        st.fragment(_tick, run_every=_TICK)(run.id, _done(run), time.monotonic(), renews)
    else:
        _state(run)


def _tick(run_id: str, known: int, drawn: float, renews: bool) -> None:
    try:
        run = runs.get(run_id)
    except RunError:  # deleted meanwhile
        st.rerun()
    is_due = not known or (renews and time.monotonic() - drawn >= _STALE)
    if not run.state.is_alive or (is_due and _done(run) > known):
        st.rerun()
    _state(run)


def _done(run: Run) -> int:
    """Pictures whose answers are kept, as far as it has said."""
    status = runs.status(run)
    return 0 if status is None else status.done


def _state(run: Run) -> None:
    _BUTTONS.problem()
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(run)
        model, data = (str(run.spec.get(key, "?")) for key in ("model", "data"))
        part = _PARTS.get(str(run.spec.get("part")), "")
        words = f"{model} on {data}{part} · {', '.join(run.devices)} · {started(run)}"
        st.caption(plain(words), width="stretch")
        _buttons(run)
    if run.state is State.QUEUED:
        before = runs.position(run)
        st.progress(0.0, text=f"{before} run{'s' * (before != 1)} before this one")
    elif run.state is State.RUNNING:
        _progress(run)
    elif run.message:
        show_error(run.message) if run.state is State.FAILED else st.caption(plain(run.message))


def _progress(run: Run) -> None:
    status = runs.status(run)
    if status is None or not status.of:
        st.progress(0.0, text=plain(f"{status.what if status else 'starting'} …").capitalize())
        return
    text = f"{status.done:,} of {status.of:,} pictures{_left(run, status.done, status.of)}"
    st.progress(min(status.done / status.of, 1.0), text=text)
    told = [event for event in runs.watch(run).events if event.get("kind") == "answers"]
    if told and told[-1]["top1"] is not None:
        last = told[-1]
        words = f"After {last['done']:,} pictures **{last['top1']:.1%}** are right"
        if last["high"] - last["low"] < 1:  # before enough blocks are done, it may be anything
            words += f"; of all it will be {last['low']:.1%} to {last['high']:.1%}, most likely"
        st.markdown(f"{words}.")


def _left(run: Run, done: int, of: int) -> str:
    """The time left in words, by the pace since the page has looked."""
    began, first = st.session_state.setdefault(f"mistakes_pace_{run.id}", (time.time(), done))
    if done - first < _LEAST:
        return ""
    seconds = (time.time() - began) / (done - first) * (of - done)
    return f" · {duration(seconds)} left"


def _buttons(run: Run) -> None:
    if run.state.is_alive:
        _BUTTONS.cancel(run)
        return
    if run.state is not State.DONE:
        _BUTTONS.resume(run, primary=True)
    _BUTTONS.delete(run, lambda: st.query_params.pop(studied.RUN, None))
