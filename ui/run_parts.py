"""Runs of every kind, as the pages that start them show them: states, lists and buttons."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core import runs
from core.errors import NetlensError, RunError
from core.runs import Run, State
from ui import run_names
from ui.page import show_error

STATES = {
    State.QUEUED: ("queued", ":material/hourglass_empty:", "gray"),
    State.RUNNING: ("running", ":material/play_circle:", "blue"),
    State.DONE: ("done", ":material/check_circle:", "green"),
    State.FAILED: ("failed", ":material/error:", "red"),
    State.CANCELLED: ("cancelled", ":material/cancel:", "gray"),
    State.INTERRUPTED: ("interrupted", ":material/power_off:", "orange"),
}
"""Each with its name, icon and colour."""


def badge(run: Run) -> None:
    """The run's state."""
    name, icon, colour = STATES[run.state]
    if run.stopping:
        name, icon = "stopping", ":material/pending:"
    st.badge(name, icon=icon, color=colour)


def started(run: Run) -> str:
    """When it was made, in the server's time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))


@st.cache_resource(ttl="2s", max_entries=1, show_spinner=False)
def recent() -> tuple[Run, ...]:
    """All runs as they were up to two seconds ago: for what may be that old."""
    return runs.list_runs()


def forget() -> None:
    """Something changed: what was listed is listed anew."""
    recent.clear()
    run_names.forget()


@dataclass(frozen=True, slots=True)
class Buttons:
    """The buttons of one page, whose keys begin with ``key``."""

    key: str
    cancelled: str
    """What is kept of a run that is cancelled."""
    resumed: str
    """Where one goes on."""
    deleted: str
    """The question before one is deleted."""

    def problem(self) -> None:
        """What went wrong with the last click."""
        if said := st.session_state.pop(self._problem, None):
            show_error(said)

    def cancel(self, run: Run) -> None:
        """For a run that is alive."""
        st.button(
            "Cancel",
            icon=":material/stop:",
            key=f"{self.key}_cancel",
            disabled=run.stopping,
            help=self.cancelled,
            on_click=self.attempt,
            args=(lambda: runs.cancel(run),),
        )

    def resume(self, run: Run, *, primary: bool) -> None:
        """For a run that ended before it was done."""
        st.button(
            "Resume",
            type="primary" if primary else "secondary",
            icon=":material/play_arrow:",
            key=f"{self.key}_resume",
            help=self.resumed,
            on_click=self.attempt,
            args=(lambda: runs.resume(run),),
        )

    def delete(self, run: Run, leave: Callable[[], None]) -> None:
        """For a run that has ended; once it is gone, ``leave`` leads elsewhere."""

        def gone() -> None:
            runs.delete(run)
            leave()

        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(self.deleted)
            st.button(
                "Delete it for good",
                icon=":material/delete_forever:",
                key=f"{self.key}_delete",
                on_click=self.attempt,
                args=(gone,),
            )

    def attempt(self, do: Callable[[], object]) -> None:
        """Do it, in a callback; what is wrong is said in the next run."""
        try:
            do()
        except RunError as error:
            self.complain(error)
        forget()

    def complain(self, error: NetlensError) -> None:
        """Have it said in the next run, in a callback."""
        st.session_state[self._problem] = str(error)

    @property
    def _problem(self) -> str:
        return f"{self.key}_run_problem"
