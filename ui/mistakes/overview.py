"""How good a model is as a whole: figures, groups, granularity, calibration, weak slices."""

import math

import numpy as np
import streamlit as st

from core.evaluation.answers import Answers
from core.evaluation.hierarchy.groups import OTHER, GroupScore, group_scores
from core.evaluation.hierarchy.severity import GRADES, WORDS, merged_accuracy
from core.evaluation.scores.headline import Headline
from core.evaluation.scores.per_class import per_class
from core.evaluation.selection import CONFIDENCE, Span
from core.figures.calibration import calibration_figure
from core.figures.granularity import granularity_figure
from ui.mistakes import where
from ui.page import plain
from ui.studied import Studied

_CALIBRATION = "mistakes_calibration"
_NO_TOOLS = {"displayModeBar": False}
_WEAKEST = 5


def headline(answers: Answers) -> None:
    """The figures above every view."""
    of, only_said = answers.headline, per_class(answers.counts).only_said
    alike = "every class counts alike" + (
        f"; {only_said:,} without a picture count 0" if only_said else ""
    )
    with st.container(horizontal=True):
        _share("Top-1", of.top1, of.top1_low, of.top1_high)
        _share("Top-5", of.top5, of.top5_low, of.top5_high)
        _metric("Calibration error", f"{of.ece:.1%}", "how far its sureness is off, on average")
        _metric("Log loss", f"{of.log_loss:.2f}", "nats; less is better")
        _metric("Macro F1", f"{of.macro_f1:.1%}", alike)
        if of.real_n:
            _metric("Top-1 under ReaL", f"{of.real_top1:.1%}", f"of {of.real_n:,} pictures")


def base(of: Headline) -> None:
    """How many pictures the figures are of, and which were left out."""
    left_out = [
        f"{number:,} {what}"
        for number, what in (
            (of.unmatched, "of classes that the model does not know"),
            (of.unreadable, "that cannot be read"),
        )
        if number
    ]
    more = f" Left out: {' and '.join(left_out)}." if left_out else ""
    st.caption(f"Of {of.n:,} pictures.{more} Intervals are of 95 %.")


