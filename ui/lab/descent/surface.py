"""Optimisers side by side on a surface, from the same start."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.figures.lab.descent import Curve, Run, curve_figure, surface_figure
from core.lab.descent.paths import Path, path
from core.lab.descent.rules import Optimiser
from core.lab.descent.surfaces import MINIMA, SADDLE, VALLEY, Point, Surface, bowl
from core.lab.question import Choice, Number, Question
from ui import address
from ui.lab.descent import step
from ui.lab.descent.code import on_surface
from ui.lab.descent.controls import NAMES, RULE_COLOURS, Course, Rates, course, rates, rules
from ui.lab.station import ask, formula, numbers, torch_call

_KINDS = {
    "bowl": "Long bowl",
    "valley": "Curved valley",
    "saddle": "Saddle",
    "minima": "Four minima",
}
_OTHERS = {"valley": VALLEY, "saddle": SADDLE, "minima": MINIMA}
_FIRST_RATES = {
    "bowl": Rates(0.02, 0.3),
    "valley": Rates(0.001, 0.1),
    "saddle": Rates(0.05, 0.05),
    "minima": Rates(0.01, 0.1),
}
_FIRST_STEPS = {"bowl": 100, "valley": 200, "saddle": 150, "minima": 60}
_FIGURE = "lab_descent_figure"
_ASKED_CURVATURE = 40.0


def draw() -> None:
    """The bench."""
    kind = address.segments("Surface", "surface", _KINDS, "lab_descent_surface")
    left, right = st.columns([2, 3], gap="large")
    with left:
        chosen = rules("lab_descent_rules")
        surface = _surface(kind)
        given = rates(chosen, f"lab_descent_rate-{kind}", _FIRST_RATES[kind])
        steps = st.slider(
            "Steps",
            10,
            300,
            _FIRST_STEPS[kind],
            10,
            key=f"lab_descent_steps-{kind}",
            persist_state="session",
        )
        settings = course(chosen, "lab_descent")
        start = _start(surface, kind)
    optimisers = {rule: settings.optimiser(rule, given.of(rule), steps) for rule in chosen}
    paths = {rule: path(surface, start, optimiser, steps) for rule, optimiser in optimisers.items()}
    with right:
        picture = st.container()
        _curves(surface, settings, paths)
    _results(surface, paths)
    opened, number = step.choose(optimisers, paths)
    with picture:
        _picture(surface, kind, paths, paths[opened].points[number - 1])
    formula(f"f(x, y) = {surface.latex}")
    step.spell_out(optimisers[opened], paths[opened], number)
    torch_call(on_surface(surface, start, optimisers[opened], steps, len(paths[opened].steps)))
    ask(_question(kind))


def _surface(kind: str) -> Surface:
    if kind != "bowl":
        return _OTHERS[kind]
    condition = st.slider(
        "Condition number",
        1,
        100,
        25,
        key="lab_descent_condition",
        help="How much more it curves along y than along x.",
        persist_state="session",
    )
    return bowl(condition)


def _start(surface: Surface, kind: str) -> Point:
    for name, first in zip("xy", surface.start, strict=True):
        st.session_state.setdefault(_start_key(name, kind), first)  # clicks set it too
    x, y = (
        st.slider(
            f"Start, {name}", *ends, step=0.01, key=_start_key(name, kind), persist_state="session"
        )
        for name, ends in (("x", surface.x_range), ("y", surface.y_range))
    )
    return x, y


def _start_key(name: str, kind: str) -> str:
    return f"lab_descent_start_{name}-{kind}"


def _picture(surface: Surface, kind: str, paths: dict[str, Path], ringed: np.ndarray) -> None:
    def clicked() -> None:
        points = st.session_state[_FIGURE]["selection"]["points"]
        if points and points[0].get("customdata"):
            for name, at in zip("xy", points[0]["customdata"], strict=True):
                st.session_state[_start_key(name, kind)] = round(float(at), 2)

    runs = [Run(NAMES[rule], RULE_COLOURS[rule], found) for rule, found in paths.items()]
    ends = ", ".join(f"{NAMES[rule]} {_end(found)}" for rule, found in paths.items())
    st.plotly_chart(
        surface_figure(surface, runs, ringed=ringed),
        key=_FIGURE,
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Paths over the surface from one start: {ends}",
    )
    st.caption(
        "The more shade, the higher; stars are minima, and the ring is where the step opened below "
        "begins. Click anywhere to start there."
    )
    for rule, found in paths.items():
        if found.diverged:
            st.caption(
                f":material/warning: **{NAMES[rule]} diverges:** after step {len(found.steps)} it "
                "is more than a million away, and stops. Take a lower learning rate."
            )


def _end(found: Path) -> str:
    if found.diverged:
        return f"diverges after step {len(found.steps)}"
    x, y = found.points[-1]
    return f"ends at ({x:.3g}, {y:.3g})"


def _curves(surface: Surface, settings: Course, paths: dict[str, Path]) -> None:
    """How high above the lowest minimum each path is, and the schedule where there is one."""
    lowest = surface.lowest
    st.plotly_chart(
        curve_figure(
            [
                Curve(
                    NAMES[rule],
                    RULE_COLOURS[rule],
                    np.arange(len(found.losses)),
                    found.losses - lowest,
                )
                for rule, found in paths.items()
            ],
            "step",
            "above the minimum",
            height=250,
        ),
        key="lab_descent_curves",
        config={"displayModeBar": False},
        alt="How far above the lowest minimum, from step to step; at the end "
        + ", ".join(f"{NAMES[r]} {found.losses[-1] - lowest:.3g}" for r, found in paths.items()),
    )
    if settings.schedule != "constant" or settings.warm_up:
        draw_rates({rule: [step.rate for step in found.steps] for rule, found in paths.items()})


def draw_rates(rates_of: dict[str, list[float]]) -> None:
    """The learning rate from step to step, by rule."""
    st.plotly_chart(
        curve_figure(
            [
                Curve(NAMES[rule], RULE_COLOURS[rule], np.arange(1, len(made) + 1), np.array(made))
                for rule, made in rates_of.items()
            ],
            "step",
            "learning rate",
            logarithmic=False,
            height=180,
        ),
        key="lab_descent_rates",
        config={"displayModeBar": False},
        alt="The learning rate from step to step: "
        + ", ".join(
            f"{NAMES[rule]} from {made[0]:.3g} over {max(made):.3g} to {made[-1]:.3g}"
            for rule, made in rates_of.items()
        ),
    )


def _results(surface: Surface, paths: dict[str, Path]) -> None:
    lowest = surface.lowest
    numbers(
        {
            "Optimiser": [NAMES[rule] for rule in paths],
            "Ends at": [
                "diverges" if found.diverged else "({:.3g}, {:.3g})".format(*found.points[-1])
                for found in paths.values()
            ],
            "Steps": [str(len(found.steps)) for found in paths.values()],
            "Above the minimum": [f"{found.losses[-1] - lowest:.3g}" for found in paths.values()],
            "Length of the path": [
                "–" if found.diverged else f"{_way(found.points):.3g}" for found in paths.values()
            ],
        }
    )


def _way(points: np.ndarray) -> float:
    """The length of all the steps."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _question(kind: str) -> Question:
    return {"bowl": _edge, "valley": _two_steps, "saddle": _ridge, "minima": _which}[kind]()


