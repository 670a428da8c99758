"""The search box over the classes."""

import streamlit as st

from core.catalog import Catalog
from ui import class_choice
from ui.page import plain

_SHOWN = 20


def query() -> str:
    """What is searched for."""
    return st.text_input(
        "Search",
        placeholder="tabby, striped cat, n02123045, 281",
        icon=":material/search:",
        key="class_query",
    ).strip()


def hits(known: Catalog, text: str, view: class_choice.View) -> None:
    """What was found, best first; a click chooses."""
    found = known.search(text, limit=_SHOWN, scope=view.scope, people=view.people)
    if not found:
        st.caption(
            f"Nothing found for “{plain(text[:80])}”. A name, a wnid such as n02123045, or an "
            "index from 0 to 999 will do."
        )
        return
    with st.container(border=True, height=320 if len(found) > 6 else "content", gap=None):
        for hit in found:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                class_choice.button(hit.synset, key=f"hit-{hit.synset.wnid}")
                index = "" if hit.synset.index is None else f"{hit.synset.index} · "
                st.caption(index + plain(hit.synset.definition))
