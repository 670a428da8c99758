"""An activation function on a feature map of the model: what passes, what saturates, what dies."""

import math

import numpy as np
import streamlit as st

from core import inside
from core.figures.channel_map import colour_range, large_tile
from core.figures.lab.activation import fate_histogram
from core.inside.activations import ActivationLayer, activation_layers
from core.lab.activation import ACTIVATIONS, SATURATED, Activation, is_off, shares
from core.lab.question import Number
from ui.lab.activation.words import function_choice, torch_name
from ui.lab.station import ask, formula, numbers, torch_call
from ui.layer_choice import size
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.subject import Subject

_SIDE = 200  # pixels of a map, at least
_WRITTEN = 6  # cells whose numbers are shown


def draw(seen: Subject) -> None:
    """The bench of this view."""
    layers = remembered(
        "lab_activation_layers",
        subject_key(seen.model, seen.picture)[1:],
        lambda: activation_layers(seen.model),
        most=4,
    )
    if not layers:
        st.caption(
            plain(
                f"No activation function of {seen.model.name} is a module of its own that is fed "
                "by a layer with maps: choose another model, such as the bundled one."
            )
        )
        return
    layer = _layer(seen, layers)
    before, after = _maps(seen, layer)
    channel = _channel(seen, layer, before)
    name = function_choice(layer.function, f"lab_map_function-{layer.function}")
    function = ACTIVATIONS[name]
    left, right = st.columns(2, gap="large")
    with left:
        gain = st.slider(
            "Weights, multiplied by",
            0.0,
            8.0,
            1.0,
            0.1,
            key="lab_map_gain",
            persist_state="session",
        )
    with right:
        reach = math.ceil(float(np.abs(before[channel]).max())) + 1.0
        bias = st.slider(
            "Bias, added",
            -reach,
            reach,
            0.0,
            0.1,
            key=f"lab_map_bias-{reach:g}",
            persist_state="session",
        )
    given = gain * before[channel].astype(np.float64) + bias
    made, slopes = function.value(given), function.slope(given)
    _pictures(given, made, slopes, function)
    _fates(function, (given, slopes), gain * before.astype(np.float64) + bias)
    _own(seen, layer, name, (before, after))
    _cells(given, made, slopes, name)
    _ask(before[channel])


def _layer(seen: Subject, layers: tuple[ActivationLayer, ...]) -> ActivationLayer:
    """Whose output goes into the function."""
    named = {layer.after.name: layer for layer in layers}
    chosen = st.selectbox(
        "Layer",
        list(named),
        format_func=lambda name: (
            f"{named[name].before.name}, before {name} · {size(named[name].before)}"
        ),
        key=f"lab_map_layer-{seen.model.name}",
        persist_state="session",
    )
    return named[chosen]


def _maps(seen: Subject, layer: ActivationLayer) -> tuple[np.ndarray, np.ndarray]:
    """What goes into the function and what comes out, (channels, rows, columns) each."""
    names = [layer.before.name, layer.after.name]
    found = remembered(
        "lab_activation_maps",
        (*subject_key(seen.model, seen.picture), *names),
        lambda: inside.feature_maps(seen.model, seen.picture, names),
        most=2,
    )
    return found[names[0]].maps, found[names[1]].maps


def _channel(seen: Subject, layer: ActivationLayer, before: np.ndarray) -> int:
    """At first the one with the largest number."""
    key = f"lab_map_channel-{seen.model.name}-{layer.after.name}"
    st.session_state.setdefault(key, int(before.max((1, 2)).argmax()))
    return int(
        st.number_input(
            f"Channel, of {len(before):,}",
            0,
            len(before) - 1,
            key=key,
            width=160,
            persist_state="session",
        )
    )


def _pictures(
    given: np.ndarray, made: np.ndarray, slopes: np.ndarray, function: Activation
) -> None:
    """Before, after, and where the gradient passes."""
    for place, title, values in zip(
        st.columns(3, gap="medium"),
        ("Before", f"After {function.name}", "The derivative"),
        (given, made, slopes),
        strict=True,
    ):
        colours = colour_range(values, signed=bool((values < 0).any()))
        with place:
            st.image(
                large_tile(values, colours, _SIDE),
                width="stretch",
                alt=f"{title}: {values.shape[0]} × {values.shape[1]} cells from {values.min():.3g} "
                f"to {values.max():.3g}",
            )
            ends = "blue to yellow, dark is 0" if colours.signed else "violet to yellow"
            st.caption(f"{title}: {values.min():.3g} to {values.max():.3g} ({ends})")


