"""One step of an optimiser, with all the numbers that go into it."""

import numpy as np
import streamlit as st

from core.lab.descent.paths import Path
from core.lab.descent.rules import ADAM_DECAYS, RMSPROP_DECAY, Optimiser
from ui.lab.descent.controls import NAMES
from ui.lab.station import formula

_KEY = "lab_descent_step"

_GENERAL = {
    "sgd": r"w_{t+1} = w_t - \eta \, g_t",
    "momentum": r"v_t = \mu \, v_{t-1} + g_t \qquad w_{t+1} = w_t - \eta \, v_t",
    "nesterov": r"v_t = \mu \, v_{t-1} + g_t \qquad w_{t+1} = w_t - \eta \, (g_t + \mu \, v_t)",
    "rmsprop": r"s_t = \alpha \, s_{t-1} + (1 - \alpha) \, g_t^2 \qquad "
    r"w_{t+1} = w_t - \eta \, \frac{g_t}{\sqrt{s_t} + \epsilon}",
    "adam": r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) \, g_t \qquad "
    r"s_t = \beta_2 s_{t-1} + (1 - \beta_2) \, g_t^2 \qquad "
    r"w_{t+1} = w_t - \eta \, "
    r"\frac{m_t / (1 - \beta_1^t)}{\sqrt{s_t / (1 - \beta_2^t)} + \epsilon}",
}


def choose(optimisers: dict[str, Optimiser], paths: dict[str, Path]) -> tuple[str, int]:
    """The optimiser and the step, counted from 1, that are opened."""
    st.markdown("**One step opened**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rule = st.selectbox(
            "Optimiser opened",
            list(optimisers),
            format_func=NAMES.__getitem__,
            key="lab_descent_opened",
            persist_state="session",
            width=220,
        )
        steps = len(paths[rule].steps)
        # a shorter path has less of them
        st.session_state[_KEY] = min(st.session_state.get(_KEY, 1), steps)
        step = st.number_input("Step", 1, steps, key=_KEY, persist_state="session", width=160)
    return rule, step


def spell_out(optimiser: Optimiser, path: Path, number: int) -> None:
    """The rule, and the rule with the numbers of the step in it."""
    step = path.steps[number - 1]
    before, gradient, after = (
        _vector(values) for values in (path.points[number - 1], step.gradient, step.weights)
    )
    rate = tex(step.rate)
    zero = np.zeros_like(step.gradient)
    memory = path.steps[number - 2].memory if number > 1 else None
    first = _vector(memory.first if memory else zero)
    second = _vector(memory.second if memory else zero)
    new_first, new_second = _vector(step.memory.first), _vector(step.memory.second)
    momentum = tex(optimiser.momentum)
    squared = _vector(step.gradient**2)
    kept = {
        "sgd": [],
        "momentum": [rf"v &= {momentum} {first} + {gradient} = {new_first}"],
        "rmsprop": [
            rf"s &= {RMSPROP_DECAY} {second} + {1 - RMSPROP_DECAY:.2g} {squared} = {new_second}"
        ],
        "adam": [
            rf"m &= {ADAM_DECAYS[0]} {first} + {1 - ADAM_DECAYS[0]:.1g} {gradient} = {new_first}",
            rf"s &= {ADAM_DECAYS[1]} {second} + {1 - ADAM_DECAYS[1]:.1g} {squared} = {new_second}",
        ],
    }
    kept["nesterov"] = kept["momentum"]
    # divided out of the update, so that it is the very one that was subtracted
    direction = _vector(step.update / step.rate) if step.rate else _vector(zero)
    lines = [
        rf"g &= \nabla f {before} = {gradient}",
        *kept[optimiser.rule],
        rf"w &= {before} - {rate} {direction} = \mathbf{{{after}}}",
    ]
    formula(
        _GENERAL[optimiser.rule],
        r"\begin{aligned}" + r" \\[1.2em] ".join(lines) + r"\end{aligned}",
    )


def tex(number: float) -> str:
    """Four digits, with powers of ten as a formula writes them."""
    mantissa, _, power = f"{number:.4g}".partition("e")
    if not np.isfinite(number):
        return r"\infty" if number > 0 else r"-\infty" if number < 0 else r"\text{nan}"
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _vector(values: np.ndarray) -> str:
    x, y = (tex(float(value)) for value in values)
    return rf"\begin{{pmatrix}} {x} \\ {y} \end{{pmatrix}}"
