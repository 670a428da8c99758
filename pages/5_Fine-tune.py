"""Fine-tune: from a few labelled pictures to a tuned model, and all that was tried on the way."""

import streamlit as st

from ui import address
from ui.fine_tune.data_step import data_step
from ui.fine_tune.draft import draft, shares
from ui.fine_tune.link import follow_link
from ui.fine_tune.model_step import model_step
from ui.fine_tune.playground import draw_playground
from ui.fine_tune.recipe_step import recipe_step
from ui.fine_tune.run_view import run_view
from ui.fine_tune.runs_table import runs_table
from ui.fine_tune.start import start_step
from ui.page import FINE_TUNE, page

VIEWS = {"new": "New run", "run": "Run", "runs": "All runs", "playground": "Playground"}


def new_run() -> None:
    """Four steps; each appears when those before it are done."""
    follow_link()
    st.subheader("1 · Data", anchor=False)
    choice = data_step(**shares())
    st.subheader("2 · Model", anchor=False)
    chosen = model_step()
    if choice is None or chosen is None:
        return
    st.subheader("3 · Recipe", anchor=False)
    recipe = draft(choice.data, choice.classes, *chosen)
    recipe_step(recipe, choice.dataset)
    st.subheader("4 · Start", anchor=False)
    start_step(recipe, len(choice.dataset))


def playground() -> None:
    """The same data, and a probe that is fitted anew with every click."""
    choice = data_step(**shares())
    if choice is not None:
        draw_playground(choice)


with page(FINE_TUNE):
    st.title("Fine-tune")
    view = address.segments("View", "view", VIEWS, "tune_view")
    if view == "new":
        new_run()
    elif view == "run":
        run_view()
    elif view == "runs":
        runs_table()
    else:
        playground()
