"""A small network trained by several optimisers or batch sizes, from the same first weights."""

from dataclasses import dataclass

import streamlit as st

from core.figures.lab.descent import COLOURS, Curve, curve_figure
from core.figures.lab.descent_problems import moons_figure
from core.lab.descent import moons
from core.lab.descent.moons import Training
from core.lab.descent.rules import RULES, Optimiser
from core.lab.descent.schedules import Schedule
from core.lab.question import Number
from ui.lab.descent.code import on_moons
from ui.lab.descent.controls import NAMES, RULE_COLOURS, Course, Rates, course, rates, rule
from ui.lab.descent.line import ALONG, axis
from ui.lab.station import ask, formula, numbers, torch_call
from ui.long_job import Progress, long_job

_COMPARED = ("Optimisers", "Batch sizes")
_SIZES = (1, 8, 32, moons.EXAMPLES)
_FIRST_RATES = Rates(0.1, 0.02)
_ASKED_STEPS, _ASKED_RATE = 100, 0.4


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One of the trainings that are compared."""

    name: str
    colour: str
    size: int
    optimiser: Optimiser


def draw() -> None:
    """The bench."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        compared = st.segmented_control(
            "Compare",
            _COMPARED,
            default=_COMPARED[0],
            required=True,
            key="lab_descent_compared",
            persist_state="session",
        )
        epochs = st.slider(
            "Epochs", 5, 60, 30, 5, key="lab_descent_moons_epochs", persist_state="session"
        )
        candidates = _optimisers(epochs) if compared == _COMPARED[0] else _sizes(epochs)
    with right:
        trainings = long_job(
            "lab_descent_training",
            (epochs, *((one.size, one.optimiser) for one in candidates)),
            button="Train",
            what="The training",
            units="updates",
            compute=lambda progress: _train(candidates, epochs, progress),
            at_once=True,
        )
        if trainings is not None:
            _picture(candidates, trainings)
            _borders(candidates, trainings)
    if trainings is not None:
        _results(candidates, trainings)
    formula(
        r"L = -\frac{1}{n} \sum_i \ln \mathrm{softmax}(z_i)_{y_i} \qquad "
        r"z = V \tanh(W x + b) + c",
        rf"2 \cdot {moons.HIDDEN} + {moons.HIDDEN} + 2 \cdot {moons.HIDDEN} + 2 = "
        rf"\mathbf{{{moons.WEIGHTS}}}\ \text{{weights}}",
    )
    names = [one.name for one in candidates]
    shown = st.selectbox("Code of", names, key="lab_descent_moons_code", persist_state="session")
    one = candidates[names.index(shown)]
    torch_call(on_moons(one.size, epochs, one.optimiser))
    ask(_question())


def _optimisers(epochs: int) -> list[_Candidate]:
    size = st.select_slider(
        "Batch size", _SIZES, 8, key="lab_descent_moons_size", persist_state="session"
    )
    chosen = list(RULES)
    given = rates(chosen, "lab_descent_moons_rate", _FIRST_RATES)
    settings = course(chosen, "lab_descent_moons")
    return [
        _Candidate(
            NAMES[each], RULE_COLOURS[each], size, _made(settings, each, given, size, epochs)
        )
        for each in chosen
    ]


def _sizes(epochs: int) -> list[_Candidate]:
    chosen = rule("lab_descent_moons_rule")
    given = rates([chosen], "lab_descent_moons_one_rate", _FIRST_RATES)
    settings = course([chosen], "lab_descent_moons_one")
    return [
        _Candidate(f"Batches of {size}", colour, size, _made(settings, chosen, given, size, epochs))
        for size, colour in zip(_SIZES, COLOURS, strict=False)
    ]


def _made(settings: Course, chosen: str, given: Rates, size: int, epochs: int) -> Optimiser:
    updates = epochs * -(-moons.EXAMPLES // size)
    return settings.optimiser(chosen, given.of(chosen), updates)


def _train(candidates: list[_Candidate], epochs: int, progress: Progress) -> list[Training]:
    """One after another, with one bar for all."""
    updates = [epochs * -(-moons.EXAMPLES // one.size) for one in candidates]
    done = 0
    trainings = []
    for one, own in zip(candidates, updates, strict=True):
        before = done
        trainings.append(
            moons.train(
                one.size,
                epochs,
                one.optimiser,
                lambda made, _, before=before: progress(before + made, sum(updates)),
            )
        )
        done += own
    return trainings


def _picture(candidates: list[_Candidate], trainings: list[Training]) -> None:
    along = axis("lab_descent_moons_along")
    st.plotly_chart(
        curve_figure(
            [
                Curve(
                    one.name,
                    one.colour,
                    found.updates if along == "updates" else found.examples,
                    found.losses,
                )
                for one, found in zip(candidates, trainings, strict=True)
            ],
            ALONG[along].lower(),
            "cross-entropy",
            height=300,
        ),
        key="lab_descent_moons_curves",
        config={"displayModeBar": False},
        alt="Training loss; at the end "
        + ", ".join(
            f"{one.name} {found.losses[-1]:.3g}"
            for one, found in zip(candidates, trainings, strict=True)
        ),
    )


def _borders(candidates: list[_Candidate], trainings: list[Training]) -> None:
    kept = [
        (one, found) for one, found in zip(candidates, trainings, strict=True) if not found.diverged
    ]
    st.plotly_chart(
        moons_figure(
            moons.moons(),
            [one.name for one, _ in kept],
            [one.colour for one, _ in kept],
            [found.weights for _, found in kept],
        ),
        key="lab_descent_moons_figure",
        config={"displayModeBar": False},
        alt=f"{moons.EXAMPLES} points in two half moons, and the border between the classes "
        f"that each of {len(kept)} networks has found",
    )


def _results(candidates: list[_Candidate], trainings: list[Training]) -> None:
    numbers(
        {
            "Training": [one.name for one in candidates],
            "Updates": [f"{found.updates[-1]:,}" for found in trainings],
            "Loss": [
                "diverges" if found.diverged else f"{found.losses[-1]:.4f}" for found in trainings
            ],
            "Test accuracy": [
                "–" if found.diverged else f"{found.accuracy:.1%}" for found in trainings
            ],
        }
    )
    st.caption(
        f"Circles and crosses are the two classes, lines the borders that were learnt. Loss over "
        f"the {moons.EXAMPLES} training examples, accuracy on {moons.EXAMPLES} others. All begin "
        "with the same weights and draw the same examples."
    )


def _question() -> Number:
    halfway = Schedule("cosine").rates(_ASKED_RATE, _ASKED_STEPS)[_ASKED_STEPS // 2]
    return Number(
        f"A cosine schedule without warm-up begins at {_ASKED_RATE:g} and has {_ASKED_STEPS} "
        f"updates. What is the learning rate after {_ASKED_STEPS // 2} of them?",
        halfway,
        f"(1 + cos(π / 2)) / 2 = 0.5, and half of {_ASKED_RATE:g} is {halfway:g}. It falls slowly "
        "at first, fastest there, and slowly again at the end.",
        within=1e-6,
    )
