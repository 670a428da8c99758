"""Answers as pictures: chosen by class, by kind and by slice, in an order, a page at a time."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core import catalog
from core.data import Dataset
from core.evaluation.answers import Answers
from core.evaluation.selection import CONFIDENCE, Selection, Span
from core.evaluation.slices.slices import Slice
from ui import labelled, paging
from ui.gallery import Item, gallery
from ui.mistakes import picture_view, where
from ui.page import plain
from ui.remember import remembered
from ui.studied import Studied, pictures

_A_PAGE = 24
_OUTCOMES = {
    "wrong": "Errors",
    "right": "Right answers",
    "all": "All answers",
    "right under ReaL": "Errors that ReaL calls right",
    "look-alike": "Look-alikes",
    "near": "Near errors",
    "far": "Far errors",
    "unknown": "Errors outside of WordNet",
}
_ORDERS = {"loss": "largest loss", "sure": "surest", "unsure": "most undecided"}
_ALL = ""


def draw(studied: Studied) -> None:
    """The controls, the pictures, and the one that is looked at closely."""
    answers = studied.answers
    chosen = where.selection(answers)
    _controls(answers, chosen.span)
    opened = where.picture(answers)
    dataset = pictures(studied)
    rows = chosen.rows(answers)
    above = st.container()
    if len(rows):
        _pictures(studied, chosen, dataset, rows)
    else:
        st.caption("There are no such answers.")
    if opened is not None and dataset is not None:
        with above:
            picture_view.draw(studied, dataset, opened)


def class_options(answers: Answers) -> Mapping[str, str]:
    """Keys of the address and names: all, groups, then classes with their counts."""
    options = {_ALL: "any class"}
    for group in answers.groups:
        if group.wnid is not None:
            options[group.wnid] = f"{group.label} (all {len(group.classes)})"
    for at, title in enumerate(answers.titles):
        options[where.key_of(answers, at)] = title
    return options


def _controls(answers: Answers, span: Span | None) -> None:
    options = class_options(answers)
    left, middle, right, last = st.columns(4, gap="small")
    with left:
        _class_choice("Truth", where.TRUTH, options)
    with middle:
        _class_choice("Taken for", where.SAID, options)
    with right:
        _choice("Show", where.SHOW, _OUTCOMES)
    with last:
        _choice("First the", where.SORT, _ORDERS)
    if span is not None:
        st.button(
            plain(f"Only: {_span_words(span)}"),
            icon=":material/close:",
            key="mistakes_unslice",
            help="Show those of any other value, too",
            on_click=where.take,
            kwargs={where.SLICE: None},
        )


def _class_choice(label: str, param: str, options: Mapping[str, str]) -> None:
    named = st.query_params.get(param, _ALL)
    if named not in options and named in catalog.load():  # a synset between groups and classes
        options = {**options, named: f"{catalog.load().get(named).label} (and below)"}
    _choice(label, param, options)


def _choice(label: str, param: str, options: Mapping[str, str]) -> None:
    default = next(iter(options))
    key = f"mistakes_{param}"
    named = st.query_params.get(param, default)
    st.session_state[key] = named if named in options else default

    def changed() -> None:
        picked = st.session_state[key]
        where.take(**{param: None if picked == default else picked, where.PICTURE: None})

    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=changed)


def _pictures(
    studied: Studied, chosen: Selection, dataset: Dataset | None, rows: np.ndarray
) -> None:
    """Draw a page of them."""
    answers = studied.answers
    total = len(rows)
    st.caption(f"{total:,} of {len(answers):,} answers.")
    page = paging.page(total, _A_PAGE, f"mistakes_page-{hash((studied.id, chosen))}")
    rows = chosen.page(answers, rows, (page - 1) * _A_PAGE, _A_PAGE)
    if dataset is None:
        _table(answers, rows.tolist())
        return
    items = remembered(
        "mistake_pictures",
        (studied.id, tuple(rows.tolist())),
        lambda: [item for row in rows.tolist() if (item := _item(answers, dataset, row))],
        6,
    )
    gallery(
        items,
        f"{_OUTCOMES[chosen.outcome]}, page {page}",
        "mistakes_gallery",
        lambda at: where.take(**{where.PICTURE: at}),
        st.query_params.get(where.PICTURE),
    )
    st.caption(
        "The truth, what it was taken for, and how sure of that it was. Click a picture to look "
        "closer."
    )


def _item(answers: Answers, dataset: Dataset, row: int) -> Item | None:
    """None for what cannot be read any more."""
    picture = labelled.thumbnail(dataset, answers.position(row))
    if picture is None:
        return None
    truth, said = (answers.titles[int(of[row])] for of in (answers.labels, answers.predicted))
    sure = f"{answers.confidence[row]:.0%}"
    right = bool(answers.right[row])
    title = f"{truth}, right\n{sure}" if right else f"{truth}:\n{said} · {sure}"
    alt = f"{truth}, {'rightly ' if right else ''}taken for {said} at {sure}"
    return Item(str(answers.position(row)), title, alt, picture)


def _table(answers: Answers, rows: list[int]) -> None:
    """Where there are no pictures."""
    st.dataframe(
        [
            {
                "File": answers.file(row),
                "Truth": answers.titles[int(answers.labels[row])],
                "Taken for": answers.titles[int(answers.predicted[row])],
                "Sure": float(answers.confidence[row]),
                "Loss": float(answers.loss[row]),
            }
            for row in rows
        ],
        hide_index=True,
        column_config={"Sure": st.column_config.NumberColumn(format="percent")},
    )


def _span_words(span: Span) -> str:
    if span.of == CONFIDENCE:
        return f"Confidence {span.low:.0%} to {span.high:.0%}"
    return Slice(span.of, span.low, span.high, 0, 0).words
