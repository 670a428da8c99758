"""Grids of numbers, the cells that are lit in them, and the walk of a window."""

import numpy as np
import pytest
from plotly.colors import sample_colorscale, unlabel_rgb

from core.figures.lab.convolution import MOST_STEPS, cost_bars, walking
from core.figures.lab.number_grid import Frame, met, number_grid, short
from core.lab.convolution import Cost, convolve
from core.lab.window import Window


@pytest.mark.parametrize(
    ("value", "said"),
    [(3.0, "3"), (-128.0, "-128"), (0.123, "0.12"), (-0.001, "0.00"), (-3.14159, "-3.1")],
)
def test_short__as_long_as_a_cell_allows(value, said):
    assert short(value) == said
    assert short(np.inf) == ""


def test_number_grid__numbers_clicks_and_frames():
    values = np.arange(-6.0, 6.0).reshape(3, 4)
    figure = number_grid(values, lit=[Frame.cell(2, 1)], targets=True)
    grid, targets = figure.data
    assert grid.text[2][1] == '<span style="color:black">3</span>'
    assert grid.zmin == -6
    assert grid.zmax == 6
    assert [tuple(cell) for cell in targets.customdata] == list(np.ndindex(3, 4))
    inner = figure.layout.shapes[-1]
    assert (inner.x0, inner.x1, inner.y0, inner.y1) == (0.5, 1.5, 1.5, 2.5)


def test_number_grid__leaves_out_numbers_that_nobody_could_read():
    assert number_grid(np.zeros((20, 3))).data[0].text is None


def test_number_grid__grey_levels_keep_their_ends():
    grid = number_grid(np.full((2, 2), 90.0), levels=True).data[0]
    assert (grid.zmin, grid.zmax) == (0, 255)


@pytest.mark.parametrize("levels", [True, False])
def test_number_grid__numbers_stand_out_from_their_cells(levels):
    values = np.linspace(0 if levels else -200, 200, 60).reshape(6, 10)
    grid = number_grid(values, levels=levels).data[0]
    for value, text in zip(values.ravel(), np.ravel(grid.text), strict=True):
        share = (value - grid.zmin) / (grid.zmax - grid.zmin)
        (cell,) = sample_colorscale([list(one) for one in grid.colorscale], share)
        number = 1.0 if "white" in text else 0.0
        low, high = sorted((_luminance(unlabel_rgb(cell)), number))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def _luminance(colour):
    """Relative luminance of sRGB, WCAG 2."""
    parts = [level / 255 for level in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_met__one_frame_or_one_for_each_cell():
    assert met(Window((2, 3), (2, 2)), (1, 1)) == [Frame(2, 2, 4, 5)]
    dilated = met(Window((2, 1), dilation=(3, 1)), (0, 4))
    assert dilated == [Frame.cell(0, 4), Frame.cell(3, 4)]
    assert dilated[1].moved(3, 4) == Frame.cell(0, 0)


def test_walking__each_frame_adds_one_cell_of_the_output():
    inputs, window = np.random.default_rng(0).normal(size=(5, 7)), Window((3, 3), (1, 2))
    outputs = convolve(inputs[None], np.ones((1, 1, 3, 3)), stride=window.stride)[0]
    figure = walking(inputs, outputs, window)
    assert len(figure.frames) == outputs.size <= MOST_STEPS
    for number, frame in enumerate(figure.frames):
        filled, lit, cell = frame.data
        known = np.array(filled.z, float)
        assert np.isfinite(known).sum() == number + 1
        assert known.ravel()[number] == pytest.approx(outputs.ravel()[number])
        row, column = divmod(number, outputs.shape[1])
        assert (min(lit.x[:4]), min(lit.y[:4])) == (2 * column - 0.5, row - 0.5)
        assert (max(cell.x[:4]), max(cell.y[:4])) == (column + 0.5, row + 0.5)


def test_cost_bars__are_shares():
    figure = cost_bars({"a": Cost(10, 30), "b": Cost(30, 10)})
    parameters, work = figure.data
    assert list(parameters.y) == [0.25, 0.75]
    assert list(work.y) == [0.75, 0.25]
