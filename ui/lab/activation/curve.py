"""One number through an activation function, and its derivative there."""

import numpy as np
import streamlit as st

from core.figures.lab.activation import REACH, function_curves
from core.lab.activation import ACTIVATIONS, LEAK
from core.lab.question import Choice
from ui.lab.activation.words import function_choice, slope_formula, torch_name, value_formula
from ui.lab.station import ask, formula, numbers, torch_call
from ui.subject import Subject

_ASKED = ("relu", "sigmoid", "tanh", "gelu")


def draw(_: Subject) -> None:
    """The bench of this view."""
    name = function_choice()
    at = st.slider(
        "Input x", -REACH, REACH, 1.0, 0.1, key="lab_activation_x", persist_state="session"
    )
    function = ACTIVATIONS[name]
    value, slope = float(function.value(np.array(at))), float(function.slope(np.array(at)))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            function_curves(function, at),
            key="lab_activation_curves",
            config={"displayModeBar": False},
            alt=f"{function.name} and its derivative; at {at:g} they are {value:.4f} and "
            f"{slope:.4f}. The other functions are grey",
        )
    with right:
        numbers(_rows(at, name))
    shown = f"({at:g})" if at < 0 else f"{at:g}"
    formula(
        rf"f(x) = {value_formula(name)} \qquad f'(x) = {slope_formula(name)}",
        rf"f({at:g}) = {value_formula(name, shown)} = \mathbf{{{value:.4f}}} \qquad "
        rf"f'({at:g}) = \mathbf{{{slope:.4f}}}",
    )
    _symbols(name)
    torch_call(
        f"x = torch.tensor({at:g}, dtype=torch.float64, requires_grad=True)\n"
        f"y = {torch_name(name)}(x)  # {value:.4f}\n"
        f"slope = torch.autograd.grad(y, x)[0]  # {slope:.4f}"
    )
    _ask()


def _rows(at: float, chosen: str) -> dict[str, list[str]]:
    """All functions at this place."""
    x = np.array(at)
    return {
        "Function": [
            f"**{function.name}**" if name == chosen else function.name
            for name, function in ACTIVATIONS.items()
        ],
        f"At {at:g}": [f"{float(function.value(x)):.4f}" for function in ACTIVATIONS.values()],
        "Derivative": [f"{float(function.slope(x)):.4f}" for function in ACTIVATIONS.values()],
    }


def _symbols(name: str) -> None:
    corners = {"relu": ("0", "0"), "leaky": ("0", f"{LEAK:g}"), "relu6": ("0 and 6", "0")}
    if name in corners:
        where, taken = corners[name]
        st.caption(
            f"At {where} there is a corner and so no derivative: torch takes {taken}, a convention."
        )
    elif name in ("sigmoid", "silu"):
        st.caption(r"$\sigma(x) = 1 / (1 + e^{-x})$ is the sigmoid.")
    elif name == "gelu":
        st.caption(
            r"$\Phi$ is the distribution function of the standard normal distribution, $\varphi$ "
            "its density: the exact GELU, torch's default, not its approximation by tanh."
        )


def _ask() -> None:
    along = np.linspace(-REACH, REACH, 1601)
    steepest = {name: float(ACTIVATIONS[name].slope(along).max()) for name in _ASKED}
    names = tuple(ACTIVATIONS[name].name for name in _ASKED)
    right = min(range(len(_ASKED)), key=lambda i: steepest[_ASKED[i]])
    ask(
        Choice(
            "Which of these never passes on more than a quarter of a gradient?",
            names,
            right,
            "The largest derivatives: "
            + ", ".join(
                f"{name} {most:.3g}" for name, most in zip(names, steepest.values(), strict=True)
            )
            + ".",
        )
    )
