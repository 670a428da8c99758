"""Asking models about the pictures in hand, and drawing what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import catalog, images, models
from core.ensemble import Average, average
from core.predict import Classification, Prediction, read_and_classify
from core.rollup import Share, roll_up
from ui import hand
from ui.page import CLASSES, plain

_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of a picture, and the crop that it really saw."""

    classification: Classification
    shares: tuple[Share, ...]
    crop: bytes  # PNG
    preprocessing: str
    width: int  # of the picture as it came, in pixels
    height: int
    notes: tuple[str, ...]


def load_model(name: str) -> models.ImageModel:
    """A model on the session's device; a download shows how far it is."""
    place = st.empty()

    def progress(done: int, total: int) -> None:
        text = f"Downloading {plain(name)}: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
        place.progress(min(done / max(total, 1), 1.0), text=text)

    device = hand.device()
    with st.spinner(f"Loading {plain(name)} …"):
        model = models.load(name, device=device.name, half=device.half, progress=progress)
    place.empty()
    return model


def ask(name: str, held: hand.HeldPicture) -> Answer:
    """What the model says of the picture; the session remembers its last answers.

    Raises ModelError, DeviceError or PictureError.
    """
    device = hand.device()
    key = (name, device, held.sha256, held.name)
    answers: dict[object, Answer] = st.session_state.setdefault("answers", {})
    if key not in answers:
        model = load_model(name)
        picture, answer = read_and_classify(model, held.data, held.name)
        answers[key] = Answer(
            answer,
            roll_up(catalog.load(), answer.classes, answer.probabilities),
            images.enlarge(model.preprocess.crop(picture.image), 224),
            model.preprocess.describe(),
            picture.width,
            picture.height,
            picture.notes,
        )
        while len(answers) > _REMEMBERED:
            del answers[next(iter(answers))]
    return answers[key]


def class_rows(predictions: Sequence[Prediction], key: str) -> None:
    """One row a class: its name, which links to its card, its probability, and a bar."""
    with st.container(gap="xsmall", key=key):
        for p in predictions:
            _row(p.label, p.wnid, p.probability)


def rolled_up_rows(shares: Sequence[Share], key: str) -> None:
    """The same probabilities summed up WordNet's tree, indented by depth."""
    if not shares:
        st.caption("None of this model's classes stands in WordNet's tree.")
    with st.container(gap="xsmall", key=key):
        for share in shares:
            indent = "\u2003" * (share.depth - 1) + "└\u2002" if share.depth else ""
            _row(share.label, share.wnid, share.probability, indent)


def _row(label: str, wnid: str | None, probability: float, indent: str = "") -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"
    ):
        if wnid is None:
            st.markdown(indent + plain(label))
        else:
            class_link(label, wnid, indent)
        st.markdown(f"**{probability:.1%}**", width="content")
    st.progress(min(max(probability, 0.0), 1.0))


def class_link(label: str, wnid: str, indent: str = "") -> None:
    """The name of a class, leading to its card on the Classes page."""
    st.page_link(
        CLASSES.script,
        label=indent + plain(label),
        query_params={"wnid": wnid, **hand.link_params()},
    )


def timing_line(answer: Classification) -> str:
    """Where the time went, in one line."""
    t = answer.timing
    return (
        f"decode {t.decode:.0f} ms · preprocess {t.preprocess:.0f} ms · "
        f"forward {t.forward:.0f} ms · {answer.device}"
    )


def side_by_side(held: hand.HeldPicture, name: str, answer: Answer, view: str, top: int) -> None:
    """One model: the picture, the crop that it saw, and its answer."""
    left, middle, right = st.columns([3, 2, 5], gap="medium")
    with left:
        _picture_given(held, answer)
    with middle:
        _crop_seen(held, name, answer)
    with right.container(border=True):
        card(name, answer, view, top)


def compared(held: hand.HeldPicture, got: dict[str, Answer], view: str, top: int) -> None:
    """Several models: their crops in one row, their answers in the next, then the average."""
    first, *crops = st.columns([2, *[1] * len(got)], gap="medium")
    with first:
        _picture_given(held, next(iter(got.values())))
    for column, (name, answer) in zip(crops, got.items(), strict=True):
        with column:
            _crop_seen(held, name, answer)
    for column, (name, answer) in zip(st.columns(len(got)), got.items(), strict=True):
        with column.container(border=True, height="stretch"):
            card(name, answer, view, top)
    with st.container(border=True):
        _average_card(average([a.classification for a in got.values()]), list(got), top)


def _picture_given(held: hand.HeldPicture, answer: Answer) -> None:
    st.image(images.cached_thumbnail(held.data, 720, held.name), alt=held.name)
    st.caption(
        plain(f"{held.name}, {answer.width} × {answer.height} pixels. ")
        + " ".join(plain(note) for note in answer.notes)
    )


def _crop_seen(held: hand.HeldPicture, name: str, answer: Answer) -> None:
    st.image(answer.crop, alt=f"What {name} saw of {held.name}")
    st.caption(f"What {plain(short_name(name))} saw", help=answer.preprocessing)


def card(name: str, answer: Answer, view: str, top: int) -> None:
    """One model's answer."""
    st.markdown(f"**{plain(short_name(name))}**", help=name)
    if view == "Classes":
        class_rows(answer.classification.top(top), key=f"rows-{name}")
    else:
        rolled_up_rows(answer.shares, key=f"tree-{name}")
    st.caption(timing_line(answer.classification))


def _average_card(mean: Average, names: Sequence[str], top: int) -> None:
    """The average of several models over the classes that they share."""
    count = len(mean.predictions)
    st.markdown(f"**Average over the {count:,} classes that all of them know**")
    class_rows(mean.predictions[:top], key="rows-average")
    shares = ", ".join(
        f"{plain(short_name(name))} {share:.0%}"
        for name, share in zip(names, mean.inside, strict=True)
    )
    st.caption(f"Probability that each gave to these classes before averaging: {shares}.")


def short_name(name: str) -> str:
    """A model's name without its source."""
    return name.partition("/")[2]
