"""Putting a map to the test: erase what it calls hot, and see whether the answer minds."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.figures.curves import deletion_figure, insertion_figure
from core.figures.heatmap import enlarged, png
from core.inside import Heatmap
from core.inside.trust.erasing import BASELINES, Erased, erase, part
from core.inside.trust.faithfulness import Faithfulness, faithfulness
from core.models.preprocess import CropBox
from ui.grad_cam import one, sanity
from ui.grad_cam.choice import ALL_METHODS, Question
from ui.grad_cam.side_by_side import under
from ui.long_job import long_job
from ui.page import plain
from ui.remember import remembered
from ui.target_choice import probability

_SMALL = 224
_ERASED = 24  # answers that are remembered


def draw(question: Question) -> None:
    """Each test in a box of its own."""
    question = replace(question, a=question.together, b=None)
    maps = one.compute(question)
    if maps is None:
        return
    m = maps[0]
    at = f" at {plain(m.layer)}" if m.layer else ""
    st.caption(
        f"{ALL_METHODS[m.method]} of {plain(m.target.label)}{at}. A map that looks right may still "
        "say nothing about the network: these tests ask the network."
    )
    with st.container(border=True):
        _erase(question, m)
    with st.container(border=True):
        _curves(question, m)
    with st.container(border=True):
        sanity.forgetting(question, m)
    with st.container(border=True):
        sanity.moving(question, m)


def _key(question: Question, m: Heatmap) -> tuple[object, ...]:
    return (question.key, m.target, m.layer, m.method)


def _erase(question: Question, m: Heatmap) -> None:
    """Parts of the picture erased, and the probability each time."""
    st.subheader("Erase a part", anchor=False)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        percent = st.slider(
            "How much of the picture",
            5,
            95,
            25,
            5,
            "%d %%",
            key="cam_erase_share",
            persist_state="session",
        )
    with right:
        baseline = st.selectbox(
            "Put in its place",
            list(BASELINES),
            format_func=BASELINES.get,
            key="cam_erase_by",
            persist_state="session",
        )
    parts = {
        f"Hottest {percent} %": part(m, percent / 100, "hottest"),
        f"Random {percent} %": part(m, percent / 100, "random"),
        f"Coldest {percent} %": part(m, percent / 100, "coldest"),
        "The box": _box(m),
    }
    before = probability(question.said, m.target)
    changes = {}
    cells = st.grid(5, min_column_width=130)
    with cells.cell():
        st.image(png(enlarged(m.crop, _SMALL)), alt="The whole picture", output_format="PNG")
        under("Nothing erased", f"{before:.1%}")
    for title, where in parts.items():
        found = _asked(question, where, baseline)
        after = m.target(found.probabilities)
        change = f"{100 * (after - before):+.1f} points".replace("-", "−")
        changes[title] = after - before
        with cells.cell():
            picture = png(enlarged(found.crop, _SMALL))
            alt = f"{title} erased: {m.target.label} {after:.1%}"
            st.image(picture, alt=alt, output_format="PNG")
            under(title, f"{after:.1%} ({change})")
    hot, random, cold = list(changes.values())[:3]
    of = "the probability of the one minus that of the other" if m.target.minus else "probability"
    st.caption(
        f"Below each picture: {of}, {plain(m.target.label)}. Where the map is true, erasing the "
        "hottest part costs more than erasing as much at random, and erasing the coldest costs "
        f"least. Here {'both hold' if hot < random < cold else 'that does not hold'}, for one "
        "random draw; the curves below take five."
    )


def _box(m: Heatmap) -> CropBox:
    """A rectangle by its edges, in pixels of the crop."""
    width, height = m.crop.size
    left, right = st.columns(2, gap="medium")
    with left:
        x = st.slider(
            "Box from left to right",
            0,
            100,
            (35, 65),
            1,
            "%d %%",
            key="cam_box_x",
            persist_state="session",
        )
    with right:
        y = st.slider(
            "Box from top to bottom",
            0,
            100,
            (35, 65),
            1,
            "%d %%",
            key="cam_box_y",
            persist_state="session",
        )
    return CropBox(x[0] * width / 100, y[0] * height / 100, x[1] * width / 100, y[1] * height / 100)


def _asked(question: Question, where: np.ndarray | CropBox, baseline: str) -> Erased:
    subject = question.subject
    shape = where if isinstance(where, CropBox) else (where.shape, where.tobytes())
    return remembered(
        "erased",
        (question.key, shape, baseline),
        lambda: erase(subject.model, subject.picture, where, baseline),
        _ERASED,
    )


def _curves(question: Question, m: Heatmap) -> None:
    """Deletion and insertion beside random orders."""
    st.subheader("Deletion and insertion", anchor=False)
    baseline = st.session_state["cam_erase_by"]
    subject = question.subject
    found = long_job(
        "curves",
        (*_key(question, m), baseline),
        button="Draw the curves",
        what="The test",
        units="pictures",
        compute=lambda progress: faithfulness(
            subject.model, subject.picture, m, baseline=baseline, progress=progress
        ),
    )
    if found is None:
        st.caption(
            "The cells of the map are erased one after the other, hottest first, and then shown "
            "one after the other, each beside five random orders."
        )
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Deletion**: the smaller the area, the better")
        st.plotly_chart(
            deletion_figure(found),
            config={"displayModeBar": False},
            alt=f"Deletion: area {found.deletion.area:.3f}, random {found.random_area:.3f}",
        )
    with right:
        st.markdown("**Insertion**: the larger the area, the better")
        st.plotly_chart(
            insertion_figure(found),
            config={"displayModeBar": False},
            alt=f"Insertion: area {found.insertion.area:.3f}, random {found.random_area:.3f}",
        )
    st.caption(_verdict(found))


def _verdict(found: Faithfulness) -> str:
    """In words, with the spread of chance as the measure."""
    if not found.ordered:
        return (
            "The map is the same everywhere, or holds what is no number: the order of its cells is "
            "chance, and these curves say nothing of it."
        )
    spread = found.random_area_spread
    gains = {
        "Deletion": found.random_area - found.deletion.area,
        "Insertion": found.insertion.area - found.random_area,
    }
    said = [
        f"{name} is {abs(gain):.3f} {'better' if gain > 0 else 'worse'} than random orders"
        + (" (within their spread)" if abs(gain) <= 2 * spread else "")
        for name, gain in gains.items()
    ]
    return (
        f"{said[0]}; {said[1][0].lower()}{said[1][1:]}. The areas of random orders: "
        f"{found.random_area:.3f} ± {spread:.3f}; {found.cells[0]} × {found.cells[1]} cells, "
        f"erased to {BASELINES[found.baseline]}."
    )
