"""Mixup and cutmix on cases small enough to know the answer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.training.learning.mixing import mix
from core.training.learning.objective import Objective, balanced


def dice(seed=0):
    return np.random.default_rng(seed)


def test_mix__is_the_identity_when_off():
    inputs, labels = torch.randn(3, 3, 4, 4), torch.tensor([0, 1, 2])
    mixed, targets = mix(inputs, labels, 0, 0, dice())
    assert torch.equal(mixed, inputs)
    assert torch.equal(targets.first, labels)
    assert targets.share == 1


def test_mix__mixup_adds_neighbours_and_leaves_the_last_of_an_odd_number():
    inputs = torch.arange(5.0).reshape(5, 1, 1, 1)
    mixed, targets = mix(inputs, torch.arange(5), 1.0, 0, dice())
    s = targets.share
    wanted = [1 - s, s, 2 * s + 3 * (1 - s), 3 * s + 2 * (1 - s), 4]
    assert mixed.flatten().tolist() == pytest.approx(wanted)
    assert targets.second.tolist() == [1, 0, 3, 2, 4]


@given(st.integers(0, 10_000))
def test_mix__cutmix_shares_labels_as_it_shares_pixels(seed):
    inputs = torch.stack([torch.zeros(1, 7, 9), torch.ones(1, 7, 9)])
    mixed, targets = mix(inputs, torch.tensor([0, 1]), 0, 1.0, dice(seed))
    assert float(mixed[0].mean()) == pytest.approx(1 - targets.share, abs=1e-6)
    assert float(mixed[1].mean()) == pytest.approx(targets.share, abs=1e-6)
    assert set(mixed.flatten().tolist()) <= {0.0, 1.0}
    assert not inputs[0].any()
    assert inputs[1].all()


def test_objective__of_a_mixture_is_the_mixture_of_the_losses():
    logits = torch.tensor([[2.0, 0.0], [0.5, 1.0]])
    _, targets = mix(torch.zeros(2, 1, 2, 2), torch.tensor([0, 1]), 1.0, 0, dice())
    objective = Objective(None, 0.0)
    of = torch.nn.functional.cross_entropy
    wanted = targets.share * of(logits, targets.first) + (1 - targets.share) * of(
        logits, targets.second
    )
    found = objective.total(logits, targets) / objective.divisor(targets.first)
    assert float(found) == pytest.approx(float(wanted))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, [1.0, 3.0, 0.5]])
def test_objective__is_torchs_cross_entropy(smoothing, weights):
    torch.manual_seed(0)
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 1, 0, 0])
    weights = None if weights is None else torch.tensor(weights)
    wanted = torch.nn.CrossEntropyLoss(weights, label_smoothing=smoothing)(logits, labels)
    objective = Objective(weights, smoothing)
    _, targets = mix(logits, labels, 0, 0, dice())
    found = objective.total(logits, targets) / objective.divisor(labels)
    assert float(found) == pytest.approx(float(wanted), rel=1e-6)


def test_balanced__is_scikit_learns():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.array([0, 0, 0, 1, 2, 2])
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert balanced(labels, 3) == pytest.approx(wanted)
    assert balanced(labels, 4)[3] == 0
