"""Which evaluation the page is about: in the address, so that it can be kept."""

import streamlit as st

from ui import studied
from ui.mistakes import where
from ui.run_parts import forget

_PICKED = "mistakes_run"


def choose() -> str:
    """Draw the choice; the id of the run, or `SHIPPED`. An unknown one in the address is said."""
    options = studied.options()
    named = st.query_params.get(studied.RUN, next(iter(options)))
    if named not in options:  # it may have been made elsewhere a moment ago
        forget()
        options = studied.options()
    if named not in options:
        studied.missing(named)
        named = next(iter(options))
    st.session_state[_PICKED] = named
    return st.selectbox(
        "Evaluation",
        list(options),
        format_func=options.__getitem__,
        key=_PICKED,
        on_change=lambda: show(st.session_state[_PICKED]),
    )


def show(run_id: str, **params: str | None) -> None:
    """Lead to an evaluation, in a callback; a picture of another one is put away."""
    where.take(**{studied.RUN: run_id, where.PICTURE: None}, **params)
    forget()
