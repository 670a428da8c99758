"""The evaluations of this machine, and their answers, opened once for all sessions."""

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from core import runs
from core.data import Dataset
from core.errors import EvaluationError, NetlensError
from core.evaluation.answers import FOLDER, Answers, check_same, open_answers
from core.evaluation.running import table
from core.evaluation.running.task import from_json
from core.evaluation.shipped import shipped
from core.runs import Run, State
from ui import labelled
from ui.page import plain
from ui.run_parts import recent

KIND = "evaluate"
RUN = "run"
SHIPPED = "bundled"
"""In the place of a run's id: what the bundled model says of its validation pictures."""
_SHIPPED_TITLE = "The bundled model"


@dataclass(frozen=True, eq=False)
class Studied:
    """An evaluation and its answers."""

    id: str
    """Of its run, or `SHIPPED`."""
    title: str
    run: Run | None
    answers: Answers


def evaluations() -> dict[str, Run]:
    """All on this machine by their ids, the newest first."""
    return {run.id: run for run in recent() if run.kind == KIND}


def options(*, done: bool = False) -> dict[str, str]:
    """Ids and titles of all evaluations, or of those that are done; what is shipped comes last."""
    meant = [run for run in evaluations().values() if run.state is State.DONE or not done]
    times = Counter(map(title, meant))
    found = {
        # Streamlit tells options apart by what they are called
        run.id: title(run) if times[title(run)] == 1 else f"{title(run)} · {run.id}"
        for run in meant
    }
    return found | {
        SHIPPED: f"{_SHIPPED_TITLE} on Tiny ImageNet's validation pictures (comes with it)"
    }


def missing(named: str) -> None:
    """Say that the address names a run that is none of the `options`."""
    st.warning(
        plain(f"The address asks for the run {named[:40]}, which is not on this machine."),
        icon=":material/link_off:",
    )


def opened(run_id: str) -> Studied | None:
    """The answers of a run, or of what is shipped; None while there is none.

    Raises RunError and EvaluationError.
    """
    if run_id == SHIPPED:
        return Studied(run_id, _SHIPPED_TITLE, None, _shipped())
    run = runs.get(run_id)
    if run.kind != KIND:
        raise EvaluationError(f"The run {run.id} evaluates nothing; it is of the kind {run.kind}.")
    from_json(run.spec)  # what was damaged is said here
    if not table.is_there(run.folder / FOLDER):
        return None
    changes = run.ended if not run.state.is_alive else None
    answers = open_answers(run.folder) if changes is None else _answers(run.id, changes, run)
    return Studied(run.id, title(run), run, answers)


def pictures(of: Studied) -> Dataset | None:
    """The pictures that were asked about; None, with the reason, where they are not there."""
    if of.run is None:
        st.caption(
            ":material/info: The pictures do not come with the project. Evaluate a data set of "
            "your own to see its pictures here."
        )
        return None
    try:
        dataset = labelled.dataset(str(of.run.spec["data"]), None)
        check_same(dataset, of.answers)
    except NetlensError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return None
    return dataset


def title(run: Run) -> str:
    """The name that the user gave it, or else what was asked about what."""
    if run.name:
        return run.name
    model, data = (str(run.spec.get(key, "?")).rstrip("/") for key in ("model", "data"))
    return f"{model.rpartition('/')[2]} on {data.rpartition('/')[2]}"


@st.cache_resource(max_entries=4, show_spinner=False)
def _answers(run_id: str, ended: float, _run: Run) -> Answers:
    """Opened once for all sessions: what is derived from them is kept with them."""
    return open_answers(_run.folder)


@st.cache_resource(max_entries=1, show_spinner=False)
def _shipped() -> Answers:
    return shipped()
