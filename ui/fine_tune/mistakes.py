"""Answers looked through: the confusion matrix, the pictures of a cell, the worst losses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from core import evaluation
from core.data import Dataset
from core.evaluation import Predictions
from core.evaluation.confusions import most_confused, ranked
from core.figures.confusion import confusion_figure
from ui import labelled
from ui.gallery import Item, gallery
from ui.remember import remembered

_WORST = "worst"
_A_PAGE = 12
_WHOLE = 30  # classes up to which the matrix is shown whole at first
_PART = 20
_MOST, _ALL = "Most confused", "All classes"


@dataclass(frozen=True, eq=False)
class Answers:
    """What is looked through."""

    key: str
    """Of the widgets; another one for other pictures."""
    predictions: Predictions
    titles: Sequence[str]
    """Names of the classes, all different."""
    dataset: Dataset | None
    """None where its pictures cannot be shown."""

    @cached_property
    def predicted(self) -> np.ndarray:
        """(n,) int64"""
        return self.predictions.predicted


def draw(answers: Answers) -> int | None:
    """Draw matrix and pictures; the row of the picture that was clicked last, if it is there."""
    p = answers.predictions
    counts = evaluation.confusion(p.labels, answers.predicted, len(answers.titles))
    left, right = st.columns([3, 2], gap="medium")
    with right:
        place = st.container()
    with left:
        _matrix(answers, counts)
    with place:
        return _pictures(answers, counts)


def _matrix(answers: Answers, counts: np.ndarray) -> None:
    shown = np.arange(len(counts))
    if len(counts) > _WHOLE:
        part = st.segmented_control(
            "Classes",
            [_MOST, _ALL],
            default=_MOST,
            required=True,
            key=f"{answers.key}_classes",
            label_visibility="collapsed",
        )
        if part == _MOST:
            shown = most_confused(counts, _PART)
    key = f"{answers.key}_matrix"
    cell = _cell(st.session_state.get(_choice(answers), _WORST))
    places = {int(at): place for place, at in enumerate(shown)}
    framed = None
    if cell is not None and cell[0] in places and cell[1] in places:
        framed = (places[cell[0]], places[cell[1]])

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points and points[0].get("customdata"):
            truth, predicted = (int(shown[int(at)]) for at in points[0]["customdata"][:2])
            st.session_state[_choice(answers)] = f"{truth}-{predicted}"
            st.session_state.pop(_picked(answers), None)

    wrong = int(counts.sum() - np.trace(counts))
    st.plotly_chart(
        confusion_figure(
            counts[np.ix_(shown, shown)], [answers.titles[at] for at in shown], framed
        ),
        key=key,
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Confusion matrix of {len(shown)} classes: {wrong} of {counts.sum()} pictures wrong",
    )
    left_out = len(counts) - len(shown)
    more = f" {left_out} classes with fewer mistakes are left out." if left_out else ""
    st.caption(
        "Rows are the truth, columns what it was taken for; blue is right, orange wrong, by the "
        f"share of the row.{more} Click a cell to see its pictures."
    )


def _pictures(answers: Answers, counts: np.ndarray) -> int | None:
    options = _options(answers, counts)
    choice = _choice(answers)
    if st.session_state.get(choice) not in options:
        st.session_state[choice] = _WORST
    chosen = st.selectbox(
        "Pictures",
        list(options),
        key=choice,
        format_func=options.__getitem__,
        on_change=lambda: st.session_state.pop(_picked(answers), None),
    )
    p = answers.predictions
    cell = _cell(chosen)
    rows = p.worst(len(p)) if cell is None else p.cell(*cell)
    if answers.dataset is None:
        st.caption(f"{len(rows):,} pictures.")
        return None
    pages = -(-len(rows) // _A_PAGE)
    page = st.pagination(pages, key=f"{answers.key}_page_{chosen}") if pages > 1 else 1
    shown = rows[(page - 1) * _A_PAGE : page * _A_PAGE]
    gallery(
        remembered(
            "answer_pictures",
            (answers.key, cell is None, tuple(shown.tolist())),
            lambda: _items(answers, shown, cell is None),
            6,
        ),
        options[chosen],
        f"{answers.key}_gallery",
        lambda at: st.session_state.__setitem__(_picked(answers), int(at)),
        str(st.session_state.get(_picked(answers))),
    )
    words = "The truth, what it was taken for, and how probable that seemed; the worst first. "
    st.caption(f"{words * (cell is None)}Click a picture to look closer.")
    at = np.flatnonzero(p.positions == st.session_state.get(_picked(answers), -1))
    return int(at[0]) if len(at) else None


def _items(answers: Answers, rows: np.ndarray, with_class: bool) -> list[Item]:
    """Those that can be read."""
    assert answers.dataset is not None
    found = []
    for row in rows.tolist():
        at, title, alt = _words(answers, row, with_class)
        picture = labelled.thumbnail(answers.dataset, at)
        if picture is not None:
            found.append(Item(str(at), title, alt, picture))
    return found


def _words(answers: Answers, row: int, with_class: bool) -> tuple[int, str, str]:
    """Position, title and alternative text of a picture."""
    p = answers.predictions
    predicted, truth = int(answers.predicted[row]), answers.titles[p.labels[row]]
    said, share = answers.titles[predicted], float(p.probabilities[row, predicted])
    right = predicted == p.labels[row]
    title = f"{share:.0%}"
    if with_class:
        title = f"{truth}, right\n{share:.0%}" if right else f"{truth}:\n{said} · {share:.0%}"
    how = "rightly " if right else ""
    return int(p.positions[row]), title, f"{truth}, {how}taken for {said} at {share:.0%}"


def _options(answers: Answers, counts: np.ndarray) -> dict[str, str]:
    """What can be looked at: the worst, each pair, and what is right, by how often it occurs."""
    titles = answers.titles
    options = {_WORST: "The largest losses"}
    for pair in ranked(counts):
        options[f"{pair.truth}-{pair.predicted}"] = (
            f"{titles[pair.truth]} taken for {titles[pair.predicted]} · {pair.count:,}"
        )
    for at, right in enumerate(np.diag(counts)):
        if right:
            options[f"{at}-{at}"] = f"{titles[at]}, right · {right:,}"
    return options


def _cell(choice: str) -> tuple[int, int] | None:
    if choice == _WORST:
        return None
    truth, _, predicted = choice.partition("-")
    return int(truth), int(predicted)


def _choice(answers: Answers) -> str:
    return f"{answers.key}_choice"


def _picked(answers: Answers) -> str:
    return f"{answers.key}_picked"
