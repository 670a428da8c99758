"""Backpropagation against autograd, finite differences, and by hand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lab.backprop import (
    ACTIVATIONS,
    LOSSES,
    Network,
    alike,
    autograd,
    dead,
    descended,
    finite_difference,
    run,
    saturated,
)


@st.composite
def networks(draw, span=4.0):
    """Any network; class labels are 0 and 1, with one 1 where there are two outputs."""
    hidden, outputs = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    loss = draw(st.sampled_from(LOSSES))
    bare = Network(hidden, outputs, {}, draw(st.sampled_from(ACTIVATIONS)), loss)
    numbers = st.floats(-span, span)
    values = {name: draw(numbers) for name in ("x1", "x2", *bare.weights)}
    if loss == "squared":
        labels = [draw(numbers) for _ in range(outputs)]
    elif outputs == 1:
        labels = [float(draw(st.booleans()))]
    else:
        shown = draw(st.integers(0, outputs - 1))
        labels = [float(k == shown) for k in range(outputs)]
    return replace(bare, values=values | {f"y{k}": y for k, y in enumerate(labels, 1)})


EXAMPLE = Network(
    1, 1, {"x1": 1, "x2": 2, "w11": 0.5, "w12": -0.25, "b1": 0, "v11": 2, "c1": 0.5, "y1": 1}
)


def at_a_kink(network):
    """Whether a ReLU is so near to its kink that a small step crosses it: two slopes are right."""
    found = run(network)
    sums = [found.nodes[f"z{j}"].value for j in range(1, network.hidden + 1)]
    return network.activation == "relu" and min(map(abs, sums)) < 1e-3


@given(network=networks())
@settings(deadline=None)  # the first one imports torch
def test_run__gradients_are_autograds(network):
    found = run(network)
    expected = autograd(network)
    assert set(expected) == set(found.nodes)
    for name, node in found.nodes.items():
        assert node.gradient == pytest.approx(expected[name], rel=1e-9, abs=1e-9), name


@given(network=networks(span=2.0))
def test_finite_difference__agrees(network):
    found = run(network)
    if at_a_kink(network):
        return
    for name, node in found.nodes.items():
        assert finite_difference(network, name) == pytest.approx(node.gradient, abs=1e-6), name


@given(network=networks())
def test_paths__their_products_add_up_to_the_gradient(network):
    found = run(network)
    for name, node in found.nodes.items():
        products = [math.prod(link.slope for link in path) for path in found.paths(name)]
        assert sum(products) == pytest.approx(node.gradient, rel=1e-9, abs=1e-9)


def test_paths__an_input_reaches_the_loss_through_every_unit_and_output():
    values = dict.fromkeys(Network(3, 2, {}).weights, 0.5)
    found = run(Network(3, 2, values | {"x1": 1, "x2": 1, "y1": 0, "y2": 1}))
    assert len(found.paths("x1")) == 6
    assert [[link.to for link in path] for path in found.paths("w21")] == [
        ["z2", "h2", "o1", "L"],
        ["z2", "h2", "o2", "L"],
    ]
    assert [link.to for link in found.paths("c2")[0]] == ["o2", "L"]


def test_run__by_hand():
    found = run(EXAMPLE)
    assert {name: found.nodes[name].value for name in ("z1", "h1", "o1", "L")} == {
        "z1": 0, "h1": 0.5, "o1": 1.5, "L": 0.25,
    }  # fmt: skip
    # 2 (1.5 - 1) · 2 · 0.5 (1 - 0.5) · 2
    assert found.nodes["w12"].gradient == pytest.approx(1.0)
    assert found.nodes["v11"].gradient == pytest.approx(0.5)
    assert found.probabilities == ()


def test_run__cross_entropys_probabilities():
    sure = run(replace(EXAMPLE, loss="entropy"))
    assert sure.probabilities == pytest.approx((1 / (1 + math.exp(-1.5)),))
    assert sure.loss == pytest.approx(-math.log(sure.probabilities[0]))


def test_run__large_numbers_do_not_overflow():
    far = replace(EXAMPLE, values=EXAMPLE.values | {"w11": -2000, "c1": 1500}, loss="entropy")
    found = run(far)
    assert all(math.isfinite(node.gradient) for node in found.nodes.values())


@given(network=networks(span=1.0))
def test_descended__a_small_step_lowers_the_loss_by_the_squared_gradient(network):
    if at_a_kink(network):
        return
    before = run(network)
    size = sum(before.nodes[name].gradient ** 2 for name in network.weights)
    after = run(descended(network, 1e-6)).loss
    assert before.loss - after == pytest.approx(1e-6 * size, rel=0.01, abs=1e-9)


def test_descended__leaves_inputs_and_labels():
    after = descended(EXAMPLE, 0.1)
    assert {n: after.values[n] for n in ("x1", "x2", "y1")} == {"x1": 1, "x2": 2, "y1": 1}
    assert after.values["v11"] == pytest.approx(2 - 0.1 * 0.5)


def test_dead__a_shut_relu_passes_nothing_back():
    network = replace(EXAMPLE, values=EXAMPLE.values | {"b1": -3}, activation="relu")
    found = run(network)
    assert dead(network, found) == [1]
    assert [found.nodes[name].gradient for name in ("w11", "w12", "b1", "x1")] == [0, 0, 0, 0]
    assert found.nodes["c1"].gradient != 0
    assert dead(EXAMPLE, run(EXAMPLE)) == []


def test_saturated__a_sigmoid_far_out_is_flat():
    network = replace(EXAMPLE, values=EXAMPLE.values | {"b1": 8})
    assert saturated(network, run(network)) == [1]
    assert saturated(EXAMPLE, run(EXAMPLE)) == []


def test_alike__descent_never_tells_the_same_units_apart():
    values = dict.fromkeys(Network(3, 2, {}).weights, 0.0)
    network = Network(3, 2, values | {"x1": 1, "x2": -0.5, "y1": 0.8, "y2": 0.1})
    for _ in range(20):
        network = descended(network, 0.5)
        assert alike(network)
    assert any(network.values[name] for name in ("v11", "v21"))
    assert not alike(replace(network, values=network.values | {"w11": 0.3}))
