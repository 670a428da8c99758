"""The view of one run, which the address names by ``run=``."""

import streamlit as st

from core import runs
from core.errors import NetlensError, RunError
from core.runs import Run, State
from core.training.after.review import is_usable
from ui import run_parts
from ui.fine_tune import live, run_list
from ui.fine_tune.readings import reading
from ui.fine_tune.result import draw_result
from ui.fine_tune.words import KIND, title
from ui.page import show_error

_PICKED = "tune_run"


def run_view() -> None:
    """Draw the run that the address names, or else the newest."""
    known = {run.id: run for run in run_parts.recent() if run.kind == KIND}
    named = st.query_params.get(run_list.RUN)
    if named is None and not known:
        st.caption("There is no run yet: start one under *New run*.")
        return
    if named is None:  # the newest stays in view when others come
        named = st.query_params[run_list.RUN] = next(iter(known))
    _picker(known, named)
    try:
        run = runs.get(named)
        if run.kind != KIND:
            raise RunError(f"The run {run.id} tunes no model; it is of the kind {run.kind}.")
        _draw(run)
    except NetlensError as error:
        show_error(str(error))


def _draw(run: Run) -> None:
    if run.state.is_alive:
        live.draw_live(run)
        return
    known = reading(run)
    live.draw_state(run, known)
    if run.state is State.DONE or is_usable(run.folder):
        try:
            draw_result(run)
        except NetlensError as error:  # its curves and its log are still worth a look
            show_error(str(error))
    live.draw_history(run, known)


def _picker(known: dict[str, Run], chosen: str) -> None:
    names = {run.id: f"{title(run)} · {run_parts.started(run)}" for run in known.values()}
    st.session_state[_PICKED] = chosen if chosen in names else None
    st.selectbox(
        "Run",
        list(names),
        index=0 if chosen in names else None,
        format_func=lambda run_id: names.get(run_id, run_id),
        key=_PICKED,
        placeholder="choose a run",
        on_change=_pick,
        label_visibility="collapsed",
    )


def _pick() -> None:
    if st.session_state[_PICKED] is not None:
        st.query_params[run_list.RUN] = st.session_state[_PICKED]
