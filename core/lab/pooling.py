"""Pooling: the largest number of a window, or its mean, and where their gradients go."""

import numpy as np

from core.errors import LayerError
from core.lab.window import Pair, Window, meetings, pad


def max_pool(inputs: np.ndarray, window: Window) -> np.ndarray:
    """(channels, rows, columns) -> the largest of each window, as torch's ``max_pool2d``.

    What the padding adds never wins. Raises LayerError where the window does not fit.
    """
    cells = np.take_along_axis(
        inputs.reshape(len(inputs), -1), winners(inputs, window).reshape(len(inputs), -1), axis=1
    )
    return cells.reshape(len(inputs), *window.steps(inputs.shape[1:]))


def winners(inputs: np.ndarray, window: Window) -> np.ndarray:
    """Which cell of its channel is the largest of each window, the first of equal ones.

    (channels, rows, columns) of positions in the flattened channel, as torch returns them.
    """
    steps = _steps(inputs, window)
    padded = pad(inputs, window.padding, value=-np.inf)
    met = np.stack([cells for _, cells in meetings(padded, window, steps)])
    inside = pad(np.ones((1, *inputs.shape[1:])), window.padding)
    real = np.stack([cells for _, cells in meetings(inside, window, steps)]) > 0
    # of cells that are all -inf one wins too, and not the padding, which is -inf as well
    best = (real & (met == met.max(axis=0))).argmax(axis=0)
    down, across = np.divmod(best, window.size[1])
    rows = down + window.stride[0] * np.arange(steps[0])[:, None] - window.padding[0]
    columns = across + window.stride[1] * np.arange(steps[1]) - window.padding[1]
    return rows * inputs.shape[2] + columns


def average_pool(inputs: np.ndarray, window: Window) -> np.ndarray:
    """(channels, rows, columns) -> the mean of each window, as torch's ``avg_pool2d``.

    The padding's zeros are counted. Raises LayerError where the window does not fit.
    """
    steps = _steps(inputs, window)
    padded = pad(inputs, window.padding)
    total = np.zeros((len(inputs), *steps))
    for _, met in meetings(padded, window, steps):
        total += met
    return total / (window.size[0] * window.size[1])


def max_gradient(inputs: np.ndarray, window: Window, gradient: np.ndarray) -> np.ndarray:
    """The gradient by the inputs, of the gradient by what was pooled: each winner gets all of it.

    Where it wins several windows it gets their sum.
    """
    passed = np.zeros((len(inputs), inputs[0].size))
    channels = np.arange(len(inputs))[:, None, None]
    np.add.at(passed, (channels, winners(inputs, window)), gradient)
    return passed.reshape(inputs.shape)


def average_gradient(grid: Pair, window: Window, gradient: np.ndarray) -> np.ndarray:
    """The same for the mean: all cells of a window get the same share.

    `gradient` is (channels, rows, columns) by what was pooled of a grid (rows, columns).
    """
    down, across = window.padding
    passed = np.zeros((len(gradient), grid[0] + 2 * down, grid[1] + 2 * across))
    for _, met in meetings(passed, window, gradient.shape[1:]):
        met[...] += gradient / (window.size[0] * window.size[1])
    return passed[:, down : down + grid[0], across : across + grid[1]]


def _steps(inputs: np.ndarray, window: Window) -> Pair:
    """Of the window, whose padding is at most half of it, so that it never meets padding alone."""
    if any(2 * p > k for p, k in zip(window.padding, window.size, strict=True)):
        raise LayerError("Pooling pads by at most half of its window: choose less padding.")
    return window.steps(inputs.shape[1:])
