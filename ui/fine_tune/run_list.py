"""The runs of this machine, and which of them the page shows."""

import streamlit as st

from core import runs
from core.runs import Run
from ui.fine_tune.words import KIND
from ui.run_parts import forget

RUN, VIEW = "run", "view"


def trainings() -> tuple[Run, ...]:
    """All that tune a model, the newest first."""
    return tuple(run for run in runs.list_runs() if run.kind == KIND)


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
