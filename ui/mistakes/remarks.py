"""What people say of one picture: a vote, a note and tags, each kept as soon as it is given."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.errors import EvaluationError
from core.evaluation.review import notes
from core.evaluation.review.remarks import NOTE_LENGTH, TAG_LENGTH, TAGS, VOTES, Claim, Remark
from ui.page import show_error

VOTE_NAMES = {
    "label": "The label's",
    "model": "The model's",
    "both": "Both fit",
    "unsure": "Unsure",
}
"""The answers to whose mistake it is."""
_ICONS = {
    "label": "label_off",
    "model": "psychology_alt",
    "both": "join_inner",
    "unsure": "question_mark",
}
_OFFERED = 200  # tags


def draw(claim: Claim) -> None:
    """The vote, the note and the tags of a picture."""
    said = kept(claim)
    if said is not None:
        vote(said)
        words(said)


def kept(claim: Claim) -> Remark | None:
    """What was said of it so far; None, with the reason, where that cannot be known."""
    try:
        return notes.of([claim.sha256]).get(claim.key) or Remark(claim)
    except EvaluationError as error:
        show_error(str(error))
        return None


def vote(said: Remark, on_vote: Callable[[], None] | None = None) -> None:
    """One button for each vote; the one that was given takes it back when it is pressed again.

    ``on_vote`` is called, in the callback, after a vote was kept.
    """
    key = _shown(said, "vote", said.vote)

    def changed() -> None:
        choice = st.session_state[key]
        if _keep(key, lambda: notes.vote(said.claim, choice)) and choice and on_vote:
            on_vote()

    st.segmented_control(
        "Whose mistake is it?",
        VOTES,
        format_func=lambda choice: f":material/{_ICONS[choice]}: {VOTE_NAMES[choice]}",
        key=key,
        on_change=changed,
        wrap=True,
        help="Both fit: there are several objects, or both names are right. Press a vote again to "
        "take it back.",
    )
    _problem(key, changed)


def words(said: Remark) -> None:
    """The note, and the tags."""
    left, right = st.columns(2, gap="small")
    with left:
        _note(said)
    with right:
        _tags(said)


def _note(said: Remark) -> None:
    key = _shown(said, "note", said.note)

    def changed() -> None:
        _keep(key, lambda: notes.note(said.claim, st.session_state[key]))

    st.text_area(
        "Note", key=key, max_chars=NOTE_LENGTH, height=80, on_change=changed, placeholder="optional"
    )
    _problem(key, changed)


def _tags(said: Remark) -> None:
    key = _shown(said, "tags", list(said.tags))

    def changed() -> None:
        chosen = st.session_state[key]
        add = [tag for tag in chosen if tag not in said.tags]
        remove = [tag for tag in said.tags if tag not in chosen]
        _keep(key, lambda: notes.tag(said.claim, add, remove))

    st.multiselect(
        "Tags",
        _offered(said.tags),
        key=key,
        accept_new_options=True,
        on_change=changed,
        placeholder="Choose or type",
        help=f"Up to {TAGS}, of at most {TAG_LENGTH} characters each.",
    )
    _problem(key, changed)


def _offered(own: Sequence[str]) -> list[str]:
    """The tags in use, the most used first."""
    try:
        used = list(notes.tag_counts())[:_OFFERED]
    except EvaluationError:  # was said when the remark was read
        used = []
    return list(dict.fromkeys([*used, *own]))


def _shown(said: Remark, field: str, value: Any) -> str:  # noqa: ANN401 - of three widgets
    """The key of a widget that shows what is kept, though somebody else changed it meanwhile.

    What could not be kept stays there as it was typed.
    """
    key = "-".join((f"mistakes_{field}", *said.claim.key))
    if key not in st.session_state:
        st.session_state.pop(f"{key}-problem", None)
    # only what differs is set: it would take away what is being typed
    if f"{key}-problem" not in st.session_state and st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def _keep(key: str, do: Callable[[], None]) -> bool:
    try:
        do()
    except EvaluationError as error:
        st.session_state[f"{key}-problem"] = str(error)
        return False
    st.session_state.pop(f"{key}-problem", None)
    return True


def _problem(key: str, again: Callable[[], None]) -> None:
    if sentence := st.session_state.get(f"{key}-problem"):
        show_error(f"This is not kept yet. {sentence}")
        st.button("Try again", icon=":material/refresh:", key=f"{key}-again", on_click=again)
