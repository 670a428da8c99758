"""Mistakes: how good a model is on labelled pictures, and where, how badly and why it errs."""

import streamlit as st

from ui import address, studied
from ui.mistakes import (
    alike_view,
    choice,
    classes_view,
    compare_view,
    confusions_view,
    export_menu,
    gallery_view,
    live,
    overview,
    review_view,
    start,
)
from ui.page import MISTAKES, page

VIEWS = {
    "overview": "Overview",
    "confusions": "Confusions",
    "classes": "Classes",
    "gallery": "Gallery",
    "review": "Review",
    "compare": "Compare",
    "alike": "Alike",
    "new": "New evaluation",
}
DRAW = {
    "overview": overview.draw,
    "confusions": confusions_view.draw,
    "classes": classes_view.draw,
    "gallery": gallery_view.draw,
    "review": review_view.draw,
    "compare": compare_view.draw,
    "alike": alike_view.draw,
}
# views that begin with a picture, or other figures than those of the evaluation
HAVE_THEIR_OWN = ("review", "compare", "alike")


def study(run_id: str, view: str) -> None:
    """An evaluation, as far as it is; only the view in front computes."""
    run = studied.evaluations().get(run_id)
    if run is not None:
        live.draw(run, renews=view == "overview")
    found = studied.opened(run_id)
    if found is None:
        st.caption("It has no answers yet.")
        return
    if view not in HAVE_THEIR_OWN:
        overview.headline(found.answers)
    with st.container(horizontal=True, vertical_alignment="center"):
        overview.base(found.answers.headline)
        export_menu.draw(found)
    DRAW[view](found)


with page(MISTAKES):
    st.title("Mistakes")
    view = address.segments("View", "view", VIEWS, "mistakes_view")
    if view == "new":
        start.draw()
    else:
        chosen = choice.choose()
        if chosen == studied.SHIPPED:
            start.lesson()
        study(chosen, view)
