"""The activation functions as the station names them: the choice, their formulas, torch's names."""

import streamlit as st

from core.lab.activation import ACTIVATIONS, LEAK

_SIGMA = r"\sigma(X)"
_VALUES = {
    "relu": r"\max(0,\, X)",
    "leaky": rf"\max(X,\, {LEAK:g} \cdot X)",
    "relu6": r"\min(\max(0,\, X),\, 6)",
    "sigmoid": r"\frac{1}{1 + e^{-X}}",
    "tanh": r"\tanh(X)",
    "gelu": r"X \cdot \Phi(X)",
    "silu": rf"X \cdot {_SIGMA}",
}
_SLOPES = {
    "relu": r"\begin{cases} 1 & X > 0 \\ 0 & X \leq 0 \end{cases}",
    "leaky": rf"\begin{{cases}} 1 & X > 0 \\ {LEAK:g} & X \leq 0 \end{{cases}}",
    "relu6": r"\begin{cases} 1 & 0 < X < 6 \\ 0 & \text{else} \end{cases}",
    "sigmoid": rf"{_SIGMA} \, (1 - {_SIGMA})",
    "tanh": r"1 - \tanh^2(X)",
    "gelu": r"\Phi(X) + X \cdot \varphi(X)",
    "silu": rf"{_SIGMA} + X \cdot {_SIGMA} \, (1 - {_SIGMA})",
}
_TORCH = {
    "relu": "torch.nn.functional.relu",
    "leaky": "torch.nn.functional.leaky_relu",
    "relu6": "torch.nn.functional.relu6",
    "sigmoid": "torch.sigmoid",
    "tanh": "torch.tanh",
    "gelu": "torch.nn.functional.gelu",
    "silu": "torch.nn.functional.silu",
}


def function_choice(first: str = "relu", key: str = "lab_activation_function") -> str:
    """The function that is looked at, by its name in `ACTIVATIONS`; `first` before any choice."""
    return st.pills(
        "Activation function",
        list(ACTIVATIONS),
        default=first,
        required=True,
        format_func=lambda name: ACTIVATIONS[name].name,
        key=key,
        wrap=True,
        persist_state="session",
    )


def value_formula(name: str, at: str = "x") -> str:
    """The function's formula in LaTeX, with `at` where its input stands."""
    return _VALUES[name].replace("X", at)


def slope_formula(name: str, at: str = "x") -> str:
    """The same of its derivative."""
    return _SLOPES[name].replace("X", at)


def torch_name(name: str) -> str:
    """What torch calls it."""
    return _TORCH[name]
