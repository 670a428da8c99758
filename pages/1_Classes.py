"""Classes: search, the tree, a card for each class with its accuracy, and its pictures."""

import streamlit as st

from core import catalog
from core.errors import NetlensError
from ui import class_accuracy, class_card, class_choice, class_map, class_pictures, class_search
from ui.page import CLASSES, page, show_error

with page(CLASSES):
    st.title("Classes")
    known = catalog.load()
    try:
        synset = class_choice.chosen(known)
    except NetlensError as error:
        show_error(str(error))
        synset = known.root
    left, right = st.columns([3, 2], gap="medium")
    with left:
        query = class_search.query()
    with right:
        view = class_choice.view(known, synset)
    if query:
        class_search.hits(known, query, view)
    class_map.breadcrumbs(known, synset)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        studied = class_accuracy.choose()
    with left:
        class_map.draw(known, synset, view, studied)
    with right:
        class_card.draw(known, synset, view, studied)
    class_pictures.draw(known, synset, view)
