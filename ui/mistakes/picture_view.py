"""One answer looked at closely: truth and prediction, and where the evidence for both lies."""

import numpy as np
import streamlit as st

from core import catalog, images
from core.data import Dataset
from core.errors import NetlensError
from core.evaluation.answers import Answers
from core.evaluation.hierarchy.severity import GRADES, RIGHT
from core.evaluation.review.queue import claim
from core.figures.heatmap import Scale, colour_bar, enlarged, overlay, png, shared_scale
from core.images import Picture
from core.inside import Heatmap, class_target, explain
from ui import answers as asking
from ui import weights
from ui.into_view import into_view
from ui.mistakes import neighbours, remarks, where
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.studied import Studied

_LARGE = 320  # pixels at least of a picture's side
_KEPT = 12
_GRADED = {
    "right under ReaL": "Right by the reassessed labels",
    "look-alike": "A known look-alike",
    "near": "A near miss",
    "far": "Far off",
    "unknown": "One of the classes has no place in WordNet",
}


def draw(studied: Studied, dataset: Dataset, row: int) -> None:
    """The picture, what was said of it, two maps on one scale, and its neighbours."""
    answers = studied.answers
    at = answers.position(row)
    try:
        encoded = dataset.read(at)
        picture = images.read_image(encoded, dataset.file(at))
    except NetlensError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return
    with st.container(border=True):
        into_view(f"{studied.id} {at}", "mistakes_opened")
        truth = answers.titles[int(answers.labels[row])]
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"**{plain(answers.file(row))}** · truth: {plain(truth)}"
            st.markdown(words, width="stretch")
            st.button(
                "Close",
                icon=":material/close:",
                key="mistakes_close",
                on_click=where.take,
                kwargs={where.PICTURE: None},
            )
        if picture.sha256 != answers.sha256(row):
            st.caption(
                ":material/warning: The picture has changed since it was asked about: the maps "
                "are of what it is now. Evaluate again to vote on that."
            )
        left, right = st.columns([3, 7], gap="medium")
        with left:
            _said(answers, row)
        with right:
            try:
                maps = _maps(studied, row, picture)
            except NetlensError as error:
                st.image(_enlarged(picture), width=_LARGE, alt=picture.name)
                st.caption(f":material/info: {plain(str(error))}")
            else:
                _draw_maps(picture, maps)
        if picture.sha256 == answers.sha256(row):
            remarks.draw(claim(answers, row))
        neighbours.draw(studied, dataset, row)


def _enlarged(picture: Picture) -> bytes:
    return images.enlarge(picture.image, _LARGE)


def _said(answers: Answers, row: int) -> None:
    truth = int(answers.labels[row])
    rows = [
        {"Class": ("✓ " if at == truth else "") + answers.titles[at], "Probability": float(share)}
        for at, share in zip(answers.top[row], answers.top_probability[row], strict=True)
        if at >= 0
    ]
    if truth not in answers.top[row]:
        share = float(np.exp(-answers.loss[row]))
        rows.append({"Class": f"✓ {answers.titles[truth]}", "Probability": share})
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"Probability": st.column_config.NumberColumn(format="percent")},
        alt=f"Probabilities of {len(rows)} classes",
    )
    grade = int(answers.grades[row])
    words = f"✓ is the truth. Loss {answers.loss[row]:.2f} nats."
    if grade != RIGHT:
        words += f" {_GRADED[GRADES[grade]]}{_kind(answers, row)}."
    st.caption(words)


def _kind(answers: Answers, row: int) -> str:
    """What both classes are, as WordNet has it; nothing where one of them has no place there."""
    truth, said = (
        answers.hierarchy.wnids[int(of[row])] for of in (answers.labels, answers.predicted)
    )
    if truth is None or said is None or truth == said:
        return ""
    shared = catalog.load().lowest_common_ancestor(truth, said)
    return f": both are kinds of {plain(shared.label)}"


def _maps(studied: Studied, row: int, picture: Picture) -> list[Heatmap]:
    """Of the prediction, and of the truth where that is another class. Raises what they raise."""
    assert studied.run is not None
    name = str(studied.run.spec["model"])
    if not weights.ready([name]):
        return []
    model = asking.load_model(name)
    answers = studied.answers
    raw = answers.table["top"][answers.rows[row], 0]
    wanted = [int(raw)]
    meant = answers.table.meta["claims"][int(answers.labels[row])]
    if not answers.right[row]:
        wanted.append(_likeliest(answers, row, meant))
    key = (*subject_key(model, picture), tuple(wanted))
    return remembered(
        "mistake_maps",
        key,
        lambda: [explain(model, picture, class_target(model, at)) for at in wanted],
        _KEPT,
    )


def _likeliest(answers: Answers, row: int, meant: list[int]) -> int:
    """Of the outputs that stand for the truth the most probable, as far as the first five tell."""
    top = answers.table["top"][answers.rows[row]].tolist()
    return next((at for at in top if at in meant), meant[0])


def _draw_maps(picture: Picture, maps: list[Heatmap]) -> None:
    if not maps:
        return
    scale = shared_scale([found.native for found in maps])
    cells = st.grid(1 + len(maps), min_column_width=96)
    with cells.cell():
        crop = enlarged(maps[0].crop, _LARGE)
        st.image(png(crop), alt=f"What the model saw of {picture.name}", output_format="PNG")
        st.markdown("**Picture**  \n:small[what the model saw]")
    for found, title in zip(maps, ("Taken for", "Truth"), strict=False):
        with cells.cell():
            _draw_map(found, scale, title, picture.name)
    if scale.high:
        st.plotly_chart(
            colour_bar(scale, "logits per cell"),
            config={"displayModeBar": False},
            alt=f"Colours up to {scale.high:.3g} logits per cell",
        )
    st.caption("Grad-CAM of both classes, on one scale." if len(maps) > 1 else "Grad-CAM.")


def _draw_map(found: Heatmap, scale: Scale, title: str, name: str) -> None:
    drawn = overlay(enlarged(found.crop, _LARGE), found.native, scale, smooth=True)
    of = f"Grad-CAM of {found.target.label} over {name}"
    st.image(png(drawn), alt=of, output_format="PNG")
    logit = f"logit {found.score:.2f}".replace("-", "−")
    st.markdown(f"**{title}: {plain(found.target.label)}**  \n:small[{logit}]")
