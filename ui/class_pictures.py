"""Pictures of a class from the registered data sets, and registering another."""

import streamlit as st

from core import data, images
from core.catalog import Catalog, Synset
from core.errors import NetlensError
from ui import data_changes, datasets, hand, imports
from ui.class_choice import View
from ui.folder_form import folder_form
from ui.gallery import Item, gallery
from ui.page import CLASSIFY, plain, show_error

_A_PAGE = 24
_PICKED = "picked_item"


def draw(known: Catalog, synset: Synset, view: View) -> None:
    """A page of pictures of the class, or of the classes below it; a click classifies one."""
    imports.follow(_added)
    st.subheader("Pictures", anchor=False)
    for problem in data.problems():
        show_error(problem)
    # what is built in has no pictures of ImageNet's classes
    names = [entry.name for entry in data.registered() if entry.pictures]
    if names:
        left, right = st.columns([5, 1])
        with left:
            if st.session_state.get("pictures_from") not in names:
                st.session_state["pictures_from"] = names[0]
            name = st.selectbox(
                "From",
                names,
                key="pictures_from",
                persist_state="session",
                label_visibility="collapsed",
            )
        with right:
            st.button(
                "Remove",
                on_click=data.unregister,
                args=(name,),
                help="Forget this data set. Its pictures stay where they are; only what was "
                "unpacked from a zip is deleted.",
            )
        try:
            data_changes.draw(name, "classes")
            _pictures(known, synset, view, name)
        except NetlensError as error:
            show_error(str(error))
    else:
        st.caption("No data set is registered yet. Add a folder of class folders, or Parquet.")
    imports.draw()
    with st.expander("Add a data set", expanded=not names):
        folder_form("register", _added, primary=True)


def _pictures(known: Catalog, synset: Synset, view: View, name: str) -> None:
    dataset = datasets.opened(name)
    wnids = known.descendants(synset.wnid)
    if not view.people:
        wnids = {wnid for wnid in wnids if not known.is_person(wnid)}
    rows = dataset.of_classes(wnids)
    if not len(rows):
        st.caption(f"{plain(name)} has no picture of {plain(synset.label)}.")
        return
    pages = -(-len(rows) // _A_PAGE)
    page = (
        st.pagination(pages, key=f"page-{name}-{synset.wnid}", persist_state="session")
        if pages > 1
        else 1
    )
    items, unreadable = [], []
    for row in map(int, rows[(page - 1) * _A_PAGE : page * _A_PAGE]):
        label, file = dataset.classes[dataset.labels[row]].label, dataset.file(row)
        try:
            jpeg = images.cached_thumbnail(dataset.read(row), 160, file)
        except NetlensError as error:
            unreadable.append(str(error))
            continue
        items.append(Item(str(row), label, f"{label}, {file}", jpeg))
    gallery(items, f"Pictures of {synset.label}", "class_gallery", _pick)
    for sentence in unreadable:
        st.caption(plain(sentence))
    count = f"{len(rows):,} pictures" if len(rows) > 1 else "1 picture"
    st.caption(f"{count}. Click one to classify it.")
    if picked := st.session_state.pop(_PICKED, None):
        # Streamlit leaves these parameters on this page, too, in the browser's history: with the
        # class among them, Back leads to it
        kept = {key: value for key, value in hand.link_params().items() if key == "model"}
        kept |= st.session_state["class_address"]
        st.switch_page(CLASSIFY.script, query_params={**kept, "data": name, "item": picked})


def _pick(row: str) -> None:
    st.session_state[_PICKED] = row


def _added(name: str) -> None:
    st.session_state["pictures_from"] = name
