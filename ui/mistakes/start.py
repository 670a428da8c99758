"""A new evaluation: which model, which data, where; and the button."""

import streamlit as st

from core import models, runs
from core.errors import NetlensError
from core.evaluation.running.task import PARTS, Part, Task
from core.training import suggest
from ui import data_changes, datasets, hand, imports, pickers, studied, weights
from ui.folder_form import folder_form
from ui.mistakes import choice, fit_report, learnt
from ui.page import show_error
from ui.run_names import run_name

_MODEL, _DATA, _PART, _NAME = "mistakes_model", "mistakes_data", "mistakes_part", "mistakes_name"
_NUMBER, _PROBLEM = "mistakes_start_number", "mistakes_start_problem"
_PART_NAMES = {"test": "Not learnt from", "train": "Learnt from", "all": "All"}
_LESSON = "shapes-background"
"""Its shortcut makes mistakes that can be understood."""


def draw() -> None:
    """Draw the form; a click starts or queues the run and leads to it."""
    imports.follow(_added)
    options = pickers.model_options()
    left, right = st.columns(2, gap="medium")
    with left:
        st.session_state[_MODEL] = hand.model_names()[0]
        name = st.selectbox(
            "Model",
            list(options),
            key=_MODEL,
            format_func=lambda one: run_name(one) or options[one],
            on_change=lambda: hand.take_models([st.session_state[_MODEL]]),
        )
        known = datasets.names()
        source = st.selectbox(
            "Data set",
            list(known),
            key=_DATA,
            format_func=lambda one: f"{one} · {known[one]}",
            persist_state="session",
        )
    with right:
        pickers.device_picker()
        parts = _parts(source, name)
        if st.session_state.get(_PART) not in parts:
            st.session_state[_PART] = parts[0]
        part = st.segmented_control(
            "Pictures",
            parts,
            required=True,
            format_func=_PART_NAMES.__getitem__,
            key=_PART,
            help="Not learnt from is what the data set keeps for testing; of a model that was "
            "tuned here on the same data, the pictures that its run kept apart. The others are "
            "asked about to find what an error was learnt from.",
        )
    st.text_input("Name", key=_NAME, max_chars=80, placeholder="optional", persist_state="session")
    task = Task(source, name, part)
    number = st.session_state.setdefault(_NUMBER, 0)
    if weights.ready([name]) and _fits(task):
        where = str(models.resolve_device(hand.device().name))
        st.button(
            "Evaluate",
            type="primary",
            icon=":material/play_arrow:",
            key=f"mistakes_start_{number}",
            on_click=_start,
            args=(task, where, number),
        )
    _problem()
    imports.draw()
    with st.expander("Add a data set", icon=":material/add:"):
        folder_form("mistakes_folder", _added)


def _parts(source: str, model: str) -> tuple[Part, ...]:
    """Those that can be told apart; all pictures alone where nobody knows what was learnt."""
    try:
        is_known = learnt.known(datasets.opened(source), source, model) is not None
    except NetlensError:  # what is wrong with the data is said below
        return ("all",)
    return PARTS if is_known else ("all",)


def _fits(task: Task) -> bool:
    """Say what has become of the data set, and what of it the model knows; whether it knows any."""
    try:
        data_changes.draw(task.data, "mistakes")
        return fit_report.draw(task)
    except NetlensError as error:
        show_error(str(error))
        return False


def _added(name: str) -> None:
    st.session_state[_DATA] = name


def lesson() -> None:
    """One click that teaches a probe the shapes, and studies its mistakes; no data are needed."""
    number = st.session_state.setdefault(_NUMBER, 0)
    st.button(
        f"Tune a probe on {_LESSON}, and study its mistakes",
        icon=":material/school:",
        key=f"mistakes_lesson_{number}",
        help="Two short runs: the bundled model learns drawn shapes in front of colours that give "
        "them away, and is then asked about shapes in front of other colours.",
        on_click=_teach,
        args=(number,),
    )
    _problem()


def _start(task: Task, device: str, number: int) -> None:
    """The number is that of the button: a second click on the same one starts nothing."""
    if st.session_state[_NUMBER] != number:
        return
    st.session_state[_NUMBER] = number + 1
    name = st.session_state[_NAME].strip()
    try:
        run = runs.start(studied.KIND, task.as_json(), devices=[device], name=name)
    except NetlensError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_NAME] = ""
    _lead_to(run.id)


def _teach(number: int) -> None:
    """The second run waits for the first, since both are of one device."""
    if st.session_state[_NUMBER] != number:
        return
    st.session_state[_NUMBER] = number + 1
    device = str(models.resolve_device(hand.device().name))
    try:
        recipe = suggest(_LESSON, models.DEFAULT_MODEL, "probe")
        tuned = runs.start("train", recipe.as_json(), devices=[device], name=f"Probe on {_LESSON}")
        task = Task(_LESSON, f"run/{tuned.id}")
        name = f"A probe's mistakes on {_LESSON}"
        run = runs.start(studied.KIND, task.as_json(), devices=[device], name=name)
    except NetlensError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    _lead_to(run.id)


def _lead_to(run_id: str) -> None:
    choice.show(run_id, view=None)


def _problem() -> None:
    if said := st.session_state.pop(_PROBLEM, None):
        show_error(said)
