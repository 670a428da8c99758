"""Pictures of a class from the registered data sets, and registering another."""

import streamlit as st

from core import data, images
from core.catalog import Catalog, Synset
from core.errors import NetlensError
from ui import datasets, hand
from ui.gallery import Item, gallery
from ui.page import CLASSIFY, plain, show_error

_A_PAGE = 24


def draw(known: Catalog, synset: Synset) -> None:
    """A page of pictures of the class, or of the classes below it; a click takes one in hand."""
    st.subheader("Pictures", anchor=False)
    entries = data.registered()
    if entries:
        name = st.selectbox(
            "From",
            [entry.name for entry in entries],
            key="pictures_from",
            persist_state="session",
            label_visibility="collapsed",
        )
        _pictures(known, synset, name)
    else:
        st.caption("No data set is registered yet. Add a folder of class folders, or Parquet.")
    _register(expanded=not entries)


def _pictures(known: Catalog, synset: Synset, name: str) -> None:
    dataset = datasets.opened(name)
    rows = dataset.of_wnids(known.descendants(synset.wnid))
    if not len(rows):
        st.caption(f"{plain(name)} has no picture of {plain(synset.label)}.")
        return
    pages = -(-len(rows) // _A_PAGE)
    page = st.pagination(pages, key=f"page-{name}-{synset.wnid}") if pages > 1 else 1
    items, unreadable = [], []
    for row in rows[(page - 1) * _A_PAGE : page * _A_PAGE]:
        label = dataset.classes[dataset.labels[row]].label
        try:
            jpeg = images.cached_thumbnail(dataset.read(int(row)), 160, dataset.file(int(row)))
        except NetlensError as error:
            unreadable.append(str(error))
            continue
        items.append(Item(str(row), label, f"{label}, {dataset.file(int(row))}", jpeg))

    def pick(row: str) -> None:
        hand.take_item(name, int(row))
        st.session_state["go_to_classify"] = True

    gallery(items, f"Pictures of {synset.label}", "class_gallery", pick)
    for sentence in unreadable:
        st.caption(plain(sentence))
    st.caption(f"{len(rows):,} pictures. Click one to classify it.")
    if st.session_state.pop("go_to_classify", False):
        st.switch_page(CLASSIFY.script, query_params=hand.link_params())


def _register(expanded: bool) -> None:
    if not datasets.may_register():
        st.caption(
            "Others can reach this server, so folders are read only where NETLENS_DATA_ROOTS "
            "allows it: set it to the folders of your data and start again."
        )
        return
    with st.expander("Add a data set", expanded=expanded), st.form("register", border=False):
        path = st.text_input("Folder of class folders, or a Parquet file, on this machine")
        name = st.text_input("Name", placeholder="the folder's own name")
        if st.form_submit_button("Add", type="primary"):
            try:
                entry = data.register(path.strip(), name.strip() or None)
            except NetlensError as error:
                show_error(str(error))
            else:
                st.session_state["pictures_from"] = entry.name
                st.rerun()
