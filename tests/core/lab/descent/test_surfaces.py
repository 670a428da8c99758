"""Surfaces: gradients against autograd, minima, and paths on them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.lab.descent.paths import path
from core.lab.descent.rules import RULES, Optimiser
from core.lab.descent.surfaces import MINIMA, SADDLE, VALLEY, bowl

SURFACES = {"bowl": bowl(25), "valley": VALLEY, "saddle": SADDLE, "minima": MINIMA}
places = st.floats(-5, 5)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@given(x=places, y=places)
def test_gradient__is_autograds_of_the_code(surface, x, y):
    leaves = [torch.tensor(at, dtype=torch.float64, requires_grad=True) for at in (x, y)]
    value = eval(surface.code, {"x": leaves[0], "y": leaves[1]})
    slopes = [float(slope) for slope in torch.autograd.grad(value, leaves)]
    assert surface.function(np.float64(x), np.float64(y)) == pytest.approx(float(value.detach()))
    assert surface.gradient(np.float64(x), np.float64(y)) == pytest.approx(slopes, abs=1e-9)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_minima__nothing_around_them_is_lower(surface):
    around = np.linspace(0, 2 * np.pi, 32)
    for x, y in surface.minima:
        assert surface.gradient(np.float64(x), np.float64(y)) == pytest.approx([0, 0], abs=1e-9)
        ring = surface.function(x + 1e-3 * np.cos(around), y + 1e-3 * np.sin(around))
        assert (ring > surface.function(np.float64(x), np.float64(y))).all()


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_start__and_minima_lie_on_what_is_drawn(surface):
    for x, y in (surface.start, *surface.minima):
        assert surface.x_range[0] < x < surface.x_range[1]
        assert surface.y_range[0] < y < surface.y_range[1]


def test_path__on_a_bowl_has_a_closed_form():
    found = path(bowl(4), (3.0, -2.0), Optimiser("sgd", 0.1), 7)
    powers = np.arange(8)
    assert found.points[:, 0] == pytest.approx(3 * 0.9**powers)
    assert found.points[:, 1] == pytest.approx(-2 * 0.6**powers)
    assert found.losses == pytest.approx((9 * 0.81**powers + 16 * 0.36**powers) / 2)
    assert not found.diverged


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_path__gone_astray_is_told_and_ends(surface, rule):
    found = path(surface, surface.start, Optimiser(rule, 1e7), 5)
    assert found.diverged
    assert len(found.steps) < 5
    assert len(found.points) == len(found.losses) == len(found.steps) + 1


def test_path__a_saddle_holds_who_starts_on_its_ridge():
    held = path(SADDLE, (1.5, 0.0), Optimiser("sgd", 0.1), 200)
    assert held.points[-1] == pytest.approx([0, 0], abs=1e-6)
    freed = path(SADDLE, (1.5, 0.01), Optimiser("sgd", 0.1), 200)
    assert freed.points[-1] == pytest.approx([0, 1], abs=1e-6)
