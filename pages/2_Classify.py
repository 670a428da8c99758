"""Classify: one or many pictures, one or several models."""

from collections.abc import Sequence

import streamlit as st

from core.export import to_csv, to_json
from core.predict import Classification, Failure
from ui import answers, hand, many, pickers
from ui.model_table import model_table
from ui.page import CLASSIFY, page, plain

TOP = 5


def show_one(held: hand.HeldPicture, names: list[str]) -> list[Classification]:
    """One picture: what each model saw, and its classes as bars or up the tree."""
    got = answers.ask_all(names, held)
    view = st.segmented_control(
        "View", ["Classes", "Up the tree"], default="Classes", required=True, key="classify_view"
    )
    if len(got) == 1:
        answers.side_by_side(held, *next(iter(got.items())), view, TOP)
    elif got:
        answers.compared(held, got, view, TOP)
    else:
        answers.picture_alone(held)
    return [answer.classification for answer in got.values()]


def show_many(held: tuple[hand.HeldPicture, ...], names: list[str]) -> None:
    """Many pictures: a table; a tick in a row opens that picture below."""
    columns = many.ask_all(names, held)
    if not columns:
        return
    chosen = many.answers_table(held, columns)
    export([answer for column in columns.values() for answer in column])
    if chosen is not None:
        st.subheader(plain(held[chosen].name))
        show_one(held[chosen], list(columns))


def export(given: Sequence[Classification | Failure]) -> None:
    """The answers as files."""
    with st.popover("Export", icon=":material/download:"):
        st.download_button("CSV", to_csv(given, TOP), "netlens.csv", "text/csv")
        st.download_button("JSON", to_json(given, TOP), "netlens.json", "application/json")
        st.caption("`index` counts the model's own outputs; `wnid` names the class everywhere.")


with page(CLASSIFY):
    st.title("Classify")
    pickers.picture_picker()
    models_column, device_column = st.columns([4, 1], vertical_alignment="bottom")
    with models_column:
        pickers.model_picker()
    with device_column, st.popover("Device", icon=":material/memory:"):
        pickers.device_picker()
    model_table()
    pictures = hand.pictures()
    if not pictures:
        st.caption("Pick a sample, upload pictures, or take one with the camera.")
    elif len(pictures) == 1:
        given = show_one(pictures[0], hand.model_names())
        if given:
            export(given)
    else:
        show_many(pictures, hand.model_names())
