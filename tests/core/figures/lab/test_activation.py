"""Curves, histograms and gradients by depth."""

import numpy as np
import pytest

from core.figures.lab.activation import fate_histogram, function_curves, gradient_by_depth
from core.lab.activation import ACTIVATIONS, chain


def test_function_curves__have_a_point_on_both():
    figure = function_curves(ACTIVATIONS["tanh"], 0.5)
    points = {trace.marker.color: trace.y[0] for trace in figure.data if trace.mode == "markers"}
    assert sorted(points.values()) == pytest.approx([np.tanh(0.5), 1 - np.tanh(0.5) ** 2])
    assert len(figure.data) == len(ACTIVATIONS) - 1 + 4


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_fate_histogram__counts_every_cell_once(name):
    inputs = np.random.default_rng(0).normal(0, 6, (9, 11))
    figure = fate_histogram(ACTIVATIONS[name], inputs)
    assert sum(sum(trace.y) for trace in figure.data) == inputs.size


def test_fate_histogram__of_a_map_of_one_value():
    figure = fate_histogram(ACTIVATIONS["tanh"], np.zeros((2, 2)))
    assert sum(figure.data[0].y) == 4


def test_gradient_by_depth__leaves_out_zeros_which_a_logarithm_has_not():
    chains = {"relu": chain(ACTIVATIONS["relu"], -1.0, 1.0, 3)}
    figure = gradient_by_depth(chains, "relu")
    assert figure.data[0].y[0] == 1
    assert np.isnan(figure.data[0].y[1:]).all()


def test_fate_histogram__a_sigmoid_saturates_and_is_never_off():
    figure = fate_histogram(ACTIVATIONS["sigmoid"], np.array([-900.0, 900.0]))
    assert [trace.name for trace in figure.data] == ["saturated"]


def test_gradient_by_depth__no_two_lines_look_alike():
    figure = gradient_by_depth({n: chain(f, 0.5, 1, 5) for n, f in ACTIVATIONS.items()}, "relu")
    assert len({trace.line.color for trace in figure.data}) == len(ACTIVATIONS)
    relus = {trace.line.dash for trace in figure.data if "ReLU" in trace.name}
    assert len(relus) == 3  # these lie on each other
