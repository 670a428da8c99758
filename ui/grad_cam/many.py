"""Maps of many pictures: of those in hand, or of a data set, whose boxes say where things are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import data, images
from core.errors import NetlensError
from core.figures.heatmap import enlarged, overlay, png, shared_scale, with_box
from core.inside import Heatmap, class_target, heatmap
from core.models.preprocess import CropBox
from ui import datasets, hand
from ui.grad_cam import pointing
from ui.grad_cam.choice import Drawing, Question
from ui.grad_cam.panels import describe, shown_values
from ui.grad_cam.side_by_side import under
from ui.long_job import Progress, long_job
from ui.page import plain

_IN_HAND = "The pictures in hand"
_SHOWN = 24  # maps that are drawn at most
_COUNTS = (12, 24, 48, 96, 192, 384)
_SMALL = 224


@dataclass(frozen=True, slots=True)
class _Asked:
    """One picture to be explained."""

    name: str
    encoded: bytes
    truth: data.DataClass | None
    box: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class _Mapped:
    """Its map, or why there is none."""

    name: str
    heatmap: Heatmap | None = None
    box: CropBox | None = None
    error: str = ""


def draw(question: Question, drawing: Drawing) -> None:
    """Choose the pictures, compute, and see each map on its picture."""
    held = hand.pictures()
    names = [_IN_HAND] * (len(held) > 1) + [*datasets.names()]
    left, right = st.columns([3, 1], gap="medium")
    with left:
        name = st.selectbox("Pictures", names, key="cam_many_from", persist_state="session")
    if name == _IN_HAND:
        key = (name, *((picture.sha256, picture.name) for picture in held))
        asked = (_Asked(p.name, p.encoded, p.truth, None) for p in held[:_SHOWN])
        _maps(question, drawing, key, asked, min(len(held), _SHOWN))
        return
    with right:
        count = st.selectbox("How many", _COUNTS, key="cam_many_count", persist_state="session")
    dataset = datasets.opened(name)
    items = np.unique(np.linspace(0, len(dataset) - 1, count).round().astype(int)).tolist()
    if dataset.boxes is not None:
        with st.container(border=True):
            pointing.draw(question, dataset, items)
    shown = items[:: -(-len(items) // _SHOWN)]
    _maps(question, drawing, (name, len(dataset), *shown), _of(dataset, shown), len(shown))


def _of(dataset: data.Dataset, items: Sequence[int]) -> Iterator[_Asked]:
    boxes = dataset.boxes
    for item in items:
        try:
            encoded = dataset.read(item)
        except NetlensError:
            encoded = b""  # said as a picture that cannot be read
        truth = dataset.classes[dataset.labels[item]]
        box = None if boxes is None else [float(edge) for edge in boxes[item]]
        yield _Asked(dataset.file(item), encoded, truth, box)


def _maps(
    question: Question,
    drawing: Drawing,
    key: tuple[object, ...],
    asked: Iterator[_Asked],
    count: int,
) -> None:
    method = pointing.method(question)

    def compute(progress: Progress) -> list[_Mapped]:
        found = []
        for one in asked:
            found.append(_map(question, one, method))
            progress(len(found), count)
        return found

    setting = (question.key[1:], question.layer, method)
    found = long_job(
        "many_maps",
        (setting, key),
        button=f"Compute {count} maps",
        what="The maps",
        units="pictures",
        compute=compute,
    )
    if found is not None:
        st.caption(
            f"{pointing.name(question)} at {plain(question.layer)}. The targets chosen above are "
            "not asked here: each map is of the class that the data set names where the model has "
            "it, or else of the predicted one. Each has its own scale; white frames are the data "
            "set's boxes."
        )
        _grid(found, drawing)


def _map(question: Question, asked: _Asked, method: str) -> _Mapped:
    model = question.subject.model
    wnid = asked.truth.wnid if asked.truth is not None else None
    index = next((c.index for c in model.classes if wnid is not None and c.wnid == wnid), None)
    target = None if index is None else class_target(model, index)
    try:
        picture = images.read_image(asked.encoded, asked.name)
        found = heatmap(model, picture, target, question.layer, method)
    except NetlensError as error:
        return _Mapped(asked.name, error=str(error))
    box = None
    if asked.box is not None:
        box = model.preprocess.place(asked.box, picture.width, picture.height)
    return _Mapped(asked.name, found, box)


def _grid(found: Sequence[_Mapped], drawing: Drawing) -> None:
    cells = st.grid(6, min_column_width=130)
    for one in found:
        if one.heatmap is None:
            continue
        m = one.heatmap
        values = shown_values(m, drawing)
        crop = enlarged(m.crop, _SMALL)
        drawn = overlay(crop, values, shared_scale([values]), drawing.smooth)
        if one.box is not None:
            width, height = m.crop.size
            b = one.box
            parts = (b.top / height, b.left / width, b.bottom / height, b.right / width)
            drawn = with_box(drawn, parts)
        with cells.cell():
            st.image(png(drawn), alt=describe(m, one.name, values), output_format="PNG")
            most = f"logit {m.score:.1f} · max {values.max():.2g}".replace("-", "−")
            under(m.target.label, most if values.any() else "empty")
    for error in (one.error for one in found if one.error):
        st.caption(plain(error))
