"""Feature maps in colours, and the picture of the network."""

import io

import numpy as np
import pytest
from PIL import Image

from core.figures.channel_map import (
    MOST_TARGETS,
    ColourRange,
    channel_map,
    colour_range,
    large_tile,
    tile,
)
from core.figures.kernel_strip import colour_kernel, kernel_strip
from core.figures.network_picture import Block, network_picture
from core.figures.receptive_field import receptive_field
from core.figures.vector_bars import vector_bars
from core.inside import Box

CROP = Image.new("RGB", (60, 40), "grey")


def picture(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_colour_range__takes_the_least_and_the_most():
    values = np.array([[1.0, 4.0], [2.0, 3.0]])
    assert colour_range(values, signed=False) == ColourRange(1, 4, False)
    assert colour_range(values, signed=True) == ColourRange(-4, 4, True)
    assert colour_range(-values, signed=True) == ColourRange(-4, 4, True)


@pytest.mark.parametrize("signed", [False, True])
def test_levels__are_linear_and_cut_at_the_ends(signed):
    colours = ColourRange(-2 if signed else 0, 2, signed)
    values = np.linspace(colours.low, colours.high, 256)
    assert colours.levels(values).tolist() == list(range(256))
    assert colours.levels(np.array([-1e30, 1e30])).tolist() == [0, 255]
    table = colours.table().astype(int)
    assert table.shape == (256, 3)
    assert np.abs(np.diff(table, axis=0)).max() <= 12  # no step that an eye would take for an edge


def test_levels__of_an_empty_map_are_those_of_zero():
    empty = np.zeros((3, 3))
    assert set(colour_range(empty, signed=True).levels(empty).ravel()) <= {127, 128}
    assert set(colour_range(empty, signed=False).levels(empty).ravel()) == {0}


def test_tile__has_one_pixel_for_each_cell():
    values = np.arange(12.0).reshape(3, 4)
    colours = colour_range(values, signed=False)
    levels = picture(tile(values, colours))
    assert levels.shape == (3, 4)
    assert (np.diff(levels.ravel().astype(int)) > 0).all()
    large = picture(large_tile(values, colours, 30))
    assert large.shape == (30, 40, 3)
    np.testing.assert_array_equal(large[5::10, 5::10], colours.table()[levels])


@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 2), (7, 7), (14, 9), (28, 28), (56, 57), (224, 224)]
)
def test_channel_map__clicks_tell_cells_that_exist(rows, columns):
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
    figure = channel_map(values, colour_range(values, True), CROP, (0, 0), over=True)
    targets = figure.data[1]
    assert len(targets.x) <= MOST_TARGETS**2
    if max(rows, columns) <= MOST_TARGETS:
        assert len(targets.x) == rows * columns
    for x, y, (row, column, value) in zip(targets.x, targets.y, targets.customdata, strict=True):
        assert value == values[row, column]
        assert int(x / CROP.width * columns) == column
        assert int(y / CROP.height * rows) == row


def test_channel_map__bar_has_the_units_of_the_map():
    values = np.array([[0.0, 2.5]])
    heat = channel_map(values, colour_range(values, False), CROP, (0, 1), over=False).data[0]
    assert (heat.zmin, heat.zmax) == (0, 2.5)
    assert heat.colorscale[0][1].startswith("rgba(68,1,84,1.0")  # viridis begins


def test_receptive_field__is_lit_only_where_the_influence_is():
    influence = np.zeros((40, 60), np.float32)
    influence[10:20, 30:50] = 3
    core = Box(10, 30, 20, 50)
    figure = receptive_field(CROP, influence, None, core)
    encoded = figure.layout.images[0].source.partition(",")[2]
    import base64

    lit = picture(base64.b64decode(encoded))[..., 0] > 64
    times = lit.shape[0] // 40
    assert lit[10 * times : 20 * times, 30 * times : 50 * times].all()
    assert lit.mean() == pytest.approx(200 / 2400)
    assert receptive_field(CROP, influence * 0, Box(0, 0, 5, 5), None).layout.shapes


def test_network_picture__every_column_delivers_its_name():
    blocks = [
        Block("input", "", 3, 64),
        Block("features.0", "", 32, 32),
        Block("features.1", "", 64, 16),
        Block("classifier", "", 1000, None),
    ]
    bars, columns = network_picture(blocks, "features.1").data
    assert list(columns.customdata) == [block.name for block in blocks]
    assert list(bars.y) == sorted(bars.y, reverse=True)
    assert list(bars.width) == sorted(bars.width)
    assert [colour == bars.marker.color[2] for colour in bars.marker.color].count(True) == 1


def test_kernel_strip__grey_is_zero_and_all_share_one_scale():
    kernels = np.zeros((2, 3, 3), np.float32)
    kernels[0, 0, 0], kernels[1, 2, 2] = -2, 1
    strip = picture(kernel_strip(kernels, least=3))
    assert strip.shape == (3, 7, 2)
    assert strip[0, 0].tolist() == [0, 255]
    assert strip[2, 6].tolist() == [191, 255]
    assert strip[1, 1].tolist() == [128, 255]
    assert strip[1, 3, 1] == 0
    assert picture(colour_kernel(np.full((7, 7, 3), 9, np.uint8), 96)).shape == (98, 98, 3)


def test_vector_bars__keep_their_order_and_long_names_short():
    figure = vector_bars(["a" * 99, "b", "b"], [3.0, -1.0, 0.5])
    assert list(figure.data[0].x) == [3.0, -1.0, 0.5]
    assert len(figure.layout.yaxis.ticktext[0]) < 30
