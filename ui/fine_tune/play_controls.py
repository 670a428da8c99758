"""What can be changed in the playground: classes, pictures of each, strength, what is dropped."""

from collections.abc import Hashable, Sequence

import streamlit as st

from core.training.probing.playground import Bench, Setting
from ui.page import plain

_STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
_PILLS = 24  # classes up to which each has a button of its own
_OF, _CLASSES, _COUNT, _MOST, _DROPPED = (
    "play_of",
    "play_classes",
    "play_count",
    "play_most",
    "play_dropped",
)


def draw(at: Bench, names: Sequence[str], key: Hashable) -> Setting | None:
    """Draw the controls; None while there are not two classes. Another ``key`` begins anew."""
    if st.session_state.get(_OF) != key:
        st.session_state[_OF] = key
        st.session_state[_CLASSES] = list(range(at.classes))
        st.session_state[_DROPPED] = frozenset()
        for old in (_COUNT, _MOST):
            st.session_state.pop(old, None)
    with st.container(border=True):
        classes = _classes(names)
        if len(classes) < 2:
            st.caption("Choose two classes at least.")
            return None
        left, right = st.columns(2, gap="medium")
        with left:
            per_class = _count(at.most_pictures(classes))
        with right:
            c = st.select_slider(
                "Strength C",
                _STRENGTHS,
                value=1.0,
                format_func=lambda strength: f"{strength:g}",
                key="play_c",
                persist_state="session",
                help="How far the probe follows its pictures: a small C keeps its weights small, "
                "a large one lets it learn them by heart.",
            )
        dropped: frozenset[int] = st.session_state[_DROPPED]
        if dropped:
            many = "pictures are" if len(dropped) > 1 else "picture is"
            st.caption(f"{len(dropped):,} training {many} dropped.")
    return Setting(classes, per_class, c, dropped)


def drop(at: str) -> None:
    """Learn no longer from the picture at that position, in a callback."""
    st.session_state[_DROPPED] |= {int(at)}


def move_back(at: str) -> None:
    """Learn from it again, in a callback."""
    st.session_state[_DROPPED] -= {int(at)}


def _classes(names: Sequence[str]) -> tuple[int, ...]:
    everything = list(range(len(names)))
    if len(names) <= _PILLS:
        chosen = st.pills(
            "Classes to tell apart",
            everything,
            selection_mode="multi",
            format_func=lambda c: plain(names[c]),
            key=_CLASSES,
            persist_state="session",
        )
    else:
        chosen = st.multiselect(
            "Classes to tell apart",
            everything,
            format_func=names.__getitem__,
            key=_CLASSES,
            persist_state="session",
        )
    return tuple(sorted(chosen))


def _count(most: int) -> int:
    if most < 2:
        st.caption("There is one training picture of each class.")
        return most
    kept = st.session_state.get(_COUNT, most)
    # who had all of them keeps all when classes come and go
    had_all = kept >= st.session_state.get(_MOST, most)
    st.session_state[_COUNT] = most if had_all else min(kept, most)
    st.session_state[_MOST] = most
    return st.slider(
        "Training pictures of each class, at most",
        1,
        most,
        key=_COUNT,
        persist_state="session",
    )
