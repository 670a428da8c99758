"""What a link to a new run asks for: its data set by ``learn=``, and what learns by ``tune=``."""

import streamlit as st

from core.training import suggest
from ui import address, datasets, hand
from ui.fine_tune import data_sources, draft
from ui.fine_tune.model_step import take_mode
from ui.fine_tune.words import MODES

_FOLLOWED = "tune_link"
_WHOLE = "digits"  # a crop can make an arch of a 0, and a mirrored 2 is none


def follow_link() -> None:
    """Choose what the address asks for, once, before any widget is drawn.

    It stays in the address, and what the user chooses afterwards is not overwritten by it.
    """
    asked = st.query_params.get("learn"), st.query_params.get("tune")
    if asked == st.session_state.get(_FOLLOWED, (None, None)):
        return
    st.session_state[_FOLLOWED] = asked
    name, tune = asked
    if name in datasets.names():
        data_sources.jump(name)
    elif name is not None:
        address.complain("learn", name, "choose a data set")
    mode = next((mode for mode in MODES if mode == tune), None)
    if mode is not None:
        take_mode(mode)
        if name == _WHOLE:
            draft.take(suggest(name, hand.model_names()[0], mode).changed(augment=None))
    elif tune is not None:
        address.complain("tune", tune, f"choose one of {', '.join(MODES)}")
