"""Computations that take their time: started by a button, shown as a bar, given up by a click.

A click on any widget, *Cancel* among them, makes Streamlit run the page anew; the run before ends
at its next ``st`` call, which is in the progress callback here. The run that follows finds how far
it came.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from core.errors import NetlensError
from ui.remember import known, remembered

T = TypeVar("T")
Progress = Callable[[int, int], None]

_KEPT = 6  # results of each kind


@dataclass
class _Job:
    """One computation that was begun in this session and has not come to its end."""

    key: Hashable
    done: int = 0
    total: int = 0
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


def long_job(
    name: str,
    key: Hashable,
    *,
    button: str,
    what: str,
    units: str,
    compute: Callable[[Progress], T],
    primary: bool = False,
    at_once: bool = False,
    kept: int = _KEPT,
) -> T | None:
    """Draw the button, or the bar, or what became of it; the result once it is there.

    `name` tells the kinds of jobs apart, `key` all that a result depends on; `what` begins the
    sentence "Occlusion was cancelled after 40 of 196 patches.", and `units` ends it. `compute` is
    given a callback for the units done and all of them, which may never return. What `compute`
    raises is passed on. `primary` is the look of the button; `kept` results are remembered. With
    `at_once` nobody has to click, and what another widget interrupted begins anew: only *Cancel*
    stops it, and a click is needed to go on after that.
    """
    if known(name, key):
        return remembered(name, key, _impossible, kept)
    go, running = f"{name}_go", f"{name}_job"
    job = st.session_state.get(running)
    stopped = job is not None and job.key == key
    if st.session_state.pop(go, None) == key or (at_once and not (stopped and job.cancelled)):
        job = st.session_state[running] = _Job(key)
        place = st.empty()
        try:
            with place.container():
                result = remembered(name, key, lambda: _watched(job, name, units, compute), kept)
        except NetlensError:  # it failed, nobody cancelled it
            del st.session_state[running]
            place.empty()
            raise
        del st.session_state[running]
        place.empty()
        return result
    if stopped:
        far = f" after {job.done:,} of {job.total:,} {units}" if job.total else ""
        st.caption(f"{what} was cancelled{far}.")
    st.button(
        f"{button} again" if stopped else button,
        icon=":material/play_arrow:",
        type="primary" if primary else "secondary",
        key=f"{name}_start",
        on_click=st.session_state.__setitem__,
        args=(go, key),
    )
    return None


def _watched(job: _Job, name: str, units: str, compute: Callable[[Progress], T]) -> T:
    bar = st.progress(0.0, text="Beginning …")
    st.button("Cancel", icon=":material/close:", key=f"{name}_cancel", on_click=job.cancel)

    def progress(done: int, total: int) -> None:
        job.done, job.total = done, total
        bar.progress(min(done / max(total, 1), 1.0), text=f"{done:,} of {total:,} {units}")

    return compute(progress)


def _impossible() -> T:
    raise AssertionError("the shelf had it a moment ago")
