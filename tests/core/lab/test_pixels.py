"""Pictures as small grids of numbers."""

import numpy as np
import pytest
from PIL import Image

from core.lab.pixels import CHANNELS, pixel_grid


@pytest.mark.parametrize(
    ("size", "shape"),
    [((1, 1), (1, 1)), ((600, 400), (8, 12)), ((20_000, 2), (1, 12)), ((5, 7), (7, 5))],
)
def test_pixel_grid__keeps_the_shape_and_never_enlarges(size, shape):
    grid = pixel_grid(Image.new("RGB", size, (10, 20, 30)), 12, "Green")
    assert grid.shape == shape
    assert (grid == 20).all()


def test_pixel_grid__means_of_blocks_by_channel():
    levels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    for position, channel in enumerate(CHANNELS[1:]):
        expected = levels[..., position].reshape(4, 5, 6, 5).mean((1, 3))
        assert pixel_grid(Image.fromarray(levels), 6, channel) == pytest.approx(
            expected, abs=1.01
        )  # rounded twice
    grey = pixel_grid(Image.fromarray(levels), 30)
    assert grey == pytest.approx(levels @ [0.299, 0.587, 0.114], abs=1)
