"""What is taken for what: groups of classes first, then their classes, then the pictures."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.evaluation.answers import Answers
from core.evaluation.confusions import most_confused_between, mutual, part
from core.evaluation.hierarchy.groups import OTHER, Group, group_of
from core.figures.confusion import confusion_figure
from ui.mistakes import where
from ui.page import plain
from ui.studied import Studied

_WHOLE = 30  # classes up to which all are shown at once
_PART = 20
_PAIRS = 100
_NAME, _NARROW = 78, 50  # pixels
_MATRIX, _TABLE = "mistakes_matrix", "mistakes_pairs"


def draw(studied: Studied) -> None:
    """The matrix of what the address names, and the classes that are confused most."""
    answers = studied.answers
    if not len(answers):
        st.caption("There is no answer yet that could be judged.")
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _matrix(answers)
    with right:
        _pairs(answers)


def _matrix(answers: Answers) -> None:
    truths, said = where.classes(answers, where.TRUTH), where.classes(answers, where.SAID)
    occurring = np.flatnonzero(answers.counts.support + answers.counts.said)
    if truths is None and said is None:
        if len(occurring) > _WHOLE:
            _of_groups(answers)
            return
        _of_classes(answers, occurring, occurring)
        return
    st.button(
        "All groups" if len(occurring) > _WHOLE else "All classes",
        icon=":material/arrow_back:",
        key="mistakes_all",
        on_click=where.take,
        kwargs={where.TRUTH: None, where.SAID: None},
    )
    st.caption(f"Within {where.name(answers, where.TRUTH)} and {where.name(answers, where.SAID)}.")
    rows, columns = truths or said or (), said or truths or ()
    _of_classes(answers, np.intersect1d(rows, occurring), np.intersect1d(columns, occurring))


def _of_groups(answers: Answers) -> None:
    found = answers.groups
    counts = answers.counts.merged(group_of(found, len(answers.classes)), len(found))
    used = np.flatnonzero(counts.sum(0) + counts.sum(1))

    def clicked(truth: int, said: int) -> None:
        where.take(**{where.TRUTH: _key(found[used[truth]]), where.SAID: _key(found[used[said]])})

    labels = [found[at].label for at in used.tolist()]
    _draw(counts[np.ix_(used, used)], labels, clicked)
    st.caption(
        "Rows are the truth, columns what it was taken for, both in groups of WordNet; the "
        "stronger, the larger the share of the row. On the diagonal the group is right, if not "
        "the class. Click a cell to see its classes."
    )


def _of_classes(answers: Answers, truths: np.ndarray, said: np.ndarray) -> None:
    """Both as rows and as columns; of many the ones that matter to how one is taken for another."""
    classes = np.union1d(truths, said)
    if not len(classes):
        st.caption("There are no answers between these classes.")
        return
    counts = answers.counts
    if len(classes) > _WHOLE:
        classes = most_confused_between(counts, truths, said, _PART)
    shown = part(counts, classes)

    def clicked(truth: int, said: int) -> None:
        keys = [_class_key(answers, shown.classes, at) for at in (truth, said)]
        named = {where.TRUTH: keys[0], where.SAID: keys[1]}
        chosen = {param: key for param, key in named.items() if key is not None}
        where.gallery(**chosen, **{where.SHOW: "all"})

    labels = [answers.titles[at] for at in shown.classes.tolist()]
    labels += ["all others"] * (len(shown.counts) - len(labels))
    _draw(shown.counts, labels, clicked)
    st.caption(
        "Rows are the truth, columns what it was taken for; blue is right, orange wrong, by the "
        "share of the row. Click a cell to see its pictures."
    )


def _draw(counts: np.ndarray, labels: Sequence[str], on_cell: Callable[[int, int], None]) -> None:
    def clicked() -> None:
        points = st.session_state[_MATRIX]["selection"]["points"]
        if points and points[0].get("customdata"):
            truth, said = (int(at) for at in points[0]["customdata"][:2])
            on_cell(truth, said)

    wrong = int(counts.sum() - np.trace(counts))
    st.plotly_chart(
        confusion_figure(counts, labels),
        key=_MATRIX,
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Confusion matrix of {len(labels)} rows: {wrong:,} of {counts.sum():,} off the "
        "diagonal",
    )


def _pairs(answers: Answers) -> None:
    st.markdown("**Confused most, both ways together**")
    pairs = mutual(answers.counts, _PAIRS)
    if not pairs:
        st.caption("Nothing is taken for anything else.")
        return
    titles = answers.titles
    table = st.dataframe(
        [
            {
                "One": titles[pair.a],
                "Other": titles[pair.b],
                "Times": pair.count,
                "→": pair.forth,
                "←": pair.back,
            }
            for pair in pairs
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=_TABLE,
        column_config={
            "One": st.column_config.TextColumn(width=_NAME),
            "Other": st.column_config.TextColumn(width=_NAME),
            "Times": st.column_config.NumberColumn(width=_NARROW),
            "→": st.column_config.NumberColumn(width=_NARROW),
            "←": st.column_config.NumberColumn(width=_NARROW),
        },
    )
    st.caption("→ the one was taken for the other, ← the other for the one. Tick a row to look.")
    for row in table["selection"]["rows"]:
        if row < len(pairs):
            _look(answers, pairs[row].a, pairs[row].b)


def _look(answers: Answers, a: int, b: int) -> None:
    """Two buttons to the pictures of a pair."""
    with st.container(horizontal=True):
        for one, other in ((a, b), (b, a)):
            st.button(
                plain(f"{answers.titles[one]} taken for {answers.titles[other]}"),
                icon=":material/photo_library:",
                key=f"mistakes_pair_{one}_{other}",
                on_click=where.gallery,
                kwargs=where.gallery_of(answers, one, other),
            )


def _key(group: Group) -> str:
    return group.wnid or OTHER


def _class_key(answers: Answers, classes: np.ndarray, at: int) -> str | None:
    """None for the row, or column, of all others."""
    return where.key_of(answers, int(classes[at])) if at < len(classes) else None
