"""The line and the moons: gradients against autograd, trainings against torch's own loop."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from core.lab.descent import line, moons
from core.lab.descent.rules import Optimiser
from core.lab.descent.schedules import Schedule
from tests.core.lab.descent.test_rules import TORCHS


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Linear(2, moons.HIDDEN), torch.nn.Tanh(), torch.nn.Linear(moons.HIDDEN, 2)
    ).double()


@given(examples=st.integers(1, 60), size=st.integers(1, 70), epochs=st.integers(1, 4))
def test_batches__each_epoch_has_every_example_once(examples, size, epochs):
    drawn = line.batches(examples, size, epochs)
    each = -(-examples // size)
    assert len(drawn) == each * epochs
    for epoch in range(epochs):
        of_epoch = np.concatenate(drawn[epoch * each : (epoch + 1) * each])
        assert sorted(of_epoch) == list(range(examples))


@pytest.mark.parametrize("standardised", [False, True])
def test_surface__is_the_mean_squared_error_with_its_least_squares_minimum(standardised):
    points = line.points(standardised)
    surface = line.surface(points)
    for a, b in ((0.3, -2.0), line.START):
        errors = a * points.x + b - points.y
        assert surface.function(np.float64(a), np.float64(b)) == pytest.approx(np.mean(errors**2))
        slope = surface.gradient(np.float64(a), np.float64(b))
        assert slope == pytest.approx([2 * np.mean(errors * points.x), 2 * errors.mean()])
    assert surface.minima[0] == pytest.approx(np.polyfit(points.x, points.y, 1))
    assert surface.x_range[0] < line.START[0] < surface.x_range[1]
    assert surface.y_range[0] < line.START[1] < surface.y_range[1]


def test_curvatures__standardised_the_bowl_is_round():
    assert line.curvatures(line.points(True)) == pytest.approx([2, 2])
    low, high = line.curvatures(line.points(False))
    assert high / low > 10


def test_fit__a_whole_batch_is_descent_on_the_surface():
    points = line.points(False)
    found = line.fit(points, line.EXAMPLES, 8, Optimiser("sgd", 0.1))
    at = np.array(line.START)
    for after in found.points[1:]:
        at = at - 0.1 * line.surface(points).gradient(*at)
        assert after == pytest.approx(at)


def test_fit__one_example_at_a_time_rattles_and_a_falling_rate_calms_it():
    points = line.points(True)

    def unrest(name):
        found = line.fit(points, 1, 20, Optimiser("sgd", 0.1, schedule=Schedule(name)))
        return found.points[-200:].std(0).max()

    assert unrest("linear") < unrest("constant") / 3


def test_first_weights__are_those_of_torchs_layers():
    expected = torch.nn.utils.parameters_to_vector(network().parameters()).detach().numpy()
    assert moons.first_weights() == pytest.approx(expected, abs=0)
    assert len(expected) == moons.WEIGHTS


@given(seed=st.integers(0, 99), spread=st.floats(0.1, 5))
@settings(max_examples=30, deadline=None)  # the first one imports scikit-learn
def test_gradient__is_autograds(seed, spread):
    weights = np.random.default_rng(seed).normal(0, spread, moons.WEIGHTS)
    net = network()
    torch.nn.utils.vector_to_parameters(torch.tensor(weights), net.parameters())
    data = moons.moons()
    value = functional.cross_entropy(net(torch.tensor(data.points)), torch.tensor(data.labels))
    slopes = torch.autograd.grad(value, list(net.parameters()))
    flat = torch.nn.utils.parameters_to_vector(slopes).numpy()
    assert moons.loss(weights, data) == pytest.approx(float(value.detach()), rel=1e-9)
    assert moons.gradient(weights, data) == pytest.approx(flat, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("rule", sorted(TORCHS))
def test_train__is_torchs_loop(rule):
    data = moons.moons()
    points, labels = torch.tensor(data.points), torch.tensor(data.labels)
    net = network()
    flat = torch.nn.utils.parameters_to_vector(net.parameters()).detach().requires_grad_()
    optimiser = TORCHS[rule](flat, 0.02, 0.9)
    for batch in line.batches(moons.EXAMPLES, 32, 3):
        parts = flat.split([2 * moons.HIDDEN, moons.HIDDEN, 2 * moons.HIDDEN, 2])
        hidden = torch.tanh(points[batch] @ parts[0].reshape(-1, 2).T + parts[1])
        out = hidden @ parts[2].reshape(2, -1).T + parts[3]
        flat.grad = torch.autograd.grad(functional.cross_entropy(out, labels[batch]), flat)[0]
        optimiser.step()
    found = moons.train(32, 3, Optimiser(rule, 0.02))
    assert found.weights == pytest.approx(flat.detach().numpy(), rel=1e-6, abs=1e-9)
    assert found.losses[-1] == pytest.approx(moons.loss(found.weights, data))
    assert found.examples[-1] == 3 * moons.EXAMPLES
    assert found.updates[-1] == 3 * -(-moons.EXAMPLES // 32)


def test_train__learns_and_counts_what_it_has_not_seen():
    found = moons.train(8, 30, Optimiser("momentum", 0.1))
    judged = moons.moons(1)
    said = moons.logits(found.weights, judged.points).argmax(1)
    assert found.accuracy == np.mean(said == judged.labels) > 0.93
    assert not np.array_equal(judged.points, moons.moons().points)


def test_train__gone_astray_is_told():
    found = moons.train(8, 2, Optimiser("sgd", 1e9))
    assert found.diverged
    assert found.updates[-1] < 50
