"""One map: of the chosen method, for one target or for two, and as files."""

from collections.abc import Callable

import streamlit as st

from core.inside import Heatmap, explain
from ui.grad_cam import export, side_by_side
from ui.grad_cam.choice import ALL_METHODS, Drawing, Question
from ui.long_job import Progress, long_job

_WHAT = {  # what the method does, and what its progress counts
    "occlusion": ("It covers one patch after another and asks the network each time.", "patches"),
    "integrated": ("It adds up gradients on the way from the mean colour to the picture.", "steps"),
}


def draw(question: Question, drawing: Drawing) -> None:
    """The maps, once they are there, and the menu to export them."""
    maps = compute(question)
    if maps is not None:
        side_by_side.one(question, drawing, maps)
        export.menu(question, drawing, maps)


def compute(question: Question) -> tuple[Heatmap, ...] | None:
    """A map for each target; None while one that takes its time has not been asked for."""
    if question.on_picture:
        return _on_picture(question)
    return side_by_side.compute(question, question.targets, [question.layer], [question.method])


def _on_picture(question: Question) -> tuple[Heatmap, ...] | None:
    """Methods that run the network many times, for each target after the other."""
    name = ALL_METHODS[question.method]
    why, units = _WHAT[question.method]
    place = st.empty()
    place.caption(why)
    maps = long_job(
        question.method,
        (question.key, question.targets),
        button=f"Compute {name.lower()}",
        what=name,
        units=units,
        compute=lambda progress: _each(question, progress),
        primary=True,
    )
    if maps is not None:
        place.empty()
    return maps


def _each(question: Question, progress: Progress) -> tuple[Heatmap, ...]:
    subject, count = question.subject, len(question.targets)

    def after(before: int) -> Callable[[int, int], None]:
        return lambda done, total: progress(before * total + done, count * total)

    return tuple(
        explain(subject.model, subject.picture, target, method=question.method, progress=after(i))
        for i, target in enumerate(question.targets)
    )
