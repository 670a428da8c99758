"""Step 4: where it runs, how long it will take, and the button."""

import streamlit as st

from core import models, runs
from core.errors import NetlensError
from core.training import Recipe, estimate, from_json
from core.training.history import duration
from ui import answers, hand, pickers, run_parts
from ui.fine_tune import run_list
from ui.fine_tune.words import KIND, count
from ui.page import plain, show_error

_NUMBER, _PROBLEM = "tune_start_number", "tune_start_problem"


def start_step(recipe: Recipe, size: int) -> None:
    """Draw it, for so many pictures; a click starts or queues the run and leads to its view."""
    name, device = st.columns(2, gap="medium")
    with device:
        pickers.device_picker()
    name.text_input(
        "Name",
        key="tune_name",
        max_chars=80,
        placeholder="optional",
        help="How the run, and the model that comes of it, are called in lists.",
        persist_state="session",
    )
    where = str(models.resolve_device(hand.device().name))
    number = st.session_state.setdefault(_NUMBER, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            key=f"tune_start_{number}",
            on_click=_start,
            args=(recipe, where, number),
        )
        st.caption(" · ".join([*_estimated(recipe, size, where), _queue(where)]))
    said = st.session_state.pop(_PROBLEM, None)
    if said:
        show_error(said)


def _start(recipe: Recipe, device: str, number: int) -> None:
    """The number is that of the button: a second click on the same one starts nothing."""
    if st.session_state[_NUMBER] != number:
        return
    st.session_state[_NUMBER] = number + 1
    name = st.session_state["tune_name"].strip()
    try:
        run = runs.start(KIND, recipe.as_json(), devices=[device], name=name)
    except NetlensError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state["tune_name"] = ""
    run_list.show(run.id)


def _queue(device: str) -> str:
    before = sum(r.state.is_alive and device in r.devices for r in run_parts.recent())
    return f"{count(before, 'run')} before yours on {device}"


def _estimated(recipe: Recipe, size: int, device: str) -> list[str]:
    """About how long, from the last run of the same kind or from a measured forward pass."""
    try:
        seconds = _from_past(recipe, size, device) or _measured(recipe, size)
    except NetlensError:  # whatever is wrong with the model is said where it is chosen
        return []
    return [] if seconds is None else [f"about {plain(duration(seconds))}"]


def _from_past(recipe: Recipe, size: int, device: str) -> float | None:
    for run in run_parts.recent():
        if run.state is not runs.State.DONE or device not in run.devices or not run.result:
            continue
        try:
            found = estimate.from_run(recipe, size, from_json(dict(run.spec)), run.result)
        except NetlensError:  # a recipe of a newer Netlens
            continue
        if found is not None:
            return found
    return None


def _measured(recipe: Recipe, size: int) -> float | None:
    info = models.info(recipe.model)
    if models.on_machine(info) is None:
        return None
    device = hand.device()
    seconds, side = _time_of_pass(info.name, device.name, device.half)
    return estimate.from_pass(recipe, size, seconds, side)


@st.cache_resource(max_entries=32, show_spinner="Measuring the network …")
def _time_of_pass(name: str, device: str, half: bool) -> tuple[float, int]:
    """Seconds, and the side of the picture; the session's device is named for the cache."""
    model = answers.load_model(name)
    return estimate.time_of_pass(model), model.preprocess.input_size