def draw(studied: Studied) -> None:
    """The view."""
    answers = studied.answers
    if not len(answers):
        st.caption("There is no answer yet that could be judged.")
        return
    _grades(answers)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("As classes are merged", anchor=False)
        merged = merged_accuracy(answers.counts, answers.hierarchy)
        if merged.n:
            st.plotly_chart(
                granularity_figure((studied.title, merged)),
                config=_NO_TOOLS,
                key="mistakes_granularity",
                alt=f"Accuracy from {merged.accuracy[0]:.1%} to 100 % as classes are merged",
            )
            st.caption(
                "At height 0 the class itself must be named; at 5 any dog will do for a dog; at "
                "the root, anything. A line that rises early knows dogs, if not the breed."
            )
        else:
            st.caption("None of the classes has a place in WordNet.")
    with right:
        st.subheader("Calibration", anchor=False)
        found = answers.reliability

        def clicked() -> None:
            points = st.session_state[_CALIBRATION]["selection"]["points"]
            if points and points[0].get("customdata"):
                at = int(points[0]["customdata"][0])
                span = Span(CONFIDENCE, *found.ends(at))
                where.gallery(**{where.SLICE: where.span_key(span), where.SHOW: "all"})

        st.plotly_chart(
            calibration_figure(found),
            config=_NO_TOOLS,
            key=_CALIBRATION,
            on_select=clicked,
            selection_mode="points",
            alt=f"Share of right answers by confidence; calibration error "
            f"{found.expected_error:.1%}",
        )
        how = "too sure" if np.nansum(found.gaps * found.n) > 0 else "not sure enough"
        st.caption(
            "Bars below the dotted line: it is surer than it is right. On the whole it is "
            f"**{how}**. Click a bar to see its pictures."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _groups(answers)
    with right:
        _slices(answers)


def _share(name: str, value: float, low: float, high: float) -> None:
    interval = "" if math.isnan(value) else f"{low:.1%} to {high:.1%}"
    _metric(name, "–" if math.isnan(value) else f"{value:.1%}", interval)


def _metric(name: str, value: str, meaning: str) -> None:
    with st.container(border=True):
        st.metric(name, "–" if value.startswith("nan") else value)
        st.caption(meaning or "no answers yet")


def _grades(answers: Answers) -> None:
    """How bad the errors are, in a sentence."""
    counts = answers.graded
    wrong = int(counts[1:].sum())
    if not wrong:
        st.caption("There is no error.")
        return
    told = [
        f"**{count / wrong:.0%}** {WORDS[grade]}"
        for grade, count in zip(GRADES[1:], counts[1:].tolist(), strict=True)
        if count
    ]
    st.markdown(f"Of the {wrong:,} errors " + ", ".join(told) + ".")


def _groups(answers: Answers) -> None:
    st.subheader("Groups of classes", anchor=False)
    found = group_scores(answers.counts, answers.groups)
    # by the upper end, so that a group of one picture does not lead
    found = sorted((one for one in found if one.n), key=lambda one: one.exact_interval[1])
    rows = [_group_row(score) for score in found]
    table = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="mistakes_groups",
        height=min(36 * (len(rows) + 1) + 2, 380),
        column_config={
            # together as wide as half a page of 1280 pixels; on a wider one they grow
            "Group": st.column_config.TextColumn(width=78),
            "Its class": st.column_config.NumberColumn(format="%.0f %%", width=62),
            "95 %": st.column_config.TextColumn(help="The interval of its class", width=86),
            "Its group": st.column_config.NumberColumn(format="%.0f %%", width=66),
            "Pictures": st.column_config.NumberColumn(format="localized", width=66),
        },
        alt=f"Accuracy of {len(rows)} groups of classes",
    )
    st.caption(
        "How often it names the class, and how often at least one of the same group. The lowest "
        "upper end of the interval comes first."
    )
    for row in table["selection"]["rows"]:
        if row < len(found):
            group = found[row].group
            st.button(
                plain(f"Errors in {rows[row]['Group']}"),
                icon=":material/photo_library:",
                key="mistakes_group_errors",
                on_click=where.gallery,
                kwargs={where.TRUTH: group.wnid or OTHER},
            )


def _group_row(score: GroupScore) -> dict[str, object]:
    low, high = score.exact_interval
    return {
        "Group": score.group.label if score.group.label != OTHER else "all others",
        "Its class": 100 * score.exact / score.n,
        "95 %": f"{100 * low:.0f} to {100 * high:.0f} %",
        "Its group": 100 * score.within / score.n,
        "Pictures": score.n,
    }


def _slices(answers: Answers) -> None:
    st.subheader("Where it is weak", anchor=False)
    found = answers.findings
    clear = [finding for finding in found if finding.is_clear][:_WEAKEST]
    if not clear:
        st.caption(
            "No kind of picture (by size, light, contrast, sharpness, colour, what the crop leaves "
            "out, or where the object is) does so much worse that it could not be chance."
        )
        return
    for finding in clear:
        part = finding.slice
        text, look = st.columns([5, 1], vertical_alignment="center")
        with text:
            st.markdown(
                f"**{plain(part.words)}**: "
                f"{part.accuracy:.1%} right, {100 * finding.below:.1f} points less than the "
                f"others · {part.n:,} pictures"
            )
        with look:
            st.button(
                "Look",
                type="tertiary",
                key=f"mistakes_slice_{part.signal}_{part.low}",
                help="The errors among these pictures",
                on_click=where.gallery,
                kwargs={where.SLICE: where.span_key(Span(part.signal, part.low, part.high))},
            )
    st.caption(
        f"Only what {len(found)} comparisons at once leave no doubt about (Fisher's test, "
        "corrected by Holm)."
    )
