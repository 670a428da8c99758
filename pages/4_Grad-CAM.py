"""Grad-CAM: which parts of a picture speak for a class, and whether that is true."""

import streamlit as st

from ui.grad_cam import by_hand, choice, many, one, side_by_side, tests
from ui.page import GRAD_CAM, page
from ui.subject import subject


def show(question: choice.Question, view: str) -> None:
    """The view in front; only that one computes."""
    if view == "by-hand":
        by_hand.draw(question)
    elif view == "test":
        tests.draw(question)
    else:
        drawing = choice.drawing(compared=view == "one" and question.b is not None)
        if view == "methods":
            side_by_side.methods(question, drawing)
        elif view == "layers":
            side_by_side.layers(question, drawing)
        elif view == "many":
            many.draw(question, drawing)
        else:
            one.draw(question, drawing)


with page(GRAD_CAM):
    st.title("Grad-CAM")
    seen = subject()
    if seen is not None:
        asked = choice.ask(seen)
        if asked is not None:
            show(asked, choice.view())
