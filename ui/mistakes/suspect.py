"""One error to be judged: the picture, and what the label and the model say that it shows."""

import numpy as np
import streamlit as st

from core import images
from core.data import Dataset
from core.errors import NetlensError
from core.evaluation.answers import Answers
from core.evaluation.review import queue
from core.evaluation.truth.suspects import LABEL, MODEL, UNDECIDED
from ui import answers as asking
from ui import labelled
from ui.page import plain
from ui.remember import remembered
from ui.studied import Studied

VERDICTS = {LABEL: "the label", MODEL: "the model", UNDECIDED: ""}
"""What ImageNet's reassessed labels call wrong."""
_LARGE = 360  # pixels
_SMALL = 68
_EXAMPLES = 3
_KEPT = 12
_LEAST = 0.001  # probabilities below are not told apart


def picture(of: Studied, dataset: Dataset, row: int) -> bool:
    """Draw it large; whether it is the one that was asked about, so that it can be voted on."""
    answers = of.answers
    at = answers.position(row)
    key = (of.id, at, answers.sha256(row))
    try:
        large, sha256 = remembered("review_pictures", key, lambda: _read(dataset, at), _KEPT)
    except NetlensError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return False
    st.image(large, alt=f"The picture {answers.file(row)}", width="stretch")
    st.caption(plain(answers.file(row)))
    if sha256 == answers.sha256(row):
        return True
    st.caption(
        ":material/warning: The picture has changed since it was asked about. Evaluate again to "
        "vote on what it is now."
    )
    return False


def claims(of: Studied, dataset: Dataset, place: int) -> None:
    """The label and the answer side by side, each with pictures that nobody doubts."""
    answers, suspects = of.answers, of.answers.suspects
    row = int(suspects.rows[place])
    left, right = st.columns(2, gap="small")
    with left:
        st.caption(f"Labelled · {_share(suspects.self_confidence[place])}")
        _class(of, dataset, row, int(answers.labels[row]))
    with right:
        st.caption(f"The model says · {_share(suspects.confidence[place])}")
        _class(of, dataset, row, int(answers.predicted[row]))


def reveal(answers: Answers, place: int) -> None:
    """What is known from elsewhere. It would sway a vote, so it comes after that."""
    suspects = answers.suspects
    doubts = "doubts the label" if suspects.confident[place] else "does not doubt the label"
    told = f"Confident learning {doubts}, whose quality is {suspects.margin[place]:.2f} of 1."
    if verdict := VERDICTS[int(suspects.verdict[place])]:
        told += f" By ImageNet's reassessed labels, {verdict} is wrong."
    st.caption(told)


def _read(dataset: Dataset, at: int) -> tuple[bytes, str]:
    """A small picture pixel by pixel, a large one no larger than is seen; its digest."""
    encoded, name = dataset.read(at), dataset.file(at)
    found = images.read_image(encoded, name)
    if min(found.width, found.height) < _LARGE:
        return images.enlarge(found.image, _LARGE), found.sha256
    return images.cached_thumbnail(encoded, 2 * _LARGE, name, found.sha256), found.sha256


def _class(of: Studied, dataset: Dataset, row: int, at: int) -> None:
    answers = of.answers
    wnid, _ = answers.classes[at]
    name = answers.titles[at]
    if wnid is None:
        st.markdown(f"**{plain(name)}**")
    else:
        asking.class_link(name, wnid)
    key = (of.id, len(answers), row, at)
    shown = remembered(
        "review_examples", key, lambda: _examples(answers, dataset, row, at), 2 * _KEPT
    )
    with st.container(horizontal=True, gap="xsmall"):
        for small in shown:
            st.image(small, width=_SMALL, alt=f"Another picture labelled {name}")
    if not shown:
        st.caption("There is no other picture of it here.")


def _examples(answers: Answers, dataset: Dataset, row: int, at: int) -> list[bytes]:
    others = queue.examples(answers, at, row, _EXAMPLES).tolist()
    small = (labelled.thumbnail(dataset, answers.position(other)) for other in others)
    return [found for found in small if found is not None]


def _share(probability: np.floating) -> str:
    return f"{probability:.1%}" if probability >= _LEAST else f"<{_LEAST:.1%}"
