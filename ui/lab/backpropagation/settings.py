"""What can be set in the network that backpropagation runs through, and its steps of descent."""

import math
import random

import streamlit as st

from core.lab.backprop import ACTIVATIONS, Network, descended, run
from ui import address

_WEIGHTS, _LOSSES = "lab_backprop_weights", "lab_backprop_losses"
_ACTIVATION, _START = "lab_backprop_activation", "lab_backprop_start"
_SIZES = {"2": "2 hidden units", "3": "3 hidden units"}
_OUTPUTS = {"1": "1 output", "2": "2 outputs"}
_NAMES = {"sigmoid": "Sigmoid", "tanh": "tanh", "relu": "ReLU"}
_COSTS = {"squared": "Squared error", "entropy": "Cross-entropy"}
_STARTS = {
    "ordinary": "Ordinary weights",
    "random": "Other weights, at random",
    "dead": "A dead ReLU",
    "saturated": "A saturated sigmoid",
    "zero": "All weights zero",
}
_ALL = Network(3, 2, {}).weights  # also of the smaller networks
_ORDINARY = dict(
    zip(
        _ALL,
        [0.5, -0.4, 0.3, 0.8, -0.6, 0.2, 0.1, -0.2, 0.3, 0.7, -0.5, 0.4, -0.3, 0.6, 0.2, 0.2, -0.1],
        strict=True,
    )
)
_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_FAR = 1e3  # weights beyond it end the steps


def network() -> Network:
    """The network as it is set."""
    with st.container(horizontal=True):
        hidden = address.segments(
            "Hidden units", "hidden", _SIZES, "lab_backprop_hidden", without=("node",)
        )
        outputs = address.segments(
            "Outputs", "outputs", _OUTPUTS, "lab_backprop_outputs", without=("node",)
        )
    st.selectbox(
        "Start from",
        list(_STARTS),
        format_func=_STARTS.__getitem__,
        key=_START,
        on_change=_begin,
        persist_state="session",
    )
    st.session_state.setdefault(_ACTIVATION, ACTIVATIONS[0])
    with st.container(horizontal=True):
        activation = st.segmented_control(
            "Activation",
            ACTIVATIONS,
            required=True,
            format_func=_NAMES.__getitem__,
            key=_ACTIVATION,
            persist_state="session",
        )
        loss = st.segmented_control(
            "Loss",
            list(_COSTS),
            default="squared",
            required=True,
            format_func=_COSTS.__getitem__,
            key="lab_backprop_loss",
            persist_state="session",
        )
    given = {
        f"x{i}": st.slider(
            f"Input x{i}", -2.0, 2.0, first, 0.1, key=f"lab_backprop_x{i}", persist_state="session"
        )
        for i, first in ((1, 1.0), (2, 0.5))
    }
    labels = _labels(loss, int(outputs))
    return Network(int(hidden), int(outputs), {**weights(), **given, **labels}, activation, loss)


def weights() -> dict[str, float]:
    """All weights by name, as they are now."""
    return st.session_state.setdefault(_WEIGHTS, dict(_ORDINARY))


def take_weight(name: str, value: float) -> None:
    """Set one weight."""
    st.session_state[_WEIGHTS] = weights() | {name: value}


def descend(at: Network) -> None:
    """The learning rate, the buttons for its steps, and the loss before and after."""
    rate = st.select_slider(
        "Learning rate", _RATES, 0.1, key="lab_backprop_rate", persist_state="session"
    )
    with st.container(horizontal=True):
        for label, steps, icon in (("One step", 1, "step"), ("Ten steps", 10, "fast_forward")):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"lab_backprop_step-{steps}",
                on_click=_step,
                args=(at, rate, steps),
            )
    loss = run(at).loss
    losses = st.session_state.get(_LOSSES, [])
    if not losses or not math.isclose(losses[-1], loss, rel_tol=1e-9, abs_tol=1e-15):
        losses = [loss]  # something else was changed
    st.session_state[_LOSSES] = losses
    after = run(descended(at, rate)).loss
    made = len(losses) - 1
    now, then = st.columns(2)
    now.metric(
        f"Loss after {made} step{'' if made == 1 else 's'}" if made else "Loss",
        f"{loss:.4f}",
        chart_data=losses if made else None,
        chart_type="line",
    )
    then.metric("After one more", f"{after:.4f}", f"{after - loss:+.4f}", delta_color="inverse")
    if max(abs(at.values[name]) for name in at.weights) > _FAR:
        st.caption(
            ":material/warning: **Descent diverges:** weights are beyond a thousand. Take a lower "
            "learning rate, and start from ordinary weights."
        )


def _labels(loss: str, outputs: int) -> dict[str, float]:
    if loss == "squared":
        return {
            f"y{k}": st.slider(
                f"Label y{k}",
                -2.0,
                2.0,
                first,
                0.1,
                key=f"lab_backprop_y{k}",
                persist_state="session",
            )
            for k, first in ((1, 1.0), (2, 0.0))[:outputs]
        }
    shown = st.segmented_control(
        "Label" if outputs == 1 else "The class is",
        (0, 1) if outputs == 1 else (1, 2),
        default=1,
        required=True,
        key=f"lab_backprop_label-{outputs}",
        persist_state="session",
    )
    if outputs == 1:
        return {"y1": float(shown)}
    return {f"y{k}": float(shown == k) for k in (1, 2)}


def _begin() -> None:
    """Put the weights to where the chosen start has them."""
    start = st.session_state[_START]
    begun = dict(_ORDINARY)
    if start == "random":
        begun = {name: round(random.uniform(-1, 1), 2) for name in _ALL}
    elif start == "dead":
        # the other units live on, and learn: v12 and w31 have their gradients raise z2 and z3
        begun |= {"w11": 1.2, "w12": -0.4, "b1": -1.5, "v12": 0.5, "w31": 0.6}
        st.session_state[_ACTIVATION] = "relu"
    elif start == "saturated":
        begun |= {"w11": 3.0, "w12": 2.0, "b1": 3.0}
        st.session_state[_ACTIVATION] = "sigmoid"
    elif start == "zero":
        begun = dict.fromkeys(_ALL, 0.0)
    st.session_state[_WEIGHTS] = begun


def _step(at: Network, rate: float, steps: int) -> None:
    losses = list(st.session_state.get(_LOSSES, []))
    for _ in range(steps):
        if max(abs(at.values[name]) for name in at.weights) > _FAR:
            break
        at = descended(at, rate)
        losses.append(run(at).loss)
    st.session_state[_LOSSES] = losses
    st.session_state[_WEIGHTS] = weights() | {name: at.values[name] for name in at.weights}
