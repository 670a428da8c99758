"""Step 2: which model, and how much of it learns."""

import streamlit as st

from core import models
from core.training import TUNES, Tune
from ui import hand, pickers, weights
from ui.fine_tune.words import MODES
from ui.page import plain

_MODEL, _TUNE, _WANTED = "tune_model", "tune_pills", "tune_mode"
_UNTRAINED: tuple[Tune, ...] = ("scratch",)


def model_step() -> tuple[str, Tune] | None:
    """Draw the choice; None while weights are missing that the mode needs."""
    options = pickers.model_options()
    st.session_state[_MODEL] = hand.model_names()[0]
    name = st.selectbox(
        "Model", list(options), key=_MODEL, format_func=options.__getitem__, on_change=_take_model
    )
    info = models.info(name)
    offered = _UNTRAINED if info.is_untrained else tuple(MODES)
    wanted = mode()
    st.session_state[_TUNE] = wanted if wanted in offered else offered[0]
    tune = st.pills(
        "What learns",
        offered,
        required=True,
        format_func=MODES.__getitem__,
        key=_TUNE,
        on_change=lambda: take_mode(st.session_state[_TUNE]),
    )
    sentence = TUNES[tune]
    untrained = " This model has learnt nothing yet, so there is no other way." * info.is_untrained
    st.caption(f"{MODES[tune]}: {plain(sentence)}.{untrained}")
    if tune != "scratch" and not weights.ready([name]):
        return None
    return name, tune


def mode() -> Tune:
    """The mode that the user chose last; at first the last stage learns."""
    return st.session_state.get(_WANTED, "last")


def take_mode(tune: Tune) -> None:
    """Choose a mode, in a callback."""
    st.session_state[_WANTED] = tune


def _take_model() -> None:
    name = st.session_state[_MODEL]
    hand.take_models([name, *(n for n in hand.model_names()[1:] if n != name)])
