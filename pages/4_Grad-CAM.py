"""Grad-CAM: which parts of a picture speak for a class, and whether that is true."""

import streamlit as st

from ui import cam_by_hand, cam_choice, cam_many, cam_maps, cam_one, cam_tests
from ui.page import GRAD_CAM, page
from ui.subject import subject


def show(question: cam_choice.Question, view: str) -> None:
    """The view in front; only that one computes."""
    if view == "by-hand":
        cam_by_hand.draw(question)
    elif view == "test":
        cam_tests.draw(question)
    else:
        drawing = cam_choice.drawing()
        if view == "methods":
            cam_maps.methods(question, drawing)
        elif view == "layers":
            cam_maps.layers(question, drawing)
        elif view == "many":
            cam_many.draw(question, drawing)
        else:
            cam_one.draw(question, drawing)


with page(GRAD_CAM):
    st.title("Grad-CAM")
    seen = subject()
    if seen is not None:
        asked = cam_choice.ask(seen)
        if asked is not None:
            show(asked, cam_choice.view())
