"""What the pages that look inside look at: one picture and one model, read and loaded."""

from dataclasses import dataclass

import streamlit as st

from core import images, models
from ui import answers, hand, pickers, weights


@dataclass(frozen=True, slots=True)
class Subject:
    """One picture and one model."""

    held: hand.HeldPicture
    picture: images.Picture
    model: models.ImageModel


def subject() -> Subject | None:
    """Draw the choice of a picture and a model; None while one of them is missing.

    Of several pictures or models in hand the first one is looked at. Raises PictureError and what
    loading a model raises.
    """
    chosen = hand.pictures()
    with st.expander("Picture and model", icon=":material/tune:", expanded=not chosen):
        pickers.picture_picker()
        name = _model_choice()
    held = hand.pictures()
    ready = weights.ready([name])
    if not held:
        st.caption("Pick a sample, upload a picture, or take one with the camera.")
        return None
    if not ready:
        answers.picture_alone(held[0])
        return None
    if len(held) > 1:
        st.caption(f"Of the {len(held)} pictures in hand this page looks at the first.")
    picture = images.read_image(held[0].encoded, held[0].name)
    return Subject(held[0], picture, answers.load_model(name))


def _model_choice() -> str:
    """One model, those on this machine first; the others in hand stay there behind it."""
    options = pickers.model_options()
    st.session_state["subject_model"] = hand.model_names()[0]
    return st.selectbox(
        "Model",
        list(options),
        key="subject_model",
        format_func=options.__getitem__,
        on_change=_take_model,
    )


def _take_model() -> None:
    name = st.session_state["subject_model"]
    hand.take_models([name, *(n for n in hand.model_names()[1:] if n != name)])
