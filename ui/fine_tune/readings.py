"""What this session has read of runs, so that each look at one reads only what is new."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from core import runs
from core.runs import Cursor, Run
from core.training.history import History

if TYPE_CHECKING:
    import plotly.graph_objects as go

_READINGS = "tune_readings"
_KEPT = 12


@dataclass
class Reading:
    """A run's history as far as it was read, and the figures that were drawn of it."""

    history: History = field(default_factory=History)
    cursor: Cursor = runs.START
    _figures: "dict[str, go.Figure]" = field(default_factory=dict)

    def figure(self, name: str, draw: "Callable[[History], go.Figure]") -> "go.Figure":
        """The figure of what was read; drawn once until there is news."""
        if name not in self._figures:
            self._figures[name] = draw(self.history)
        return self._figures[name]

    def go_on(self, run: Run) -> None:
        """Read what is new. Raises RunError."""
        news = runs.watch(run, self.cursor)
        if news.cursor != self.cursor:
            self.history.take(news.events, news.start)
            self._figures.clear()
        self.cursor = news.cursor


def reading(run: Run) -> Reading:
    """All that the run has reported until now. Raises RunError."""
    kept: dict[str, Reading] = st.session_state.setdefault(_READINGS, {})
    found = kept.pop(run.id, None) or Reading()
    found.go_on(run)
    kept[run.id] = found  # the last used one comes last
    for old in list(kept)[:-_KEPT]:
        kept.pop(old, None)
    return found
