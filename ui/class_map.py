"""The map of the classes: which one is chosen, the way down to it, and what lies below."""

import streamlit as st

from core import catalog
from core.catalog import Catalog, Synset
from core.errors import CatalogError
from core.figures.class_map import class_map
from ui.page import plain

_KEY = "class_map"


def chosen(known: Catalog) -> Synset:
    """The class that the address names, or the root.

    Raises CatalogError for a wnid that does not exist, and takes it out of the address.
    """
    wnid = st.query_params.get("wnid")
    if wnid is None:
        return known.root
    try:
        return known.get(wnid)
    except CatalogError:
        del st.query_params["wnid"]
        raise


def choose(wnid: str) -> None:
    """Make another class the chosen one, here and in the address."""
    st.query_params["wnid"] = wnid


def button(synset: Synset, key: str) -> None:
    """The name of a class as a button that chooses it."""
    st.button(
        plain(synset.label),
        key=key,
        type="tertiary",
        help=plain(synset.definition),
        on_click=choose,
        args=(synset.wnid,),
    )


def breadcrumbs(known: Catalog, synset: Synset) -> None:
    """The way from the root to the class along first hypernyms, each step a button."""
    path = catalog.tree_path(known, synset.wnid)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for step in path[:-1]:
            button(known.get(step), key=f"crumb-{step}")
            st.markdown("›", width="content")
        st.markdown(f"**{plain(synset.label)}**", width="content")


def draw(known: Catalog, synset: Synset, scope: catalog.Scope, people: bool) -> None:
    """The part of the tree below the class, or around it where nothing lies below."""
    nodes = catalog.tree(known, synset.wnid, scope=scope, people=people)
    if len(nodes) <= 1:
        path = catalog.tree_path(known, synset.wnid)
        nodes = catalog.tree(known, path[-2], scope=scope, people=people)
    st.plotly_chart(
        class_map(nodes, synset.wnid),
        key=_KEY,
        on_select=_clicked,
        config={"displayModeBar": False},
        alt=f"Map of the classes below {known.get(nodes[0].wnid).label}",
    )
    st.caption("Click a field to go there. The number is how many classes it holds.")


def _clicked() -> None:
    points = st.session_state[_KEY]["selection"]["points"]
    if points and points[0].get("id") in catalog.load():
        choose(points[0]["id"])
