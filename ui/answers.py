"""Asking models about the pictures in hand, and drawing what they say."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import catalog, images, models
from core.data import DataClass
from core.ensemble import Average, average
from core.errors import ModelError, NetlensError, PictureError
from core.predict import Classification, Prediction, read_and_classify
from core.rollup import Share, roll_up
from ui import hand, weights
from ui.page import CLASSES, plain, show_error

_REMEMBERED = 64
_LEAST = 0.001  # probabilities below are not told apart


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
    """A model on the session's device; its weights are here (see `ui.weights`)."""
    device = hand.device()
    with st.spinner(f"Loading {plain(name)} …"):
        return models.load(name, device=device.name, half=device.half)


def ask_all(names: Sequence[str], held: hand.HeldPicture) -> dict[str, Answer]:
    """What each model says of the picture; what goes wrong is shown, once."""
    got, wrong = {}, []
    for name in weights.ready(names):
        try:
            got[name] = ask(name, held)
        except NetlensError as error:
            wrong.append(str(error))
    for sentence in dict.fromkeys(wrong):
        show_error(sentence)
    return got


def ask(name: str, held: hand.HeldPicture) -> Answer:
    """What the model says of the picture; the session remembers its last answers.

    Raises ModelError, DeviceError or PictureError.
    """
    device = hand.device()
    key = (name, device, held.sha256, held.name)
    answers: dict[object, Answer] = st.session_state.setdefault("answers", {})
    if key not in answers:
        model = load_model(name)
        picture, answer = read_and_classify(model, held.encoded, held.name)
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
        shown = f"{probability:.1%}" if probability >= _LEAST else f"<{_LEAST:.1%}"
        st.markdown(f"**{plain(shown)}**", width="content")
    st.progress(min(max(probability, 0.0), 1.0))


def class_link(label: str, wnid: str, indent: str = "", run: str | None = None) -> None:
    """The name of a class, leading to its card on the Classes page.

    With `run` the card has the accuracy of that evaluation, as `ui.studied` names it.
    """
    evaluation = {} if run is None else {"run": run}
    st.page_link(
        CLASSES.script,
        label=indent + plain(label),
        query_params={"wnid": wnid, **evaluation, **hand.link_params()},
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
        card(held, name, answer, view, top)


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
            card(held, name, answer, view, top)
    with st.container(border=True):
        try:
            mean = average([answer.classification for answer in got.values()])
        except ModelError as error:
            st.caption(plain(str(error)))
        else:
            _average_card(mean, list(got), view, top)


def picture_alone(held: hand.HeldPicture) -> None:
    """The picture, while there is no answer to show beside it."""
    with contextlib.suppress(PictureError):  # said with the answers
        st.image(held.thumbnail(720), alt=held.name, width=320)


def _picture_given(held: hand.HeldPicture, answer: Answer) -> None:
    st.image(held.thumbnail(720), alt=held.name)
    st.caption(
        plain(f"{held.name}, {answer.width} × {answer.height} pixels. ")
        + " ".join(plain(note) for note in answer.notes)
    )
    if held.truth is not None:
        st.caption(f"Labelled **{plain(held.truth.label)}** in its data set.")


def _crop_seen(held: hand.HeldPicture, name: str, answer: Answer) -> None:
    st.image(answer.crop, alt=f"What {name} saw of {held.name}")
    st.caption(f"What {plain(short_name(name))} saw", help=answer.preprocessing)


def card(held: hand.HeldPicture, name: str, answer: Answer, view: str, top: int) -> None:
    """One model's answer."""
    st.markdown(f"**{plain(short_name(name))}**", help=plain(name))
    _doubt(answer.classification, view)
    if view == "Classes":
        class_rows(answer.classification.top(top), key=f"rows-{name}")
    else:
        rolled_up_rows(answer.shares, key=f"tree-{name}")
    if held.truth is not None:
        st.caption(_judgement(held.truth, answer.classification))
    st.caption(timing_line(answer.classification))


def _doubt(answer: Classification, view: str) -> None:
    """Say so where the picture perhaps shows none of the model's classes."""
    if answer.reject is None or not answer.is_rejected:
        return
    reject, count = answer.reject, len(answer.classes)
    nearest = " These come nearest:" if view == "Classes" else ""
    st.markdown(f":material/question_mark: **Perhaps none of its {count:,} classes.**{nearest}")
    st.caption(
        f"No class reaches {reject.below:.1%}. In a test that was so for {reject.others:.0%} of "
        f"the photographs of other things, and for {reject.right:.0%} of those that it names "
        "rightly."
    )


def _judgement(truth: DataClass, answer: Classification) -> str:
    found = answer.rank_of(truth.wnid)
    if found is None:
        return f"{plain(truth.label)} is not among this model's {len(answer.classes):,} classes."
    rank, probability = found
    if rank == 1:
        return f":material/check: {plain(truth.label)} is right."
    return f":material/close: {plain(truth.label)} comes {rank}. with {probability:.1%}."


def _average_card(mean: Average, names: Sequence[str], view: str, top: int) -> None:
    """The average of several models over the classes that they share."""
    count = len(mean.predictions)
    st.markdown(f"**Average over the {count:,} classes that all of them know**")
    if view == "Classes":
        class_rows(mean.predictions[:top], key="rows-average")
    else:
        probabilities = np.array([p.probability for p in mean.predictions])
        shares = roll_up(catalog.load(), mean.predictions, probabilities)
        rolled_up_rows(shares, key="tree-average")
    inside = ", ".join(
        f"{plain(short_name(name))} {share:.0%}"
        for name, share in zip(names, mean.inside, strict=True)
    )
    st.caption(
        f"Of all its probability, each model gave to these classes: {inside}. Each is scaled to "
        "100% before the average, so that all count alike."
    )


def short_name(name: str) -> str:
    """A model's name without its source."""
    return name.partition("/")[2]
