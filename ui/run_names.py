"""What tuned models are called: their runs' names."""

import streamlit as st

from core import runs

_RUN = "run/"  # a tuned model's name begins so, and ends with the id of its run


def run_name(model: str) -> str:
    """The name that the user gave to the run behind a model; empty where there is none."""
    return _names().get(model.removeprefix(_RUN), "") if model.startswith(_RUN) else ""


@st.cache_resource(ttl="30s", max_entries=1, show_spinner=False)
def _names() -> dict[str, str]:
    """By id, as they were half a minute ago."""
    return {run.id: run.name for run in runs.list_runs() if run.name}


def forget() -> None:
    """Read the names anew: one was given."""
    _names.clear()
