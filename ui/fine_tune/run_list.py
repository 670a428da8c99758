"""The runs of this machine, and which of them the page shows."""

import streamlit as st

from core import runs
from core.runs import Run
from ui import run_names
from ui.fine_tune.words import KIND

RUN, VIEW = "run", "view"


def trainings() -> tuple[Run, ...]:
    """All that tune a model, the newest first."""
    return tuple(run for run in runs.list_runs() if run.kind == KIND)


@st.cache_resource(ttl="2s", max_entries=1, show_spinner=False)
def recent() -> tuple[Run, ...]:
    """All runs as they were up to two seconds ago: for what may be that old."""
    return runs.list_runs()


def show(run_id: str) -> None:
    """Lead to a run's view, in a callback."""
    st.query_params[RUN] = run_id
    st.query_params[VIEW] = "run"
    forget()


def show_all() -> None:
    """Lead to the table of all runs, in a callback."""
    st.query_params.pop(RUN, None)
    st.query_params[VIEW] = "runs"
    forget()


def forget() -> None:
    """Something changed: what was listed is listed anew."""
    recent.clear()
    run_names.forget()
