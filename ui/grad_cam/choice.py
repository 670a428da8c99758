"""What the Grad-CAM page is asked: targets, layer and method, and how to draw the answer."""

from dataclasses import dataclass

import streamlit as st

from core.inside import (
    METHODS,
    PICTURE_METHODS,
    SOURCES,
    Network,
    Target,
    difference_target,
    network,
)
from core.predict import Classification
from ui import address
from ui.layer_choice import layer_choice
from ui.page import plain
from ui.remember import subject_key
from ui.subject import Subject
from ui.target_choice import answer, target_choice

ALL_METHODS = {**METHODS, **PICTURE_METHODS}
VIEWS = {
    "one": "One map",
    "methods": "Methods",
    "layers": "Layers",
    "by-hand": "By hand",
    "test": "Test it",
    "many": "Many pictures",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained, and how."""

    subject: Subject
    network: Network
    said: Classification
    a: Target
    b: Target | None
    layer: str
    method: str

    @property
    def on_picture(self) -> bool:
        """The method works on the picture itself, and the layer does not matter."""
        return self.method in PICTURE_METHODS

    @property
    def targets(self) -> tuple[Target, ...]:
        return (self.a,) if self.b is None else (self.a, self.b)

    @property
    def together(self) -> Target:
        """The one target, or the one rather than the other."""
        return self.a if self.b is None else difference_target(self.a, self.b)

    @property
    def key(self) -> tuple[object, ...]:
        """What results about the picture and the model depend on."""
        return subject_key(self.subject.model, self.subject.picture)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How maps are drawn; no network runs when it changes."""

    smooth: bool
    signed: bool
    own: bool
    """The difference of two maps has its own scale."""


def ask(subject: Subject) -> Question | None:
    """Draw the controls; None while nothing can be asked."""
    model, picture = subject.model, subject.picture
    known = network(model)
    default = known.for_attribution.name if known.with_maps else ""
    methods = ALL_METHODS if known.with_maps else PICTURE_METHODS
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            a = target_choice(model, picture, "cam_a", label="Evidence for")
        with right:
            b = target_choice(model, picture, "cam_b", optional=True, position=1, label="Against")
        left, right = st.columns(2, gap="medium")
        with left:
            layer = layer_choice(known, default, "cam_layer") if known.with_maps else ""
            why = st.empty()
        with right:
            method = address.select("Method", "method", methods, "cam_method")
            st.caption(plain(SOURCES[method]))
        if not known.with_maps:
            why.caption(
                "No layer of this network keeps a grid of cells: only methods that work on the "
                "picture itself can be asked."
            )
        elif method in PICTURE_METHODS:
            why.caption(f"{ALL_METHODS[method]}: on the picture itself, at no layer.")
        elif layer == default:
            why.caption(plain(known.why_attribution))
    if a is None:
        return None
    if b is not None and (a.plus, a.minus) == (b.plus, b.minus):
        st.caption(f"Both sides are {plain(a.label)}: choose another one to compare it with.")
        b = None
    return Question(subject, known, answer(model, picture), a, b, layer, method)


def view() -> str:
    """Which of the views is in front."""
    return address.segments("View", "view", VIEWS, "cam_view")


def drawing(compared: bool) -> Drawing:
    """Cells as they are or interpolated, with or without what speaks against the target.

    Where two targets are compared, their difference shows what speaks against.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        grid = st.segmented_control(
            "Cells",
            ["Cells", "Smooth"],
            default="Smooth",
            required=True,
            key="cam_grid",
            persist_state="session",
            label_visibility="collapsed",
        )
        own = compared and st.toggle(
            "Difference on a scale of its own",
            key="cam_own",
            persist_state="session",
            help="Two classes that look alike differ by much less than either map is hot.",
        )
        signed = not compared and st.toggle(
            "Show what speaks against it, too",
            key="cam_signed",
            persist_state="session",
            help="The map before the ReLU that Grad-CAM ends with: blue cells lower the score.",
        )
    return Drawing(grid == "Smooth", signed, own)
