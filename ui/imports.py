"""Data sets that are registered in the background: begun, shown as a bar, and chosen at the end."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import data, runs
from core.data.registry import check_name
from core.errors import RunError
from core.runs import Run, State
from ui import datasets
from ui.page import plain, show_error
from ui.run_parts import Buttons, badge, forget, recent

KIND = "import"
_TICK = 1.0  # seconds
_WATCHED = "imports_watched"  # ids of those whose end this session waits for


def begin(path: str | Path, name: str | None) -> str | None:
    """Register a path in a callback, at once where that takes a moment; the name that it has then.

    None where a run was started for it, or one is at it already. Raises DataError and RunError.
    """
    where = data.check_allowed(path)
    if data.is_quick(where):
        added = data.register(where, name).name
        datasets.open_again(added)
        return added
    if name is not None:
        check_name(name)
    spec = {"path": str(where), "name": name}
    run = next((run for run in _open() if run.state.is_alive and run.spec == spec), None)
    run = run or runs.start(KIND, spec, devices=["disk"], name=name or where.name)
    _watched().add(run.id)
    forget()
    return None


def follow(on_added: Callable[[str], None]) -> None:
    """Hand over the names of data sets whose import has ended; before any widget is drawn."""
    for run in _all():
        if run.state.is_alive:
            _watched().add(run.id)
        elif run.id in _watched() and run.state is State.DONE:
            _watched().discard(run.id)
            added = str((run.result or {})["name"])
            datasets.open_again(added)
            on_added(added)


def draw() -> None:
    """Draw the imports that go on, and those that have ended before they were done."""
    for run in _open():
        if run.state.is_alive:
            st.fragment(_tick, run_every=_TICK)(run.id)
        else:
            _state(run)


def _all() -> list[Run]:
    return [run for run in recent() if run.kind == KIND]


def _open() -> list[Run]:
    return [run for run in _all() if run.state is not State.DONE]


def _watched() -> set[str]:
    return st.session_state.setdefault(_WATCHED, set())


def _tick(run_id: str) -> None:
    try:
        run = runs.get(run_id)
    except RunError:  # deleted meanwhile
        _anew()
    if not run.state.is_alive:
        _anew()
    _state(run)


def _anew() -> None:
    """Have the page drawn with what there is now."""
    forget()
    st.rerun()


def _state(run: Run) -> None:
    buttons = Buttons(
        f"import_{run.id}",
        "What is listed by then is kept, and it can be resumed.",
        "It goes on with what is not listed yet.",
        "Give up adding this data set? Its pictures stay where they are.",
    )
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Adding **{plain(run.name)}**")
            badge(run)
            st.caption(plain(str(run.spec.get("path", ""))))
        if run.state is State.QUEUED:
            before = runs.position(run)
            st.progress(0.0, text=f"{before} run{'s' * (before != 1)} before this one")
        elif run.state is State.RUNNING:
            st.progress(*_progress(run))
        elif run.message:
            show_error(run.message) if run.state is State.FAILED else st.caption(plain(run.message))
        buttons.problem()
        with st.container(horizontal=True):
            if run.state.is_alive:
                buttons.cancel(run)
            else:
                buttons.resume(run, primary=False)
                buttons.delete(run, lambda: None)


def _progress(run: Run) -> tuple[float, str]:
    """A share of what is being done now, and that in words."""
    status = runs.status(run)
    if status is None or not status.of:
        return 0.0, plain(f"{status.what if status else 'starting'} …").capitalize()
    text = f"{status.what}: {status.done:,} of {status.of:,}".capitalize()
    return min(status.done / status.of, 1.0), plain(text)
