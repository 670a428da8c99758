"""A gradient on its way back through many layers."""

import math

import streamlit as st

from core.figures.lab.activation import gradient_by_depth
from core.lab.activation import ACTIVATIONS, Chain, chain
from core.lab.question import Number
from ui.lab.activation.words import function_choice, torch_name
from ui.lab.station import aligned, ask, formula, torch_call
from ui.subject import Subject

_WRITTEN = 3  # factors of the product
_SMALL = 0.001


def draw(_: Subject) -> None:
    """The bench of this view."""
    name = function_choice()
    left, right = st.columns([2, 3], gap="large")
    with left:
        depth = st.slider("Layers", 1, 30, 10, key="lab_depth", persist_state="session")
        weight = st.slider(
            "Weight of each layer",
            0.1,
            4.0,
            1.0,
            0.1,
            key="lab_depth_weight",
            persist_state="session",
        )
        start = st.slider(
            "Input of the first layer",
            -2.0,
            2.0,
            0.5,
            0.1,
            key="lab_depth_start",
            persist_state="session",
        )
    chains = {
        other: chain(function, start, weight, depth) for other, function in ACTIVATIONS.items()
    }
    chosen = chains[name]
    with left:
        st.metric(
            f"Gradient of {ACTIVATIONS[name].name} after {depth} layers",
            f"{chosen.gradients[-1]:.4g}",
        )
    with right:
        st.plotly_chart(
            gradient_by_depth(chains, name),
            key="lab_depth_lines",
            config={"displayModeBar": False},
            alt=f"The size of the gradient after up to {depth} layers: "
            + ", ".join(
                f"{ACTIVATIONS[other].name} {one.gradients[-1]:.4g}"
                for other, one in chains.items()
            ),
        )
        gone = [ACTIVATIONS[n].name for n, one in chains.items() if one.gradients[-1] == 0]
        if gone:
            st.caption(f"Exactly 0, and so not on this scale: {', '.join(gone)}.")
    formula(
        aligned(
            r"a_l &= f(w \cdot a_{l-1})",
            r"\frac{\partial a_n}{\partial a_0} &= \prod_{l=1}^{n} w \cdot f'(w \cdot a_{l-1})",
        ),
        rf"\frac{{\partial a_{{{depth}}}}}{{\partial a_0}} = {_product(chosen)} = "
        rf"\mathbf{{{_power(chosen.gradients[-1])}}}",
    )
    torch_call(
        f"start = torch.tensor({start:g}, dtype=torch.float64, requires_grad=True)\n"
        "value = start\n"
        f"for _ in range({depth}):\n"
        f"    value = {torch_name(name)}({weight:g} * value)\n"
        f"gradient = torch.autograd.grad(value, start)[0]  # {chosen.gradients[-1]:.4g}"
    )
    _ask()


def _product(one: Chain) -> str:
    """The first factors, and that there are more."""
    factors = [f"({slope:.4f})" if slope < 0 else f"{slope:.4f}" for slope in one.slopes[:_WRITTEN]]
    more = [r"\ldots"] if len(one.slopes) > _WRITTEN else []
    return r" \cdot ".join([*factors, *more])


def _power(value: float) -> str:
    """Four digits, very small and large ones as a power of ten."""
    shown = f"{value:.4g}"
    mantissa, _, exponent = shown.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else shown


def _ask() -> None:
    layers = math.floor(math.log(_SMALL) / math.log(0.25)) + 1
    ask(
        Number(
            f"A sigmoid's derivative is at most 0.25. After how many layers with weight 1 is the "
            f"gradient below {_SMALL:g} for certain?",
            layers,
            f"0.25 to the power of {layers} is {0.25**layers:.2g}, to the power of {layers - 1} it "
            f"is still {0.25 ** (layers - 1):.2g}.",
        )
    )
