"""What the catalogue knows of one class."""

from collections.abc import Sequence

import streamlit as st

from core.catalog import Catalog, Synset
from ui import class_map
from ui.class_search import View
from ui.page import plain

_MANY = 24


def draw(known: Catalog, synset: Synset, view: View) -> None:
    """Definition, names, place in the tree, relatives, look-alikes and quirks."""
    with st.container(border=True):
        st.subheader(plain(synset.label), anchor=False)
        st.caption(f"{synset.wnid} · {_membership(synset)}{_holds(known, synset)}")
        st.markdown(plain(synset.definition))
        if len(synset.lemmas) > 1:
            st.caption("Also: " + plain(", ".join(synset.lemmas[1:])))
        for quirk in known.quirks(synset.wnid):
            st.markdown(f":material/priority_high: {plain(quirk.note)}")
            st.caption(f"{plain(quirk.kind)} · {plain(quirk.source)}")
        _links("Looks or sounds alike", known.look_alikes(synset.wnid), synset)
        _links("Kinds", _shown(known, known.children(synset.wnid, view.scope), view), synset)
        _links("Siblings", _shown(known, known.siblings(synset.wnid, view.scope), view), synset)
        _paths(known, synset)


def _membership(synset: Synset) -> str:
    if synset.index is not None:
        return f"class {synset.index} of ImageNet-1k"
    return "in ImageNet-21k" if synset.in_21k else "a node of WordNet without pictures of its own"


def _holds(known: Catalog, synset: Synset) -> str:
    if synset.index is not None:
        return ""
    return f" · {len(known.leaves(synset.wnid, '1k')):,} of the 1,000 classes below"


def _shown(known: Catalog, synsets: Sequence[Synset], view: View) -> list[Synset]:
    return [s for s in synsets if view.people or not known.is_person(s.wnid)]


def _links(title: str, synsets: Sequence[Synset], of: Synset) -> None:
    """The names as pills; the one that is picked becomes the chosen class."""
    if not synsets:
        return
    labels = {synset.wnid: synset.label for synset in synsets[:_MANY]}
    key = f"{title}-{of.wnid}"

    def pick() -> None:
        if wnid := st.session_state[key]:
            class_map.choose(wnid)

    more = f", {len(synsets) - _MANY} more are in the map" if len(synsets) > _MANY else ""
    st.pills(
        f"{title} ({len(synsets)}{more})",
        list(labels),
        format_func=lambda wnid: plain(labels[wnid]),
        key=key,
        on_change=pick,
    )


def _paths(known: Catalog, synset: Synset) -> None:
    paths = known.paths_to_root(synset.wnid)
    if len(paths) == 1 and len(paths[0]) == 1:
        return
    title = "Path to the root" if len(paths) == 1 else f"All {len(paths)} paths to the root"
    with st.expander(title):
        for path in paths:
            names = [known.get(wnid).label for wnid in reversed(path)]
            st.markdown(plain(" › ".join(names)))
