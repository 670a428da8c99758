"""The classes of a collection as cards: their pictures, and what can be done with them."""

from collections.abc import Callable

import streamlit as st

from core import images
from core.data import collect
from core.data.collect import CollectedClass
from core.errors import NetlensError
from ui.gallery import Item, gallery
from ui.page import plain, show_error

_SHOWN = 24  # pictures of a class
_A_PAGE = 8  # classes
_PICKED, _FAILED = "collect_picked", "collect_failed"


def class_cards(collection: str, label_key: str) -> None:
    """Draw the classes; `label_key` is of the widget that says where the next pictures go."""
    if failed := st.session_state.pop(_FAILED, None):
        show_error(failed)
    found = collect.classes(collection)
    pages = -(-len(found) // _A_PAGE)
    page = st.pagination(pages, key=f"collect_page-{collection}-{pages}") if pages > 1 else 1
    for one in found[(page - 1) * _A_PAGE : page * _A_PAGE]:
        with st.container(border=True):
            _card(collection, one, label_key)
    with st.popover("Delete the collection", icon=":material/delete:", type="tertiary"):
        st.markdown(f"All pictures of {plain(collection)} are deleted from this machine.")
        st.button(
            "Delete all",
            key="collect_delete_all",
            on_click=_do,
            args=(lambda: collect.delete(collection),),
        )


def _card(collection: str, one: CollectedClass, label_key: str) -> None:
    label, count = one.label, len(one.pictures)
    key = f"{collection}/{label}"
    with st.container(horizontal=True, vertical_alignment="center"):
        pictures = "1 picture" if count == 1 else f"{count:,} pictures"
        st.markdown(f"**{plain(label)}** · {pictures}", width="stretch")
        st.button(
            "Add more",
            key=f"collect_more-{key}",
            type="tertiary",
            icon=":material/add:",
            on_click=st.session_state.__setitem__,
            args=(label_key, label),
        )
        with st.popover("Edit", icon=":material/edit:", type="tertiary"):
            new = st.text_input("Name", value=label, key=f"collect_rename-{key}")
            st.button(
                "Rename",
                key=f"collect_rename_go-{key}",
                on_click=_do,
                args=(lambda: collect.rename_class(collection, label, new),),
            )
            st.button(
                f"Delete the class and its {pictures}",
                key=f"collect_delete-{key}",
                icon=":material/delete:",
                on_click=_do,
                args=(lambda: collect.delete_class(collection, label),),
            )
    _pictures(collection, one)


def _pictures(collection: str, one: CollectedClass) -> None:
    shown, items = one.pictures[:_SHOWN], []
    for number, file in enumerate(shown, start=1):
        try:
            small = images.cached_thumbnail(images.file_bytes(file), 96, file.name, file.stem)
        except NetlensError:  # the doctor says so
            continue
        title = f"{one.label} {number}"
        items.append(Item(file.name, title, f"A picture of {one.label}", small))
    place = (collection, one.label)
    where, picked = st.session_state.get(_PICKED, (None, None))
    chosen = picked if where == place and any(item.id == picked for item in items) else None

    def pick(file: str) -> None:
        st.session_state[_PICKED] = (place, None if file == chosen else file)

    gallery(
        items, f"Pictures of {one.label}", f"collect_gallery-{collection}/{one.label}", pick, chosen
    )
    if chosen:
        st.button(
            "Delete the chosen picture",
            key="collect_remove",
            icon=":material/delete:",
            on_click=_do,
            args=(lambda: collect.remove(collection, one.label, chosen),),
        )
    if len(one.pictures) > _SHOWN:
        st.caption(f"The newest {_SHOWN} are shown.")


def _do(change: Callable[[], None]) -> None:
    """Change the collection in a callback, where nothing can be shown yet."""
    try:
        change()
    except NetlensError as error:
        st.session_state[_FAILED] = str(error)
