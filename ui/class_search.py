"""The search box over the classes, and which set of classes is looked at."""

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from core.catalog import Catalog, Scope, Synset
from ui import class_map
from ui.page import plain

_SCOPES: dict[Scope, str] = {"1k": "1,000 classes", "21k": "21,841 synsets"}
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class View:
    """Which classes are looked at; `people` only matters in 21k."""

    scope: Scope
    people: bool


def controls(known: Catalog, synset: Synset) -> View:
    """Search box and choice of scope; a hit that is clicked becomes the chosen class."""
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    with left:
        query = st.text_input(
            "Search",
            placeholder="tabby, striped cat, n02123045, 281",
            icon=":material/search:",
            key="class_query",
        )
    with right:
        view = _scope(known, synset)
    if query.strip():
        _hits(known, query, view)
    return view


def _scope(known: Catalog, synset: Synset) -> View:
    wanted = st.query_params.get("view")
    outside = synset.wnid != known.root.wnid and not known.leaves(synset.wnid, "1k")
    default: Scope = "21k" if wanted == "21k" or outside else "1k"
    scope = st.segmented_control(
        "Classes",
        get_args(Scope),
        default=default,
        required=True,
        format_func=lambda name: _SCOPES[name],
        key=f"scope-{default}",
    )
    if scope == "21k":
        st.query_params["view"] = "21k"
        people = st.toggle(
            "Show people",
            key="people",
            help=(
                "The 2,836 kinds of person in ImageNet-21k are hidden at first: many of the "
                "names are insults or describe what no picture can show, and the people in the "
                "pictures were not asked (Yang et al., FAT* 2020)."
            ),
        )
        if not people:
            st.caption("The synsets under *person* are hidden: many are offensive or not visible.")
        return View("21k", people)
    st.query_params.pop("view", None)
    return View("1k", people=True)


def _hits(known: Catalog, query: str, view: View) -> None:
    hits = known.search(query, limit=_SHOWN, scope=view.scope, people=view.people)
    if not hits:
        st.caption(f"Nothing found for “{plain(query[:80])}”. A lemma, a wnid or an index will do.")
        return
    with st.container(border=True, height=260 if len(hits) > 4 else "content"):
        for hit in hits:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                class_map.button(hit.synset, key=f"hit-{hit.synset.wnid}")
                index = "" if hit.synset.index is None else f"{hit.synset.index} · "
                st.caption(index + plain(hit.synset.definition))
