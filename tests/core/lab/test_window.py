"""Windows on grids, one place after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LayerError
from core.lab.window import Window, meetings, pad

few = st.integers(1, 4)
windows = st.builds(
    Window,
    st.tuples(few, few),
    st.tuples(few, few),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(few, few),
)
grids = st.tuples(st.integers(1, 12), st.integers(1, 12))


@given(window=windows, grid=grids)
def test_steps__counted_place_by_place(window, grid):
    places = []
    for n, k, s, p, d in zip(
        grid, window.size, window.stride, window.padding, window.dilation, strict=True
    ):
        framed = n + 2 * p
        places.append(sum(at + d * (k - 1) < framed for at in range(0, framed, s)))
    if 0 in places:
        with pytest.raises(LayerError, match="smaller"):
            window.steps(grid)
    else:
        assert window.steps(grid) == tuple(places)


@given(window=windows, grid=grids)
def test_cells__are_those_that_each_place_meets(window, grid):
    if any(n + 2 * p < r for n, p, r in zip(grid, window.padding, window.reach, strict=True)):
        return
    steps = window.steps(grid)
    padded = pad(np.arange(1.0, grid[0] * grid[1] + 1).reshape(1, *grid), window.padding)
    met = dict(meetings(padded, window, steps))
    for row, column in ((0, 0), (steps[0] - 1, steps[1] - 1)):
        rows, columns = window.cells(row, column)
        for i, j in np.ndindex(window.size):
            assert padded[0, rows[i], columns[j]] == met[i, j][0, row, column]


def test_steps__names_what_does_not_fit():
    with pytest.raises(LayerError, match="reaches over 5 × 3 cells, and the input has only 4 × 9"):
        Window((3, 3), padding=(0, 1), dilation=(2, 1)).steps((4, 7))


def test_pad__refuses_a_reflection_of_more_than_there_is():
    assert pad(np.ones((1, 2, 2)), (1, 1), "reflect").shape == (1, 4, 4)
    with pytest.raises(LayerError, match="less padding"):
        pad(np.ones((1, 1, 2)), (1, 1), "reflect")
