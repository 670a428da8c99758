"""Label or model? The errors, those that the model is surest of first, to be voted on by people."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.data import Dataset
from core.errors import EvaluationError
from core.evaluation.answers import Answers
from core.evaluation.review import notes, queue
from core.evaluation.review.remarks import Key
from ui import address
from ui.mistakes import remarks, said_view, suspect, where
from ui.page import show_error
from ui.studied import Studied, pictures

_FILTERS = dict(zip(queue.FILTERS, ("All errors", "Doubted labels", "Not voted yet"), strict=True))
_ROWS = 500
_GO_ON, _PINNED = "mistakes_go_on", "mistakes_pinned"


def draw(of: Studied) -> None:
    """The queue with one of its pictures; what was said so far, and its export."""
    votes = _votes()
    if len(of.answers.suspects.rows):
        _queue(of, votes)
    else:
        st.caption("There is no error to judge.")
    if votes is not None:
        said_view.draw()


def _votes() -> dict[Key, str] | None:
    """None, with the reason, where nothing can be kept."""
    try:
        return notes.votes()
    except EvaluationError as error:
        show_error(str(error))
        return None


def _queue(of: Studied, votes: dict[Key, str] | None) -> None:
    answers = of.answers
    has_vote = queue.voted(answers, votes or {})
    which = address.segments(
        "Which", where.QUEUE, _FILTERS, "mistakes_queue", without=[where.PICTURE]
    )
    st.caption(
        "The errors that the model is surest of come first: often it is the label that is wrong. "
        "Doubted labels are those that confident learning takes for another class."
    )
    among = queue.chosen(answers, which, has_vote)
    dataset = None if votes is None else pictures(of)
    if dataset is None:
        _table(answers, np.flatnonzero(among))
        return
    counted = among if which == "doubted" else np.ones(len(among), bool)
    st.markdown(f"**{has_vote[counted].sum():,} of {counted.sum():,}** voted on")
    place = _place(of, which, among)
    if place is None:
        st.caption("There is no such error left. Choose others above.")
        return
    _judge(of, dataset, place, among)


def _place(of: Studied, which: str, among: np.ndarray) -> int | None:
    """The place that the address names, or the first one; that stays when it gets its vote."""
    answers = of.answers
    row = where.picture(answers)
    if row is None:
        key, position = st.session_state.get(_PINNED, (None, -1))
        row = answers.at(position) if key == (of.id, which) else None
    place = None if row is None else queue.place_of(answers, row)
    if row is not None and place is None:
        st.caption("The answer to the picture that was open is right, so it is not in the queue.")
    if place is None:
        place = queue.after(among, -1)
    if place is not None:
        position = answers.position(int(answers.suspects.rows[place]))
        st.session_state[_PINNED] = ((of.id, which), position)
    return place


def _judge(of: Studied, dataset: Dataset, place: int, among: np.ndarray) -> None:
    answers = of.answers
    row = int(answers.suspects.rows[place])
    onward = _stepper(answers, queue.after(among, place))

    def voted() -> None:
        if onward and st.session_state[_GO_ON]:
            onward()
        else:
            _lead_to(answers, row)

    with st.container(border=True):
        left, right = st.columns([2, 3], gap="medium")
        with left:
            is_same = suspect.picture(of, dataset, row)
            _closer(answers, row)
        with right:
            suspect.claims(of, dataset, place)
            said = remarks.kept(queue.claim(answers, row)) if is_same else None
            if said is not None:
                remarks.vote(said, voted)
                if said.vote is not None:
                    suspect.reveal(answers, place)
            _steps(_stepper(answers, queue.before(among, place)), onward)
            if said is not None:
                remarks.words(said)


def _stepper(answers: Answers, place: int | None) -> Callable[[], None] | None:
    """What leads to a place of the queue, in a callback."""
    if place is None:
        return None
    row = int(answers.suspects.rows[place])
    return lambda: _lead_to(answers, row)


def _lead_to(answers: Answers, row: int) -> None:
    where.take(**{where.PICTURE: str(answers.position(row))})


def _steps(back: Callable[[], None] | None, onward: Callable[[], None] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous",
            icon=":material/arrow_back:",
            key="mistakes_previous",
            disabled=back is None,
            on_click=back,
        )
        st.button(
            "Next",
            type="primary",
            icon=":material/arrow_forward:",
            key="mistakes_next",
            disabled=onward is None,
            on_click=onward,
        )
        st.toggle(
            "Go on after a vote",
            key=_GO_ON,
            persist_state="session",
            help="A vote then leads to the next picture at once.",
        )


def _closer(answers: Answers, row: int) -> None:
    st.button(
        "Look closer",
        type="tertiary",
        icon=":material/zoom_in:",
        key="mistakes_closer",
        help="Where the evidence for both classes lies, and what looks alike to the network.",
        on_click=where.go,
        args=("gallery",),
        kwargs={where.PICTURE: str(answers.position(row))},
    )


def _table(answers: Answers, places: np.ndarray) -> None:
    """Where there are no pictures."""
    suspects = answers.suspects
    has_real = answers.real is not None
    shown = places[:_ROWS].tolist()
    st.dataframe(
        [
            {
                "File": answers.file(int(suspects.rows[place])),
                "Label": answers.titles[int(answers.labels[suspects.rows[place]])],
                "The model says": answers.titles[int(answers.predicted[suspects.rows[place]])],
                "Sure": float(suspects.confidence[place]),
                "Of the label": float(suspects.self_confidence[place]),
                "Quality": float(suspects.margin[place]),
                "Doubted": bool(suspects.confident[place]),
                **({"ReaL": suspect.VERDICTS[int(suspects.verdict[place])]} if has_real else {}),
            }
            for place in shown
        ],
        hide_index=True,
        column_config={
            "Sure": st.column_config.NumberColumn(format="percent"),
            "Of the label": st.column_config.NumberColumn(format="percent"),
            "Quality": st.column_config.NumberColumn(
                format="%.2f", help="Of the label, from 0 to 1: the normalised margin"
            ),
            "Doubted": st.column_config.CheckboxColumn(help="By confident learning"),
            "ReaL": st.column_config.TextColumn(
                help="What ImageNet's reassessed labels call wrong"
            ),
        },
        alt=f"{len(shown)} errors, those that the model is surest of first",
    )
    st.caption(f"{len(shown):,} of {len(places):,} errors.")
