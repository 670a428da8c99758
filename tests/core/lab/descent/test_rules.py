"""Update rules and schedules, step by step against torch's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lab.descent.rules import RULES, Memory, Optimiser, descend, out_of_bounds, update
from core.lab.descent.schedules import SCHEDULES, STEP_FACTOR, Schedule, third

TORCHS = {
    "sgd": lambda leaf, rate, _: torch.optim.SGD([leaf], rate),
    "momentum": lambda leaf, rate, momentum: torch.optim.SGD([leaf], rate, momentum),
    "nesterov": lambda leaf, rate, momentum: torch.optim.SGD([leaf], rate, momentum, nesterov=True),
    "rmsprop": lambda leaf, rate, _: torch.optim.RMSprop([leaf], rate),
    "adam": lambda leaf, rate, _: torch.optim.Adam([leaf], rate),
}
gradients = st.lists(
    st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.floats(-1e-3, 1e-3)),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("rule", RULES)
@given(given=gradients, rate=st.floats(1e-4, 1), momentum=st.floats(0.01, 0.99))
def test_update__is_torchs_step_by_step(rule, given, rate, momentum):
    leaf = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
    torchs = TORCHS[rule](leaf, rate, momentum)
    own = leaf.detach().numpy().copy()
    memory = Memory(0, np.zeros(3), np.zeros(3))
    for slope in np.array(given):
        leaf.grad = torch.tensor(slope)
        torchs.step()
        change, memory = update(Optimiser(rule, rate, momentum), slope, memory, rate)
        own = own - change
        assert own == pytest.approx(leaf.detach().numpy(), rel=1e-9, abs=1e-9)
    assert memory.steps == len(given)


@given(scale=st.floats(1e-3, 1e6))
def test_update__adams_first_step_is_the_rate_long_whatever_the_gradient(scale):
    slope = np.array([scale, -3 * scale])
    change, _ = update(Optimiser("adam", 0.1), slope, Memory(0, np.zeros(2), np.zeros(2)), 0.1)
    assert change == pytest.approx([0.1, -0.1], rel=1e-4)


def test_update__momentum_by_hand():
    steps = list(descend(lambda at, _: 2 * at, np.array([1.0]), Optimiser("momentum", 0.1), 2))
    assert steps[0].weights == pytest.approx([1 - 0.1 * 2])
    assert steps[1].weights == pytest.approx([0.8 - 0.1 * (0.9 * 2 + 2 * 0.8)])


def test_update__under_a_steady_gradient_momentum_goes_ten_times_as_far():
    steps = list(descend(lambda at, _: np.ones(1), np.zeros(1), Optimiser("momentum", 0.1), 200))
    assert steps[-1].update == pytest.approx([1.0], rel=1e-6)  # 0.1 / (1 - 0.9)


@given(curvature=st.floats(0.5, 100))
def test_descend__on_a_parabola_two_by_curvature_is_the_edge(curvature):
    edge = 2 / curvature

    def last(rate):
        steps = descend(lambda at, _: curvature * at, np.array([1.0]), Optimiser("sgd", rate), 400)
        return abs(list(steps)[-1].weights[0])

    assert last(0.98 * edge) < 1e-3
    assert last(1.02 * edge) > 1e3


def test_descend__ends_where_it_went_astray():
    steps = list(descend(lambda at, _: at * 1e4, np.array([1.0]), Optimiser("sgd", 1.0), 50))
    assert len(steps) == 2
    assert out_of_bounds(steps[-1].weights)
    assert out_of_bounds(np.array([0.0, np.nan]))


def torchs_rates(schedule, full, steps):
    leaf = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([leaf], full)
    lrs = torch.optim.lr_scheduler
    left = steps - schedule.warm_up
    after = {
        "constant": lambda: lrs.ConstantLR(optimiser, factor=1),
        "step": lambda: lrs.StepLR(optimiser, third(left), STEP_FACTOR),
        "cosine": lambda: lrs.CosineAnnealingLR(optimiser, T_max=left),
        "linear": lambda: lrs.LinearLR(optimiser, 1, 0, total_iters=left),
    }[schedule.name]
    if schedule.warm_up:
        warm = lrs.LinearLR(optimiser, 1 / (schedule.warm_up + 1), total_iters=schedule.warm_up)
        whole = lrs.SequentialLR(optimiser, [warm, after()], milestones=[schedule.warm_up])
    else:
        whole = after()
    rates = []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        whole.step()
    return rates


@pytest.mark.parametrize("name", SCHEDULES)
@given(full=st.floats(1e-4, 1), warm_up=st.integers(0, 20), left=st.integers(1, 60))
def test_rates__are_torchs(name, full, warm_up, left):
    schedule = Schedule(name, warm_up)
    rates = schedule.rates(full, warm_up + left)
    assert rates == pytest.approx(torchs_rates(schedule, full, warm_up + left), rel=1e-9, abs=1e-12)
    assert max(rates) == pytest.approx(full)


def test_rates__with_less_steps_than_warm_up_only_rise():
    assert Schedule("cosine", 4).rates(1.0, 3) == pytest.approx([0.2, 0.4, 0.6])
