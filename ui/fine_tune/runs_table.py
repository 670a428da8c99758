"""All runs: what was changed from one to the next, and what happened."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core import runs
from core.runs import Run
from core.training.after import review
from core.training.changes import changes
from ui.fine_tune import comparison, run_list
from ui.fine_tune.words import (
    data_name,
    mode,
    setting,
    short_model,
    title,
    value,
)
from ui.page import plain
from ui.run_parts import STATES, started

_MOST = 8  # runs whose curves are laid over each other
_NAMED = 4  # changes


def runs_table() -> None:
    """The table; ticked runs are compared below it."""
    found = run_list.trainings()
    for sentence in runs.problems():
        st.caption(f":material/warning: {plain(sentence)}")
    if not found:
        st.caption("There is no run yet: start one under *New run*.")
        return
    wanted = st.text_input(
        "Filter",
        key="tune_filter",
        placeholder="words of a name, data set, model, mode, state or note",
        label_visibility="collapsed",
        icon=":material/search:",
        persist_state="session",
    )
    changed = _changed(found)
    shown = [run for run in found if _has(run, wanted.lower().split())]
    st.caption(
        f"{len(shown):,} of {len(found):,} runs. Tick some to lay their curves over each other."
    )
    table = st.dataframe(
        [_row(run, changed[run.id]) for run in shown],
        column_config=_COLUMNS,
        hide_index=True,
        placeholder="",
        height=min(36 * (len(shown) + 1) + 2, 420),
        on_select="rerun",
        selection_mode="multi-row",
        key=f"tune_runs-{hash(tuple(run.id for run in shown))}",
    )
    ticked = [shown[row] for row in table["selection"]["rows"] if row < len(shown)]
    if len(ticked) > _MOST:
        st.caption(f"The first {_MOST} of them are compared.")
    if ticked:
        comparison.draw(ticked[:_MOST])


def _has(run: Run, words: Sequence[str]) -> bool:
    text = " ".join(
        (
            title(run), data_name(run.spec), str(run.spec.get("model")), mode(run.spec),
            run.state, run.notes, run.id,
        )
    ).lower()  # fmt: skip
    return all(word in text for word in words)


def _changed(found: Sequence[Run]) -> dict[str, str]:
    """By id: what differs from the run before it on the same data, in words."""
    before: dict[str, Run] = {}
    said = {}
    for run in reversed(found):
        data = str(run.spec.get("data"))
        last = before.get(data)
        first = f"first on {data_name(run.spec)}"
        said[run.id] = first if last is None else in_words(changes(last.spec, run.spec))
        before[data] = run
    return said


def in_words(differences: Mapping[str, tuple[object, object]]) -> str:
    """Such as ``epochs 5 → 10, rate 0.001 → 0.01``."""
    if not differences:
        return "nothing"
    parts = [
        f"{setting(key)} {value(key, old)} → {value(key, new)}"
        for key, (old, new) in differences.items()
    ]
    more = f", and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return ", ".join(parts[:_NAMED]) + more


def _row(run: Run, changed: str) -> dict[str, object]:
    return {
        "Name": title(run),
        "State": STATES[run.state][0],
        "Validation": _percent(run, "validation"),
        "Test": _percent(run, "test") if review.is_test_open(run.folder) else None,
        "Changed": changed,
        "Data": data_name(run.spec),
        "Model": short_model(run.spec),
        "Mode": mode(run.spec),
        "Begun": started(run),
        "Seconds": (run.result or {}).get("seconds"),
        "Notes": run.notes,
    }


def _percent(run: Run, part: str) -> float | None:
    score = (run.result or {}).get(part)
    return None if score is None else 100 * score["accuracy"]


_COLUMNS = {
    "Name": st.column_config.TextColumn(width="medium", pinned=True),
    "State": st.column_config.TextColumn(width="small"),
    "Validation": st.column_config.NumberColumn(format="%.1f %%", width="small"),
    "Test": st.column_config.NumberColumn(
        format="%.1f %%", width="small", help="Of runs whose test was opened"
    ),
    "Changed": st.column_config.TextColumn(
        width="large", help="From the run before it on the same data"
    ),
    "Seconds": st.column_config.NumberColumn(format="%.0f s", width="small"),
    "Notes": st.column_config.TextColumn(width="medium"),
}
