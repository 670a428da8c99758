"""What the model of an evaluation learnt from: an evaluation of the training pictures."""

import streamlit as st

from core import runs
from core.data import Dataset
from core.errors import NetlensError
from core.evaluation.running import part
from core.evaluation.running.task import Task, from_json
from ui import datasets, studied
from ui.page import show_error
from ui.remember import remembered
from ui.run_parts import forget
from ui.studied import Studied

_KEPT = 8
_PROBLEM = "mistakes_learnt_problem"


def of(one: Studied) -> Studied | None:
    """The newest evaluation of the same weights on the training part of the same data."""
    if one.run is None or one.run.spec["part"] == "train":
        return None
    wanted = {**one.run.spec, "part": "train"}
    for run_id, run in studied.evaluations().items():
        if run.spec == wanted and run_id != one.id:
            found = studied.opened(run_id)
            weights = one.answers.table.meta["weights"]
            if found is not None and found.answers.table.meta["weights"] == weights:
                return found
    return None


def known(dataset: Dataset, source: str, model: str) -> int | None:
    """How many pictures of a data set a model learnt from; None where nobody knows.

    Looked up once: after a run it takes the names of all pictures.
    """
    task, key = Task(source, model, "train"), (source, datasets.stamp(source), model)
    try:
        return remembered("mistakes_learnt", key, lambda: len(part.chosen(dataset, task)), _KEPT)
    except NetlensError:  # nothing is kept apart, or the data have changed since
        return None


def offer(one: Studied, dataset: Dataset) -> bool:
    """Draw the button that has the model asked about them, where it is known which they are.

    Whether it is.
    """
    if said := st.session_state.pop(_PROBLEM, None):
        show_error(said)
    if one.run is None or one.run.spec["part"] == "train":
        return False
    task = from_json({**one.run.spec, "part": "train"})
    count = known(dataset, task.data, task.model)
    if count is None:
        return False

    def start() -> None:
        name = f"What it learnt from: {one.title}"[:80]
        try:
            runs.start(studied.KIND, task.as_json(), devices=one.run.devices, name=name)
        except NetlensError as error:
            st.session_state[_PROBLEM] = str(error)
        forget()

    st.button(
        f"Look among the {count:,} training pictures, too",
        icon=":material/school:",
        key="mistakes_learnt",
        help="Asks the model about each of them, in the background; then the nearest ones are "
        "shown here.",
        on_click=start,
    )
    return True
