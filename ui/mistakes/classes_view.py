"""A table of the classes: how often each is right, and what it is taken for."""

import streamlit as st

from core.evaluation.answers import Answers
from core.evaluation.confusions import around
from core.evaluation.scores.per_class import PerClass, per_class, report
from ui import answers as asking
from ui.mistakes import where
from ui.page import plain
from ui.studied import Studied

_KEY = "mistakes_classes"
_TOP = 3


def draw(studied: Studied) -> None:
    """The table; the ticked class in detail below it; the report as text."""
    answers = studied.answers
    if not len(answers):
        st.caption("There is no answer yet that could be judged.")
        return
    scores = per_class(answers.counts)
    shown = scores.worst_first.tolist()
    table = st.dataframe(
        [_row(answers, scores, at) for at in shown],
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        key=f"{_KEY}-{studied.id}",
        placeholder="",
        column_config={
            "Class": st.column_config.TextColumn(pinned=True),
            "Recall": _percents("Of its pictures, those that were recognised"),
            "95 %": st.column_config.TextColumn(help="The interval of the recall"),
            "Precision": _percents("Of the answers that name it, those that were right"),
            "F1": _percents("The harmonic mean of both"),
            "Said": st.column_config.NumberColumn(help="How often it was the answer"),
        },
    )
    for row in table["selection"]["rows"]:
        if row < len(shown):
            _detail(studied, shown[row])
    st.download_button(
        "Report as text",
        report(scores, answers.titles),
        "report.txt",
        icon=":material/download:",
        key="mistakes_report",
        help="What scikit-learn's classification_report prints.",
    )


def _row(answers: Answers, scores: PerClass, at: int) -> dict[str, object]:
    """Shares of nothing are empty."""
    n, said = int(scores.support[at]), int(scores.said[at])
    low, high = scores.recall_interval(at)
    return {
        "Class": answers.titles[at],
        "Recall": 100 * float(scores.recall[at]) if n else None,
        "95 %": f"{100 * low:.0f} to {100 * high:.0f} %" if n else None,
        "Precision": 100 * float(scores.precision[at]) if said else None,
        "F1": 100 * float(scores.f1[at]),
        "Pictures": n,
        "Said": said,
        "Wnid": answers.classes[at][0] or "",
    }


def _percents(meaning: str) -> object:
    return st.column_config.NumberColumn(format="%.1f %%", help=meaning)


def _detail(studied: Studied, at: int) -> None:
    answers = studied.answers
    wnid, label = answers.classes[at]
    found = around(answers.counts, at, _TOP)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(answers.titles[at])}**", width="content")
            if wnid is not None:
                asking.class_link(f"Card of {label}", wnid, run=studied.id)
        for sentence, nothing, pairs, by_truth in (
            ("Taken for", "Never taken for another class.", found.taken_for, True),
            ("Seen in", "No other class is taken for it.", found.taken_from, False),
        ):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{sentence}:" if pairs else nothing, width="content")
                for pair in pairs:
                    other = pair.predicted if by_truth else pair.truth
                    st.button(
                        plain(f"{answers.titles[other]} · {pair.count:,}"),
                        key=f"mistakes_around_{pair.truth}_{pair.predicted}",
                        on_click=where.gallery,
                        kwargs=where.gallery_of(answers, pair.truth, pair.predicted),
                    )
