"""Heat maps over pictures: the numbers behind the colours."""

import io

import numpy as np
import pytest
from PIL import Image

from core.figures.heatmap import (
    Scale,
    colour_bar,
    colour_strip,
    colours,
    enlarged,
    over_grey,
    overlay,
    png,
    shared_scale,
    stretch,
    with_box,
)

# linear RGB under the two common kinds of colour blindness (Machado, Oliveira, Fernandes 2009)
BLIND = {
    "protan": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0519)),
    "deutan": ((0.3673, 0.8606, -0.2280), (0.2803, 0.6725, 0.0472), (-0.0118, 0.0430, 0.9688)),
}


def linear(rgb: np.ndarray) -> np.ndarray:
    c = np.asarray(rgb) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB, D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = np.asarray(light).clip(0) @ to_xyz.T / (0.9505, 1, 1.089)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def bar_colour(figure, value: float) -> list[int]:
    """What the figure's bar shows at a value."""
    trace = figure.data[0]
    at = int(np.abs(np.asarray(trace.x) - value).argmin())
    z = trace.z[0][at]
    position = (z - trace.zmin) / (trace.zmax - trace.zmin)
    nearest = min(trace.colorscale, key=lambda stop: abs(stop[0] - position))
    return [int(part) for part in nearest[1].removeprefix("rgb(").rstrip(")").split(",")]


@pytest.mark.parametrize("signed", [False, True])
def test_overlay__shows_in_each_cell_the_colour_that_the_bar_has_at_its_value(signed):
    values = np.array([[0.0, 0.75, 1.5], [3.0, 2.25, 0.0]])
    if signed:
        values[0, 1] = -2.25
    grey = Image.new("RGB", (60, 40), (128, 128, 128))
    scale = shared_scale([values])
    drawn = np.asarray(overlay(grey, values, scale)).astype(int)
    figure = colour_bar(scale, "logits per cell")
    for row in range(2):
        for column in range(3):
            cell = drawn[row * 20 : row * 20 + 20, column * 20 : column * 20 + 20]
            assert (cell == cell[0, 0]).all()
            expected = bar_colour(figure, values[row, column])
            assert np.abs(cell[0, 0] - expected).max() <= 2
    assert figure.data[0].x[-1] == 3.0
    assert figure.data[0].x[0] == (-3.0 if signed else 0.0)
    assert figure.layout.xaxis.title.text == "logits per cell"


def test_overlay__is_the_picture_in_grey_where_the_map_is_zero():
    noise = np.random.default_rng(0).integers(0, 255, (30, 20, 3), np.uint8)
    picture = Image.fromarray(noise)
    drawn = np.asarray(overlay(picture, np.zeros((3, 2)), Scale(0.0, False)))
    assert (drawn[..., 0] == drawn[..., 1]).all()
    assert np.abs(drawn[..., 0] - 0.75 * np.asarray(picture.convert("L"))).max() <= 0.5


def test_overlay__opacity_is_in_proportion_to_the_value():
    light = Image.new("RGB", (8, 2), "white")
    dark = Image.new("RGB", (8, 2), "black")
    values = np.linspace(0, 1, 8)[None]
    scale = Scale(1.0, False)
    through = np.asarray(overlay(light, values, scale)).astype(int) - np.asarray(
        overlay(dark, values, scale)
    )
    expected = 0.75 * 255 * (1 - 0.85 * values[0])
    assert np.abs(through[0, :, 0] - expected).max() <= 1


def test_shared_scale__holds_all_maps_and_knows_of_negative_values():
    a, b = np.array([[0.0, 2.0]]), np.array([[1.0, -5.0]])
    assert shared_scale([a]) == Scale(2.0, False)
    assert shared_scale([a, b]) == Scale(5.0, True)
    assert shared_scale([a * 0]) == Scale(0.0, False)
    assert shared_scale([]) == Scale(0.0, False)
    assert shared_scale([a, b]).shares(np.array([10.0, -5.0, 0.0])).tolist() == [1.0, -1.0, 0.0]


def test_overlay__shows_what_is_no_number_as_zero():
    values = np.array([[np.nan, 1.0], [np.inf, -np.inf]])
    scale = shared_scale([values])
    assert scale == Scale(1.0, False)
    drawn = np.asarray(overlay(Image.new("RGB", (20, 20), (128, 128, 128)), values, scale))
    assert drawn[0, 0].tolist() == [96, 96, 96]
    assert shared_scale([values * np.nan]) == Scale(0.0, False)


def test_stretch__smooth_is_torchs_bilinear_and_cells_stay_cells():
    import torch

    values = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    smooth = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], size=(63, 40), mode="bilinear", align_corners=False
    )[0, 0].numpy()
    assert np.abs(stretch(values, 63, 40, smooth=True) - smooth).max() < 1e-5
    assert (stretch(values, 63, 40, smooth=False) == np.kron(values, np.ones((9, 8)))).all()
    coarse = stretch(values, 3, 2, smooth=False)  # fewer pixels than cells
    assert coarse.shape == (3, 2)


def test_colours__lightness_grows_in_equal_steps_to_either_side():
    shares = np.linspace(0, 1, 65)
    for side in (1, -1):
        lightness = lab(linear(colours(side * shares)))[:, 0]
        steps = np.diff(lightness)
        assert (steps > 0).all()
        assert np.abs(lightness - np.linspace(18, 90, 65)).max() < 2.5


@pytest.mark.parametrize("kind", BLIND)
def test_colours__both_sides_stay_apart_for_colour_blind_eyes(kind):
    shares = np.linspace(0.25, 1, 16)
    seen = [lab(linear(colours(side * shares)) @ np.array(BLIND[kind]).T) for side in (1, -1)]
    assert np.linalg.norm(seen[0] - seen[1], axis=1).min() > 25


def test_colour_strip__begins_and_ends_as_the_bar():
    strip = np.asarray(colour_strip(Scale(2.0, True), width=101))
    assert strip[0, 50].tolist() == [96, 96, 96]
    assert strip[0, -1].tolist() == over_grey(np.array([1.0]))[0].tolist()
    assert strip[0, 0].tolist() == over_grey(np.array([-1.0]))[0].tolist()


def test_enlarged__and_png_keep_the_pixels():
    noise = np.random.default_rng(0).integers(0, 255, (10, 7, 3), np.uint8)
    large = enlarged(Image.fromarray(noise), 20)
    assert large.size == (21, 30)
    back = Image.open(io.BytesIO(png(large)))
    assert (np.asarray(back)[::3, ::3] == noise).all()


def test_with_box__draws_the_rectangle_at_its_place():
    drawn = np.asarray(with_box(Image.new("RGB", (100, 50), "grey"), (0.2, 0.1, 0.8, 0.5)))
    assert drawn[25, 10].tolist() == [255, 255, 255]
    assert drawn[10, 30].tolist() == [255, 255, 255]
    assert drawn[25, 60].tolist() == [128, 128, 128]
    assert drawn[25, 30].tolist() == [128, 128, 128]
