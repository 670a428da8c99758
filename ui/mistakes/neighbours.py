"""The pictures that the network takes for most alike, and those among them that it learnt from."""

import numpy as np
import streamlit as st

from core.data import Dataset
from core.evaluation.similar.neighbours import nearest
from ui import labelled
from ui.gallery import Item, gallery
from ui.mistakes import learnt, where
from ui.remember import remembered
from ui.studied import RUN, Studied

_NEIGHBOURS = 8
_KEPT = 12


def draw(studied: Studied, dataset: Dataset, row: int) -> None:
    """Of this evaluation, and of the training pictures where the model was asked about them."""
    if studied.answers.embedding is None:
        return
    items = _items(studied, studied, dataset, row)
    if items:
        st.markdown("**What looks alike to the network**")
        gallery(
            items,
            "Neighbours",
            "mistakes_neighbours",
            lambda at: where.take(**{where.PICTURE: at}),
        )
        st.caption(
            "The nearest pictures of this evaluation by the cosine of what the last layer gets, "
            "with their true classes."
        )
    source = learnt.of(studied)
    if source is None:
        learnt.offer(studied, dataset)
        return
    if source.answers.waiting:
        st.caption(f"Of the training pictures {source.answers.waiting:,} wait to be looked at.")
    items = _items(studied, source, dataset, row)
    if items:
        st.markdown("**What it learnt from that looks alike**")
        gallery(
            items,
            "Training pictures",
            "mistakes_learnt_from",
            lambda at: where.gallery(**{RUN: source.id, where.SHOW: "all", where.PICTURE: at}),
        )
        st.caption("The nearest training pictures, with the classes that it was taught.")


def _items(studied: Studied, among: Studied, dataset: Dataset, row: int) -> list[Item]:
    answers, others = studied.answers, among.answers
    own = np.array([row]) if among is studied else None
    wanted = np.asarray(answers.embedding[row : row + 1])
    near = remembered(
        "mistake_neighbours",
        (studied.id, among.id, len(answers), len(others), row),
        lambda: nearest(others.embedding, wanted, _NEIGHBOURS, own=own),
        _KEPT,
    )
    items = []
    for other, cosine in zip(near.rows[0].tolist(), near.cosines[0].tolist(), strict=True):
        picture = labelled.thumbnail(dataset, others.position(other)) if other >= 0 else None
        if picture is not None:
            title = others.titles[int(others.labels[other])]
            alt = f"{title}, cosine {cosine:.2f}"
            items.append(Item(str(others.position(other)), f"{title}\n{cosine:.2f}", alt, picture))
    return items
