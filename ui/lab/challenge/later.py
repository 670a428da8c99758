"""What later work found out, and what wrong labels do to a measured accuracy."""

import streamlit as st

from core import catalog
from core.catalog import quirks
from core.figures.lab.challenge_counting import noise_chart
from core.lab.challenge.counting import measured_accuracy, true_accuracy
from core.lab.challenge.record import history
from core.lab.question import Number
from ui import hand, studied
from ui.lab.challenge.sources import cite
from ui.lab.station import ask, formula, numbers
from ui.page import CLASSES, MISTAKES, plain

_ASKED_WRONG = 0.06  # what Northcutt et al. (2021) found at least


def findings() -> None:
    """One finding at a time, then label noise by hand."""
    found = {one.name: one for one in history().findings}
    icons = {name: f":material/{one.icon}: {name}" for name, one in found.items()}
    chosen = st.pills(
        "Finding",
        list(found),
        default=next(iter(found)),
        required=True,
        format_func=icons.__getitem__,
        key="lab_challenge_finding",
        persist_state="session",
        label_visibility="collapsed",
    )
    st.markdown(plain(found[chosen].text))
    cite(found[chosen])
    st.page_link(
        MISTAKES.script,
        label="Review labels yourself",
        icon=":material/how_to_vote:",
        query_params={studied.RUN: studied.SHIPPED, "view": "review", **hand.link_params()},
    )
    with st.expander("Look-alike classes", icon=":material/content_copy:"):
        _look_alikes()
    st.subheader("Wrong labels by hand", anchor=False)
    _noise()


def claims() -> None:
    """What is often said; what the source says opens on a click."""
    record = history()
    st.markdown("Which of these would you have believed? Open one to read what the source says.")
    for one in record.claims:
        with st.expander(plain(one.said), icon=":material/format_quote:"):
            st.markdown(plain(one.says))
            cite(one)
    challenge, whole = (
        record.edition(name) for name in ("ILSVRC 2012 to 2017", "ImageNet, fall 2011")
    )
    times = whole.pictures / challenge.pictures
    ask(
        Number(
            "How many times as many pictures as the challenge of 2012 has all of ImageNet, to one "
            "decimal?",
            times,
            f"{whole.pictures:,} / {challenge.pictures:,} = {times:.2f}",
            within=0.06,
        )
    )


def _look_alikes() -> None:
    rows = quirks.read()
    kind = st.segmented_control(
        "Kind",
        quirks.KINDS,
        default=quirks.KINDS[0],
        required=True,
        format_func=str.capitalize,
        key="lab_challenge_quirk",
        persist_state="session",
        label_visibility="collapsed",
    )
    some = [row for row in rows if row.kind == kind]
    st.caption(f"{len(some)} of the {len(rows)} notes on ImageNet-1k's classes are of this kind.")
    known = catalog.load()
    for row in some[:4]:
        st.markdown(plain(row.note))
        with st.container(horizontal=True):
            for index, label in row.classes:
                st.page_link(
                    CLASSES.script,
                    label=f"{label} ({index})",
                    icon=":material/category:",
                    query_params={"wnid": known.at(index).wnid, **hand.link_params()},
                )


def _noise() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        wrong = st.slider(
            "Wrong labels", 0.0, 0.3, 0.06, 0.01, key="lab_challenge_wrong", persist_state="session"
        )
        accuracy = st.slider(
            "Accuracy",
            0.5,
            1.0,
            0.9,
            0.01,
            key="lab_challenge_model_accuracy",
            persist_state="session",
        )
        repeated = st.slider(
            "Wrong labels that the model repeats",
            0.0,
            1.0,
            0.0,
            0.05,
            key="lab_challenge_repeated",
            persist_state="session",
        )
    measured = measured_accuracy(accuracy, wrong, repeated)
    true = true_accuracy(accuracy, wrong, repeated)
    with right:
        st.plotly_chart(
            noise_chart(accuracy, wrong, repeated),
            key="lab_challenge_noise",
            config={"displayModeBar": False},
            alt=f"With {wrong:.0%} of the labels wrong, {measured:.1%} is measured, and would be "
            f"{true:.1%} with right labels",
        )
    numbers(
        {
            "Labels": ["right", "wrong", "all"],
            "Share": [f"{1 - wrong:.2f}", f"{wrong:.2f}", "1"],
            "Counted as right": [f"{accuracy:.2f}", f"{repeated:.2f}", f"**{measured:.4f}**"],
            "Really right": [
                f"{accuracy:.2f}",
                f"{(1 - repeated) * accuracy:.2f}",
                f"**{true:.4f}**",
            ],
        }
    )
    formula(
        r"\text{measured} = (1 - e) \, a + e \, r",
        rf"{1 - wrong:.2f} \cdot {accuracy:g} + {wrong:g} \cdot {repeated:g} = "
        rf"\mathbf{{{measured:.4f}}}",
    )
    formula(
        r"\text{with right labels} = (1 - e \, r) \, a",
        rf"(1 - {wrong:g} \cdot {repeated:g}) \cdot {accuracy:g} = \mathbf{{{true:.4f}}}",
    )
    perfect = measured_accuracy(1, _ASKED_WRONG, 0)
    ask(
        Number(
            f"A model is right about every picture. What accuracy does a test set show of which "
            f"{_ASKED_WRONG:.0%} of the labels are wrong, in per cent?",
            100 * perfect,
            f"It is counted wrong wherever the label is: 1 - {_ASKED_WRONG:g} = {perfect:.2f}. Who "
            "shows more has learnt the labels' mistakes.",
            within=0.01,
        )
    )
