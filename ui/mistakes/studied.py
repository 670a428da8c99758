"""The evaluations of this machine, and the one that is studied."""

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from core import runs
from core.errors import EvaluationError
from core.evaluation.answers import FOLDER, Answers, open_answers
from core.evaluation.running import table
from core.evaluation.shipped import shipped
from core.runs import Run
from ui.page import plain
from ui.run_parts import forget, recent

KIND = "evaluate"
RUN = "run"
SHIPPED = "bundled"
"""In the place of a run's id: what the bundled model says of its validation pictures."""
_PICKED = "mistakes_run"


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


def choose() -> str:
    """Draw the choice; the id of the run, or `SHIPPED`. An unknown one in the address is said."""
    known = evaluations()
    times = Counter(map(title, known.values()))
    options = {
        # Streamlit tells options apart by what they are called
        run_id: title(run) if times[title(run)] == 1 else f"{title(run)} · {run_id}"
        for run_id, run in known.items()
    }
    options[SHIPPED] = "The bundled model on Tiny ImageNet's validation pictures (comes with it)"
    named = st.query_params.get(RUN, next(iter(options)))
    if named not in options:
        st.warning(
            plain(f"The address asks for the run {named[:40]}, which is not on this machine."),
            icon=":material/link_off:",
        )
        named = next(iter(options))
    st.session_state[_PICKED] = named
    return st.selectbox(
        "Evaluation",
        list(options),
        format_func=options.__getitem__,
        key=_PICKED,
        on_change=lambda: show(st.session_state[_PICKED]),
    )


def show(run_id: str) -> None:
    """Lead to an evaluation, in a callback."""
    st.query_params[RUN] = run_id
    forget()


def opened(run_id: str) -> Studied | None:
    """The answers of a run, or of what is shipped; None while there is none.

    Raises RunError and EvaluationError.
    """
    if run_id == SHIPPED:
        return Studied(run_id, "The bundled model", None, _shipped())
    run = runs.get(run_id)
    if run.kind != KIND:
        raise EvaluationError(f"The run {run.id} evaluates nothing; it is of the kind {run.kind}.")
    if not table.is_there(run.folder / FOLDER):
        return None
    changes = run.ended if not run.state.is_alive else None
    answers = open_answers(run.folder) if changes is None else _answers(run.id, changes, run)
    return Studied(run.id, title(run), run, answers)


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
