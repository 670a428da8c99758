"""Classify: one or many pictures, one or several models."""

import streamlit as st

from core.errors import NetlensError
from core.export import to_csv, to_json
from core.predict import Classification, Failure
from ui import answers, hand, many, pickers
from ui.model_table import model_table
from ui.page import CLASSIFY, page, plain, show_error

TOP = 5


def show_one(held: hand.HeldPicture, names: list[str]) -> None:
    """One picture: what each model saw, and its classes as bars and up the tree."""
    got = {}
    for name in names:
        try:
            got[name] = answers.ask(name, held)
        except NetlensError as error:
            show_error(str(error))
    if not got:
        return
    view = st.segmented_control(
        "View", ["Classes", "Up the tree"], default="Classes", required=True, key="classify_view"
    )
    if len(got) == 1:
        answers.side_by_side(held, *next(iter(got.items())), view, TOP)
    else:
        answers.compared(held, got, view, TOP)
    export([answer.classification for answer in got.values()], key="one")


def show_many(held: tuple[hand.HeldPicture, ...], names: list[str]) -> None:
    """Many pictures: a table; a click on a row opens that picture below."""
    columns = {}
    for name in names:
        try:
            columns[name] = many.ask_many(name, held)
        except NetlensError as error:
            show_error(str(error))
    if not columns:
        return
    chosen = many.answers_table(held, columns)
    export([answer for column in columns.values() for answer in column], key="many")
    if chosen is not None:
        st.subheader(plain(held[chosen].name))
        show_one(held[chosen], names)


def export(given: list[Classification | Failure], key: str) -> None:
    """The answers as files."""
    with st.popover("Export", icon=":material/download:"):
        st.download_button("CSV", to_csv(given, TOP), "netlens.csv", "text/csv", key=f"csv_{key}")
        st.download_button(
            "JSON", to_json(given, TOP), "netlens.json", "application/json", key=f"json_{key}"
        )


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
        show_one(pictures[0], hand.model_names())
    else:
        show_many(pictures, hand.model_names())