def _edge() -> Number:
    edge = 2 / _ASKED_CURVATURE
    return Number(
        f"On a bowl of condition number {_ASKED_CURVATURE:g}, above which learning rate does plain "
        "gradient descent diverge? Set the slider to it and look for the edge.",
        edge,
        f"Along y a step takes y to (1 - {_ASKED_CURVATURE:g} η) y, which grows once "
        f"η is above 2 / {_ASKED_CURVATURE:g} = {edge:g}. The steepest direction sets the limit, "
        "the flattest one has to live with it.",
        within=edge / 100,
    )


def _two_steps() -> Number:
    optimiser = Optimiser("momentum", 0.1)
    found = path(bowl(1), (1.0, 0.0), optimiser, 2)
    once, twice = found.points[1:, 0]
    velocity = found.steps[1].memory.first[0]
    return Number(
        "On f(x) = x² / 2 momentum 0.9 with learning rate 0.1 starts at x = 1, its velocity is 0. "
        "Where is it after two steps, to two decimals?",
        float(twice),
        f"The first velocity is the gradient, 1, and leads to {once:g}. The second is "
        f"0.9 · 1 + {once:g} = {velocity:g}, and leads to {once:g} - 0.1 · {velocity:g} = "
        f"{twice:g}.",
        within=0.001,
    )


def _ridge() -> Choice:
    found = path(SADDLE, (1.5, 0.0), Optimiser("sgd", 0.1), 200)
    ends = ((0.0, 0.0), *SADDLE.minima)
    return _nearest(
        "Gradient descent with learning rate 0.1 starts at x = 1.5 and y = 0 exactly. Where does "
        "it end?",
        ends,
        found,
        "There the gradient along y is 0 in every step: nothing pushes it off the ridge. A start "
        "0.01 beside it, or the noise of stochastic descent, is enough to leave.",
    )


def _which() -> Choice:
    found = path(MINIMA, MINIMA.start, Optimiser("momentum", 0.01), 200)
    plain = path(MINIMA, MINIMA.start, Optimiser("sgd", 0.01), 200).points[-1]
    return _nearest(
        f"Momentum 0.9 with learning rate 0.01 starts at {_place(MINIMA.start)}. Near which "
        "minimum is it after 200 steps?",
        MINIMA.minima,
        found,
        f"Its velocity carries it past the one that plain descent finds, {_place(plain)}. Which "
        "minimum is found depends on the optimiser and the start, not on the surface alone.",
    )


def _nearest(text: str, ends: Sequence[Point], found: Path, because: str) -> Choice:
    far = np.linalg.norm(np.array(ends) - found.points[-1], axis=1)
    return Choice(text, tuple(_place(end) for end in ends), int(far.argmin()), because)


def _place(point: Sequence[float] | np.ndarray) -> str:
    return f"({point[0]:.3g}, {point[1]:.3g})"
