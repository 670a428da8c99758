"""What can be done with a run: cancel, resume, rename, delete, and look into its files."""

import json

import streamlit as st

from core import runs
from core.errors import NetlensError, RunError
from core.runs import Run, State
from ui.fine_tune import data_step, recipe_file, run_list
from ui.page import show_error
from ui.run_parts import Buttons, forget

_BUTTONS = Buttons(
    "tune",
    "It stops after the batch and keeps its last checkpoint.",
    "It goes on from its last checkpoint, at the end of the queue.",
    "Delete the run with its model, its curves and its log? They cannot be had back.",
)


def draw(run: Run) -> None:
    """The buttons that the run's state allows, and what went wrong with the last click."""
    _BUTTONS.problem()
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state.is_alive:
            _BUTTONS.cancel(run)
            return
        if run.state is not State.DONE:
            _BUTTONS.resume(run, primary=run.state is not State.FAILED)
        st.button(
            "New run like this",
            type="primary" if run.state is State.FAILED else "secondary",
            icon=":material/content_copy:",
            key="tune_again",
            help="Its settings are taken over, to be changed before the start.",
            on_click=_again,
            args=(run,),
        )
        rename(run)
        _BUTTONS.delete(run, run_list.show_all)


def rename(run: Run) -> None:
    """A run's name and notes, to be changed in a form that folds away."""
    with (
        st.popover("Name and notes", icon=":material/edit_note:"),
        st.form(f"tune_note_{run.id}", border=False),
    ):
        name = st.text_input("Name", run.name, max_chars=80)
        notes = st.text_area("Notes", run.notes, max_chars=4000)
        if st.form_submit_button("Save"):
            try:
                runs.annotate(run, name.strip(), notes.strip())
            except RunError as error:
                show_error(str(error))
                return
            forget()
            st.rerun()


def draw_files(run: Run) -> None:
    """The log and the recipe, folded away."""
    log = st.expander("Log", icon=":material/terminal:", on_change="rerun", key="tune_log")
    if log.open:
        text = runs.read_log(run)
        log.code(text or "Nothing was printed.", language=None, height=240)
    recipe = st.expander(
        "Recipe", icon=":material/data_object:", on_change="rerun", key="tune_spec"
    )
    if recipe.open:
        recipe.code(json.dumps(dict(run.spec), indent=2), language="json", height=240)


def _again(run: Run) -> None:
    try:
        recipe = recipe_file.checked(dict(run.spec))
        data_step.choose(recipe.data, recipe.classes)
        recipe_file.use(recipe)
    except NetlensError as error:
        _BUTTONS.complain(error)
        return
    st.query_params.pop("view", None)
