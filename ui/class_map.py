"""The map of the classes: the way down to the chosen one, and what lies below."""

import streamlit as st

from core import catalog
from core.catalog import Catalog, Synset
from core.figures.class_map import class_map
from ui.class_choice import View, button, choose
from ui.page import plain
from ui.studied import Studied

_KEY = "class_map"
_CRUMBS = 4


def breadcrumbs(known: Catalog, synset: Synset) -> None:
    """The root and the last steps to the class along first hypernyms, each a button."""
    path = catalog.tree_path(known, synset.wnid)[:-1]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for position, step in enumerate(path):
            if position == 0 or position >= len(path) - _CRUMBS:
                button(known.get(step), key=f"crumb-{step}")
                st.markdown("›", width="content")
            elif position == 1:
                st.markdown("… ›", width="content")
        st.markdown(f"**{plain(synset.label)}**", width="content")


def draw(known: Catalog, synset: Synset, view: View, studied: Studied | None) -> None:
    """The part of the tree below the class, or around it where nothing lies below.

    Its colours tell the accuracy of an evaluation, where one is given.
    """
    for wnid in known.path_to_root(synset.wnid):
        nodes = catalog.tree(known, wnid, scope=view.scope, people=view.people)
        if len(nodes) > 2:  # one field alone shows nothing
            break
    st.plotly_chart(
        class_map(nodes, synset.wnid, studied.answers.by_synset if studied else None),
        key=_KEY,
        on_select=_clicked,
        config={"displayModeBar": False},
        alt=f"Map of the classes below {known.get(nodes[0].wnid).label}",
    )
    number = (
        "The number is how many classes it holds"
        if studied is None
        else "The number is the share of right answers, from orange, none, by white, half, to "
        "blue, all; what is hatched has no picture in this evaluation"
    )
    st.caption(
        f"Click a field to go there. {number}; levels that would only cost a click are skipped."
    )


def _clicked() -> None:
    points = st.session_state[_KEY]["selection"]["points"]
    if points and points[0].get("id") in catalog.load():
        choose(points[0]["id"])
