"""Which class is chosen, and among which classes: in the address, so that it can be kept."""

from dataclasses import dataclass
from typing import get_args

import streamlit as st

from core.catalog import Catalog, Scope, Synset
from core.errors import CatalogError
from ui.page import plain

_SCOPES: dict[Scope, str] = {"1k": "1,000 classes", "21k": "21,841 synsets"}


@dataclass(frozen=True, slots=True)
class View:
    """Which classes are looked at; `people` only matters in 21k."""

    scope: Scope
    people: bool

    def hides(self, known: Catalog, synset: Synset) -> bool:
        """Whether a synset is not to be shown before the user asks for people."""
        return not self.people and known.is_person(synset.wnid)


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
    """Make another class the chosen one, here and in the address; a search is over then."""
    st.query_params["wnid"] = wnid
    st.session_state["class_query"] = ""


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


def view(known: Catalog, synset: Synset) -> View:
    """The choice of scope, and of people in 21k; the address keeps the scope."""
    only_21k = not known.leaves(synset.wnid, "1k")
    wanted = "21k" if only_21k or st.query_params.get("view") == "21k" else "1k"
    # an address that this page has not written was opened by the user, by a link or by Back
    if only_21k or wanted != st.session_state.get("class_scope_written"):
        st.session_state["class_scope"] = wanted
    scope = st.segmented_control(
        "Classes",
        get_args(Scope),
        required=True,
        format_func=lambda name: _SCOPES[name],
        key="class_scope",
        persist_state="session",
        on_change=lambda: _climb(known, synset),
    )
    st.session_state["class_scope_written"] = scope
    if scope == "1k":
        st.query_params.pop("view", None)
        people = True
    else:
        if st.query_params.get("view") != "21k":
            st.query_params["view"] = "21k"
        people = st.toggle(
            "Show people",
            key="class_people",
            persist_state="session",
            help=(
                "The 2,836 kinds of person in ImageNet-21k are hidden at first: many of the "
                "names are insults or describe what no picture can show, and the people in the "
                "pictures were not asked (Yang et al., FAT* 2020)."
            ),
        )
        if not people:
            st.caption("Synsets under *person* are hidden: many are offensive or not visible.")
    st.session_state["class_address"] = {
        key: st.query_params[key] for key in ("wnid", "view", "run") if key in st.query_params
    }
    return View(scope, people)


def _climb(known: Catalog, synset: Synset) -> None:
    """Asked for the 1,000 classes at a synset that holds none, go up to one that does."""
    if st.session_state["class_scope"] == "1k":
        path = known.path_to_root(synset.wnid)
        choose(next(wnid for wnid in path if known.leaves(wnid, "1k")))
