"""Sanity checks of a map: does it need what the network learned, and does it stay on the object?"""

import math
from collections.abc import Sequence

import streamlit as st

from core.figures.heatmap import enlarged, overlay, png, shared_scale
from core.inside import PICTURE_METHODS, Heatmap
from core.inside.trust.agreement import Agreement
from core.inside.trust.randomisation import Randomised, randomised, stages_of
from core.inside.trust.stability import Moved, stability
from ui.grad_cam.choice import Question
from ui.grad_cam.side_by_side import under
from ui.long_job import long_job
from ui.page import plain

_SMALL = 224
_STAGES = 4  # that are forgotten, one after the other: a map that survives these survives all
_MOVES = {
    "flip": "Mirrored",
    "left": "Moved left",
    "right": "Moved right",
    "up": "Moved up",
    "down": "Moved down",
}


def forgetting(question: Question, m: Heatmap) -> None:
    """The map after the last stages have forgotten what they had learned."""
    st.subheader("Forget what was learned", anchor=False)
    st.caption(
        "The network's last stages get random weights, one after the other, on a copy. A map that "
        "stays the same shows the picture, and not what the network knows (Adebayo et al. 2018)."
    )
    if _refused(m):
        return
    subject = question.subject
    stages = min(_STAGES, len(stages_of(question.network)))
    found = long_job(
        "forgetting",
        (question.key, m.target, m.layer, m.method, stages),
        button=f"Forget the last {stages} stages",
        what="The sanity check",
        units="stages",
        compute=lambda progress: randomised(
            subject.model,
            subject.picture,
            m.target,
            m.layer,
            m.method,
            stages=stages,
            progress=progress,
        ),
    )
    if found is not None:
        _forgotten(m, found)


def _forgotten(m: Heatmap, found: Sequence[Randomised]) -> None:
    rows = [("As it is learned", m, "the network as it is")]
    rows += [(f"without {one.stages[-1]}", one.heatmap, _said(one.agreement)) for one in found]
    _row(rows)
    first = found[0].agreement
    if not math.isnan(first.spearman):
        st.caption(
            f"Without what {plain(found[0].stages[0])} learned, the ranks of the cells correlate "
            f"with those before by {_number(first.spearman)}: "
            + (
                "the map depends on what was learned."
                if first.spearman < 0.5
                else "much of the map does not come from what that stage learned."
            )
        )


def moving(question: Question, m: Heatmap) -> None:
    """The map of the mirrored picture, and of the picture moved by a few pixels."""
    st.subheader("Mirror and move", anchor=False)
    shift = max(1, m.crop.width // 16)
    st.caption(
        f"The picture is mirrored, and moved by {shift} pixels in four directions. A map that "
        "follows the object goes along: moved back, it correlates with the one before by nearly 1."
    )
    if _refused(m):
        return
    subject = question.subject
    found = long_job(
        "moving",
        (question.key, m.target, m.layer, m.method, shift),
        button="Mirror and move",
        what="The test",
        units="moves",
        compute=lambda _: stability(
            subject.model, subject.picture, m.target, m.layer, m.method, shift=shift
        ),
    )
    if found is not None:
        _row([(_title(one), one.heatmap, _said(one.agreement)) for one in found])


def _refused(m: Heatmap) -> bool:
    if m.method in PICTURE_METHODS:
        st.caption(f"This test is for methods at a layer: {PICTURE_METHODS[m.method]} has none.")
    return m.method in PICTURE_METHODS


def _title(moved: Moved) -> str:
    return _MOVES[moved.move]


def _said(found: Agreement) -> str:
    both = f"correlation {_number(found.pearson)} · of ranks {_number(found.spearman)}"
    return found.note or both


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _row(rows: Sequence[tuple[str, Heatmap, str]]) -> None:
    """Maps, each on its own scale."""
    cells = st.grid(5, min_column_width=130)
    for title, m, text in rows:
        with cells.cell():
            drawn = overlay(
                enlarged(m.crop, _SMALL), m.native, shared_scale([m.native]), smooth=True
            )
            alt = f"{title}: map of {m.target.label}, {text}"
            st.image(png(drawn), alt=alt, output_format="PNG")
            under(title, text)
