"""Some runs beside each other: their curves, and the settings in which they differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import NetlensError
from core.figures.training_curves import overlaid
from core.runs import Run
from core.training.after import review
from core.training.changes import settings
from core.training.history import History
from ui.fine_tune import controls, run_list
from ui.fine_tune.readings import reading
from ui.fine_tune.words import setting, title, value
from ui.page import plain, show_error
from ui.run_parts import STATES

_ROW = 35  # pixels


def draw(chosen: Sequence[Run]) -> None:
    """Curves laid over each other, a table of what differs, and each run's name and notes."""
    names = _names(chosen)
    histories: dict[str, History] = {}
    for run in chosen:
        try:
            histories[names[run.id]] = reading(run).history
        except NetlensError as error:
            show_error(str(error))
    if any(history.epochs for history in histories.values()):
        left, right = st.columns(2, gap="medium")
        for column, what in ((left, "accuracy"), (right, "loss")):
            with column:
                st.plotly_chart(
                    overlaid(histories, what),
                    alt=f"Validation {what} by epoch of {', '.join(histories)}",
                    config={"displayModeBar": False},
                    key=f"tune_overlaid_{what}",
                )
    if len(chosen) > 1:
        st.markdown("**What differs**")
        rows = _differences(chosen, names)
        st.dataframe(rows, hide_index=True, height=_ROW * (len(rows) + 1) + 3)
    for run in chosen:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(names[run.id])}**")
            if run.notes:
                st.caption(plain(run.notes))
            controls.rename(run)
            st.button(
                "Open",
                icon=":material/open_in_new:",
                key=f"tune_open_{run.id}",
                on_click=run_list.show,
                args=(run.id,),
            )


def _names(chosen: Sequence[Run]) -> dict[str, str]:
    """By id: the run's title, with a number where two have the same."""
    taken: dict[str, int] = {}
    names = {}
    for run in chosen:
        name = title(run)
        taken[name] = taken.get(name, 0) + 1
        names[run.id] = name if taken[name] == 1 else f"{name} ({taken[name]})"
    return names


def _differences(chosen: Sequence[Run], names: Mapping[str, str]) -> list[dict[str, str]]:
    """A row a setting that all have and that is not the same in all; then what happened."""
    spread = {run.id: settings(run.spec) for run in chosen}
    shared = [key for key in spread[chosen[0].id] if all(key in s for s in spread.values())]
    rows = []
    for key in shared:
        shown = {names[run_id]: value(key, known[key]) for run_id, known in spread.items()}
        if len(set(shown.values())) > 1:
            rows.append({"": setting(key), **shown})
    happened: list[tuple[str, Any]] = [
        ("state", lambda run: STATES[run.state][0]),
        ("validation", lambda run: _score(run, "validation")),
        ("test", lambda run: _score(run, "test")),
        ("best epoch", lambda run: str((run.result or {}).get("best_epoch", ""))),
    ]
    for label, tell in happened:
        rows.append({"": label, **{names[run.id]: tell(run) for run in chosen}})
    return rows


def _score(run: Run, part: str) -> str:
    score = (run.result or {}).get(part)
    if not score or (part == "test" and not review.is_test_open(run.folder)):
        return ""
    return f"{score['accuracy']:.1%} ({score['low']:.1%} to {score['high']:.1%})"
