"""What the catalogue knows of one class."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.catalog import Catalog, Synset
from core.models.looked_for import looked_for
from ui import class_accuracy
from ui.class_choice import View, button, choose
from ui.page import plain
from ui.studied import Studied

_MANY = 24


def draw(known: Catalog, synset: Synset, view: View, studied: Studied | None) -> None:
    """Definition, names, quirks, a model's accuracy, relatives, look-alikes, place in the tree."""
    with st.container(border=True):
        if view.hides(known, synset):
            st.markdown(f"{synset.wnid} is under *person*: turn on “Show people” to see it.")
            return
        st.subheader(plain(synset.label), anchor=False)
        st.caption(f"{synset.wnid} · {_membership(synset)}{_holds(known, synset, view)}")
        st.markdown(plain(synset.definition))
        if len(synset.lemmas) > 1:
            st.caption("Also: " + plain(", ".join(synset.lemmas[1:])))
        for quirk in known.quirks(synset.wnid):
            st.markdown(f":material/priority_high: {plain(quirk.note)}")
            st.caption(f"{plain(quirk.kind)} · {plain(quirk.source)}")
        if studied is not None:
            class_accuracy.draw(known, synset, studied)
        _looked_for(synset)
        relatives = {
            "Looks or sounds alike": known.look_alikes(synset.wnid),
            "Kinds": known.children(synset.wnid, view.scope),
            "Siblings": known.siblings(synset.wnid, view.scope),
        }
        for title, synsets in relatives.items():
            _pills(known, title, [s for s in synsets if not view.hides(known, s)], synset)
        _paths(known, synset)


def _looked_for(synset: Synset) -> None:
    picture = looked_for(synset.wnid)
    if picture is None:
        return
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        st.image(picture, alt=f"Made from noise for {synset.label} by the bundled model", width=192)
    with right:
        st.markdown("**What the bundled model looks for**")
        st.caption(
            "No photograph: noise, changed step by step so that the model's logit for this class "
            "rises (activation maximisation)."
        )


def _membership(synset: Synset) -> str:
    if synset.index is not None:
        return f"class {synset.index} of ImageNet-1k"
    return "in ImageNet-21k" if synset.in_21k else "a node of WordNet without pictures of its own"


def _holds(known: Catalog, synset: Synset, view: View) -> str:
    below = known.leaves(synset.wnid, view.scope)
    if not known.children(synset.wnid, view.scope):
        return ""
    return f" · {len(below):,} of the {len(known.classes(view.scope)):,} classes at or below"


def _pills(known: Catalog, title: str, synsets: Sequence[Synset], of: Synset) -> None:
    """The names as pills; the one that is picked becomes the chosen class."""
    if not synsets:
        return
    names = Counter(synset.label.casefold() for synset in (of, *synsets))

    def label(synset: Synset) -> str:
        if names[synset.label.casefold()] == 1:
            return plain(synset.label)
        kind = known.get(synset.parents[0]).label  # which of the cranes
        return plain(f"{synset.label} ({kind})")

    labels = {synset.wnid: label(synset) for synset in synsets[:_MANY]}
    key = f"{title}-{of.wnid}"

    def pick() -> None:
        if wnid := st.session_state[key]:
            choose(wnid)

    more = f", {len(synsets) - _MANY} more are in the map" if len(synsets) > _MANY else ""
    st.pills(
        f"{title} ({len(synsets)}{more})",
        list(labels),
        format_func=lambda wnid: labels[wnid],
        key=key,
        on_change=pick,
    )


def _paths(known: Catalog, synset: Synset) -> None:
    paths = known.paths_to_root(synset.wnid)
    if len(paths) == 1 and len(paths[0]) == 1:
        return
    title = "Path to the root" if len(paths) == 1 else f"{len(paths)} paths to the root"
    with st.expander(title):
        for number, path in enumerate(paths):
            with st.container(horizontal=True, gap="xsmall"):
                for wnid in reversed(path):
                    button(known.get(wnid), key=f"path-{number}-{wnid}")
