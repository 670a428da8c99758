"""The network against torch's own layers and optimiser."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.lab.overfitting.digits import generator
from core.lab.overfitting.network import begin, dropout, logits, step, training_logits


def of_torch(network):
    """The same network in torch's layers, with copies of its weights."""
    layers = []
    for at, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight.data, layer.bias.data = weight.detach().clone(), bias.detach().clone()
        layers.append(layer)
        if at < 2:
            layers += [nn.BatchNorm1d(len(weight))] if network.norms else []
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


settings_of = given(
    width=st.integers(1, 40),
    batch_norm=st.booleans(),
    l2=st.floats(0, 0.2),
    momentum=st.floats(0, 0.99),
    seed=st.integers(0, 999),
)


@settings(max_examples=20, deadline=None)
@settings_of
def test_step__is_torchs_descent_with_weight_decay_over_many_steps(
    width, batch_norm, l2, momentum, seed
):
    network = begin(width, batch_norm, seed)
    twin = of_torch(network)
    decayed = [parameter for parameter in twin.parameters() if parameter.ndim == 2]
    others = [parameter for parameter in twin.parameters() if parameter.ndim == 1]
    optimiser = torch.optim.SGD(
        [{"params": decayed, "weight_decay": l2}, {"params": others}], lr=0.02, momentum=momentum
    )
    dice = generator(seed, "test")
    velocities = [torch.zeros_like(parameter) for parameter in network.parameters]
    decays = [l2 * (parameter.ndim == 2) for parameter in network.parameters]
    for _ in range(5):
        pictures, labels = (
            torch.rand(9, 64, generator=dice),
            torch.randint(10, (9,), generator=dice),
        )
        loss = nn.functional.cross_entropy(training_logits(network, pictures, 0.0, dice), labels)
        gradients = torch.autograd.grad(loss, network.parameters)
        step(network.parameters, gradients, velocities, decays, rate=0.02, momentum=momentum)
        optimiser.zero_grad()
        nn.functional.cross_entropy(twin(pictures), labels).backward()
        optimiser.step()
    pictures = torch.rand(7, 64, generator=dice)
    assert torch.allclose(logits(network, pictures), twin.eval()(pictures), atol=1e-5)
    for own, torchs in zip(network.weights, decayed, strict=True):
        assert torch.allclose(own, torchs, atol=1e-6)
    assert network.size == sum(parameter.numel() for parameter in twin.parameters())
    assert network.norm == pytest.approx(
        torch.cat([weight.flatten() for weight in decayed]).norm().item(), rel=1e-5
    )


def test_step__decay_is_the_gradient_of_half_the_squared_norm():
    weight = torch.randn(4, 3, generator=generator(0, "test"), requires_grad=True)
    penalty = torch.autograd.grad(0.3 / 2 * weight.square().sum(), weight)[0]
    velocity, before = torch.zeros(4, 3), weight.detach().clone()
    step([weight], [torch.zeros(4, 3)], [velocity], [0.3], rate=0.5, momentum=0.9)
    assert torch.allclose(before - weight.detach(), 0.5 * penalty)


@given(rate=st.floats(0, 0.9), seed=st.integers(0, 999))
@settings(max_examples=30)
def test_dropout__leaves_zeros_and_scaled_values_and_keeps_the_mean(rate, seed):
    values = torch.ones(20_000)
    left = dropout(values, rate, generator(seed, "test"))
    kept = left[left != 0]
    assert torch.allclose(kept, torch.tensor(1 / (1 - rate)))
    within = 5 * (rate / (1 - rate) / len(values)) ** 0.5  # five standard errors
    assert left.mean().item() == pytest.approx(1, abs=within + 1e-5)


def test_logits__drop_nothing_and_repeat_while_training_logits_do_not():
    network = begin(32, True, 0)
    pictures, dice = torch.rand(6, 64), generator(0, "test")
    assert torch.equal(logits(network, pictures), logits(network, pictures))
    first, second = (training_logits(network, pictures, 0.5, dice) for _ in range(2))
    assert not torch.equal(first, second)


def test_logits__leave_the_running_averages_alone_that_training_moves():
    network = begin(8, True, 0)
    before = network.copy()
    logits(network, torch.rand(6, 64))
    assert torch.equal(network.norms[0].mean, before.norms[0].mean)
    training_logits(network, torch.rand(6, 64), 0.0, generator(0, "test"))
    assert not torch.equal(network.norms[0].mean, before.norms[0].mean)
    assert torch.equal(before.norms[0].mean, torch.zeros(8))  # the copy is one


def test_begin__batch_normalisation_changes_no_weight_and_their_spread_is_hes():
    plain, normed = begin(256, False, 5), begin(256, True, 5)
    for one, other in zip(plain.weights, normed.weights, strict=True):
        assert torch.equal(one, other)
    assert plain.weights[1].var().item() == pytest.approx(2 / 256, rel=0.05)