def _fates(
    function: Activation, channel: tuple[np.ndarray, np.ndarray], all_given: np.ndarray
) -> None:
    """How many cells are off, saturated, or pass a gradient on; `channel` is inputs and slopes."""
    given, slopes = channel
    all_slopes = function.slope(all_given)
    one, every = shares(function, slopes), shares(function, all_slopes)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            fate_histogram(function, given),
            key="lab_map_histogram",
            config={"displayModeBar": False},
            alt=f"The inputs of {given.size:,} cells: {one.off:.1%} off, {one.saturated:.1%} "
            f"saturated, {one.passing:.1%} pass a gradient on",
        )
    with right:
        numbers(
            {
                "Cells": ["Off", "Saturated", "Passing"],
                "Derivative": ["0", f"below {SATURATED:g}", f"{SATURATED:g} and more"],
                "This channel": [f"{share:.1%}" for share in (one.off, one.saturated, one.passing)],
                f"All {len(all_slopes):,}": [
                    f"{share:.1%}" for share in (every.off, every.saturated, every.passing)
                ],
            }
        )
        if not function.turns_off:
            st.caption(
                f"{function.name} turns nothing off: its derivative may become tiny, but there is "
                "no range of inputs on which it is 0."
            )
            return
        dead = int(is_off(function, all_slopes).all((1, 2)).sum())
        st.caption(
            f"{dead:,} of {len(all_slopes):,} channels are dead on this picture: off in every cell."
        )


def _own(
    seen: Subject, layer: ActivationLayer, name: str, maps: tuple[np.ndarray, np.ndarray]
) -> None:
    """What the model itself does here, checked in every cell of every channel."""
    before, after = maps
    own = ACTIVATIONS[layer.function]
    apart = float(np.abs(own.value(before.astype(np.float64)) - after).max())
    said = (
        f"{seen.model.name} has {own.name} here. In all {after.size:,} cells its own output is "
        f"{own.name} of this map, {apart:.1g} apart at most."
    )
    if name != layer.function:
        said += f" What {ACTIVATIONS[name].name} would do is drawn."
    st.caption(plain(said))


def _cells(given: np.ndarray, made: np.ndarray, slopes: np.ndarray, name: str) -> None:
    """A few cells in the middle of the map in numbers, and the same in torch."""
    row = given.shape[0] // 2
    first = max(0, (given.shape[1] - _WRITTEN) // 2)
    columns = range(first, min(first + _WRITTEN, given.shape[1]))
    numbers(
        {
            f"Row {row}, column": [str(column) for column in columns],
            "Before": [f"{given[row, column]:.4f}" for column in columns],
            "After": [f"{made[row, column]:.4f}" for column in columns],
            "Derivative": [f"{slopes[row, column]:.4f}" for column in columns],
        }
    )
    function = ACTIVATIONS[name]
    if function.turns_off:
        word, counted = "off", int(is_off(function, slopes).sum())
    else:
        word, counted = "saturated", int((np.abs(slopes) < SATURATED).sum())
    formula(
        r"a_{i,j} = f(z_{i,j}) \qquad \frac{\partial L}{\partial z_{i,j}} = "
        r"f'(z_{i,j}) \cdot \frac{\partial L}{\partial a_{i,j}}",
        rf"\text{{{word}: }} \frac{{{counted:,}}}{{{slopes.size:,}}} = "
        rf"\mathbf{{{counted / slopes.size:.1%}}}".replace(",", "{,}").replace("%", r"\%"),
    )
    cells = [round(float(given[row, column]), 4) for column in columns]
    torch_call(
        f"cells = torch.tensor({cells}, requires_grad=True)\n"
        f"after = {torch_name(name)}(cells)\n"
        "(slopes,) = torch.autograd.grad(after.sum(), cells)"
    )


def _ask(channel: np.ndarray) -> None:
    largest = max(0.0, float(channel.max()))
    ask(
        Number(
            "By how much does the bias have to fall for this channel to die with ReLU, at "
            "unchanged weights, to one decimal?",
            largest,
            f"The largest number before the function is {channel.max():.2f}: with a bias of "
            f"-{largest:.2f} no cell is above 0. The histogram is orange throughout, and nothing "
            "can bring the channel back on this picture.",
            within=0.1,
        )
    )
