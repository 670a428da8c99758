"""Batch, mini-batch and stochastic descent on the two weights of a line."""

import numpy as np
import streamlit as st

from core.figures.lab.descent import COLOURS, Curve, Run, curve_figure, surface_figure
from core.figures.lab.descent_problems import line_figure
from core.lab.descent import line
from core.lab.descent.paths import Path
from core.lab.question import Number
from ui.lab.descent.code import on_line
from ui.lab.descent.controls import Rates, course, rates, rule
from ui.lab.station import ask, formula, numbers, torch_call

ALONG = {"examples": "Examples seen", "updates": "Updates"}

_FIRST_RATES = Rates(0.05, 0.1)
_ASKED_SIZE, _ASKED_EPOCHS = 20, 6


def draw() -> None:
    """The bench."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        standardised = st.toggle(
            "Standardise the feature", key="lab_descent_standardised", persist_state="session"
        )
        small = st.slider(
            "Examples in a mini-batch",
            2,
            50,
            10,
            key="lab_descent_small",
            persist_state="session",
        )
        epochs = st.slider(
            "Epochs", 1, 30, 10, key="lab_descent_line_epochs", persist_state="session"
        )
        chosen = rule("lab_descent_line_rule")
        rate = rates([chosen], "lab_descent_line_rate", _FIRST_RATES).of(chosen)
        settings = course([chosen], "lab_descent_line")
    points = line.points(standardised)
    sizes = {"Stochastic": 1, "Mini-batch": small, "Batch": line.EXAMPLES}  # drawn in that order
    optimisers = {
        name: settings.optimiser(chosen, rate, epochs * -(-line.EXAMPLES // size))
        for name, size in sizes.items()
    }
    runs = [
        Run(name, colour, line.fit(points, size, epochs, optimisers[name]))
        for (name, size), colour in zip(sizes.items(), COLOURS, strict=False)
    ]
    with right:
        _picture(points, runs)
    _curves(points, runs, sizes, epochs)
    _results(points, runs, sizes)
    low, high = line.curvatures(points)
    formula(
        r"g = \frac{2}{|B|} \sum_{i \in B} (a x_i + b - y_i) \begin{pmatrix} x_i \\ 1 \end{pmatrix}"
        r" \qquad \kappa = \frac{\lambda_{\max}}{\lambda_{\min}}",
        rf"\kappa = \frac{{{high:.4g}}}{{{low:.4g}}} = \mathbf{{{high / low:.4g}}} \qquad "
        rf"\frac{{2}}{{\lambda_{{\max}}}} = \frac{{2}}{{{high:.4g}}} = \mathbf{{{2 / high:.4g}}}",
    )
    st.caption(
        "The mean over a batch B estimates the gradient over all points. Gradient descent with all "
        "of them converges below 2 / λ max; the condition number κ says how long it then takes."
    )
    shown = st.segmented_control(
        "Code of",
        list(sizes),
        default="Mini-batch",
        required=True,
        key="lab_descent_line_code",
        persist_state="session",
        label_visibility="collapsed",
    )
    torch_call(on_line(sizes[shown], epochs, standardised, optimisers[shown]))
    updates = len(line.batches(line.EXAMPLES, _ASKED_SIZE, _ASKED_EPOCHS))
    ask(
        Number(
            f"{line.EXAMPLES} examples in batches of {_ASKED_SIZE}, for {_ASKED_EPOCHS} epochs: "
            "how many updates is that?",
            updates,
            f"{line.EXAMPLES} / {_ASKED_SIZE} = {updates // _ASKED_EPOCHS} updates in an epoch, "
            f"times {_ASKED_EPOCHS}. Whoever halves the batch size doubles the updates.",
        )
    )


def _picture(points: line.Points, runs: list[Run]) -> None:
    ((a, b),) = line.surface(points).minima
    ends = ", ".join(
        f"{run.name} diverges"
        if run.path.diverged
        else f"{run.name} ends at ({run.path.points[-1][0]:.3g}, {run.path.points[-1][1]:.3g})"
        for run in runs
    )
    st.plotly_chart(
        surface_figure(line.surface(points), runs, ("slope a", "intercept b")),
        key="lab_descent_line_figure",
        config={"displayModeBar": False},
        alt=f"Paths over the mean squared error of slope and intercept, lowest at ({a:.3g}, "
        f"{b:.3g}): {ends}",
    )
    for run in runs:
        if run.path.diverged:
            st.caption(
                f":material/warning: **{run.name} diverges:** after update {len(run.path.steps)} "
                "it is more than a million away, and stops. Take a lower learning rate."
            )


def _curves(points: line.Points, runs: list[Run], sizes: dict[str, int], epochs: int) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.plotly_chart(
            line_figure(points, runs),
            key="lab_descent_line_fit",
            config={"displayModeBar": False},
            alt=f"{line.EXAMPLES} points, and the lines that the paths end at",
        )
    with right:
        along = axis("lab_descent_line_along")
        lowest = line.surface(points).lowest
        st.plotly_chart(
            curve_figure(
                [
                    Curve(
                        run.name,
                        run.colour,
                        np.arange(len(run.path.losses))
                        * (1 if along == "updates" else sizes[run.name]),
                        run.path.losses - lowest,
                    )
                    for run in runs
                ],
                ALONG[along].lower(),
                "above the minimum",
                height=260,
            ),
            key="lab_descent_line_curves",
            config={"displayModeBar": False},
            alt="Mean squared error of all points above its minimum; at the end "
            + ", ".join(f"{run.name} {run.path.losses[-1] - lowest:.3g}" for run in runs),
        )


def axis(key: str) -> str:
    """Along what a training is drawn."""
    return st.segmented_control(
        "Along",
        list(ALONG),
        default="examples",
        required=True,
        format_func=ALONG.__getitem__,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
    )


def _results(points: line.Points, runs: list[Run], sizes: dict[str, int]) -> None:
    lowest = line.surface(points).lowest
    numbers(
        {
            "Batches": [run.name for run in runs],
            "Examples in each": [str(sizes[run.name]) for run in runs],
            "Updates": [f"{len(run.path.steps):,}" for run in runs],
            "Ends at (a, b)": [_end(run.path) for run in runs],
            "Above the minimum": [f"{run.path.losses[-1] - lowest:.3g}" for run in runs],
        }
    )


def _end(found: Path) -> str:
    return "diverges" if found.diverged else "({:.4f}, {:.4f})".format(*found.points[-1])
