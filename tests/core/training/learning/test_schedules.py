"""Schedules beside torch's own."""

import pytest
import torch

from core.training.learning.schedules import factor


def rates(make, total):
    """The learning rates of torch's scheduler, for a highest rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def ours(name, total, warm_up):
    return [factor(name, step, total, warm_up) for step in range(total)]


@pytest.mark.parametrize("total", [2, 3, 10, 97])
@pytest.mark.parametrize("warm_up", [0.1, 0.25, 0.5])
def test_factor__one_cycle_is_torchs(total, warm_up):
    if warm_up * total < 1:
        pytest.skip("torch begins below its own start there")
    schedule = torch.optim.lr_scheduler.OneCycleLR
    wanted = rates(lambda o: schedule(o, 1.0, total_steps=total + 1, pct_start=warm_up), total + 1)
    assert ours("one-cycle", total + 1, warm_up) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("total", [5, 40])
def test_factor__cosine_is_torchs_after_its_warm_up(total):
    rising = round(0.2 * total)
    schedulers = torch.optim.lr_scheduler

    def make(optimizer):
        warm = schedulers.LinearLR(optimizer, 1 / (rising + 1), 1.0, rising)
        cosine = schedulers.CosineAnnealingLR(optimizer, total - rising)
        return schedulers.SequentialLR(optimizer, [warm, cosine], [rising])

    assert ours("cosine", total, 0.2) == pytest.approx(rates(make, total), abs=1e-12)


def test_factor__linear_and_constant_are_lines():
    assert ours("linear", 4, 0) == [1, 0.75, 0.5, 0.25]
    assert ours("linear", 5, 0.4) == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    assert ours("constant", 4, 0.5) == pytest.approx([1 / 3, 2 / 3, 1, 1])


@pytest.mark.parametrize("name", ["one-cycle", "cosine", "linear", "constant"])
@pytest.mark.parametrize("warm_up", [0, 0.3, 0.9])
def test_factor__stays_within_bounds_for_any_number_of_steps(name, warm_up):
    for total in range(1, 30):
        assert all(0 <= value <= 1 for value in ours(name, total, warm_up))
