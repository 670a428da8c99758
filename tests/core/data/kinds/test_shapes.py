"""Shapes that are drawn here."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import pi, sin, sqrt

import numpy as np
import pytest

from core import data
from core.data.kinds import shapes
from core.data.kinds.shapes import SHAPES, SIDE, ShapesDataset
from core.images import read_image

# Closed forms for a circle of radius 1 around them; the heart's is the integral of its curve.
AREAS = {
    "cross": 4 * 0.6 * 0.65 + 0.6**2,
    "disc": pi * 0.85**2,
    "ring": pi * (1 - 0.6**2),
    "square": 2.0,
    "star": 10 * 0.5 * 0.4 * sin(pi / 5),
    "triangle": 3 * sqrt(3) / 4,
}


def pixels(dataset: ShapesDataset, i: int) -> np.ndarray:
    """(H, W, 3) of 0 to 1."""
    return np.asarray(read_image(dataset.read(i)).image) / 255


def test_shapes__counts() -> None:
    drawn = ShapesDataset()
    assert [known.label for known in drawn.classes] == sorted(SHAPES)
    assert len(drawn) == 1200
    test = drawn.own_test
    assert np.bincount(drawn.labels[test]).tolist() == [50] * 8
    assert np.bincount(drawn.labels[~test]).tolist() == [100] * 8
    assert drawn.file(9) == "disc/0009.png"
    assert pixels(drawn, 0).shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes__lie_in_their_circle_with_the_area_they_should_have(shape: str) -> None:
    side = np.linspace(-1.2, 1.2, 1201)
    x, y = np.meshgrid(side, side)
    inside = SHAPES[shape](x, y)
    assert (x**2 + y**2)[inside].max() <= 1.003
    if shape in AREAS:
        assert inside.mean() * 2.4**2 == pytest.approx(AREAS[shape], rel=0.01)


@pytest.mark.parametrize("shortcut", [None, "background", "mark"])
def test_read__depends_on_seed_and_position_only(shortcut: shapes.Shortcut | None) -> None:
    at = list(range(0, 1200, 97))
    forwards, backwards = ShapesDataset(shortcut), ShapesDataset(shortcut)
    expected = {i: forwards.read(i) for i in at}
    assert {i: backwards.read(i) for i in reversed(at)} == expected
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ShapesDataset(shortcut).read, at)) == list(expected.values())
    other = ShapesDataset(shortcut, seed=1)
    assert not {other.read(i) for i in at} & set(expected.values())


def test_read__no_picture_comes_twice() -> None:
    drawn = ShapesDataset()
    assert len({drawn.read(i) for i in range(0, 1200, 3)}) == 400


def test_mask__is_where_the_shape_is() -> None:
    drawn = ShapesDataset()
    for i in range(0, 1200, 13):
        mask = drawn.mask(i)
        assert mask is not None
        assert (mask.shape, mask.dtype) == ((SIDE, SIDE), bool)
        scene = shapes._scene(0, i)
        shape = drawn.classes[drawn.labels[i]].label
        if shape in AREAS:
            assert mask.sum() == pytest.approx(AREAS[shape] * scene.radius**2, rel=0.04)
        # The inside has the shape's colour throughout, and nothing else in the picture has.
        same = np.abs(pixels(drawn, i) - scene.colour).max(axis=2) < 2 / 255
        assert not (same & ~mask).any()
        assert (same & mask).sum() > 0.7 * mask.sum()


@pytest.mark.parametrize("shortcut", [None, "mark"])
def test_boxes__go_around_the_masks(shortcut: shapes.Shortcut | None) -> None:
    drawn = ShapesDataset(shortcut)
    assert drawn.boxes.shape == (1200, 4)
    assert drawn.boxes.dtype == np.float32
    for i in (0, 600, 1199):
        left, top, right, bottom = drawn.boxes[i].astype(int)
        mask = drawn.mask(i)
        assert mask is not None
        assert mask[top : bottom + 1, left : right + 1].sum() == mask.sum()
        assert mask[[top, bottom]].any(axis=1).all()
        assert mask[:, [left, right]].any(axis=0).all()


def planted(drawn: ShapesDataset, i: int) -> int:
    """Which of the eight hues the background, or else the mark, of a picture has."""
    import colorsys

    picture, mask = pixels(drawn, i), drawn.mask(i)
    assert mask is not None
    if drawn.name == "shapes-mark":
        seen = picture[shapes._corner(shapes._scene(0, i).corner)][4, 4]
    else:
        seen = np.median(picture[~mask], axis=0)
    return round(colorsys.rgb_to_hsv(*seen)[0] * 8) % 8


@pytest.mark.parametrize("shortcut", ["background", "mark"])
def test_shortcut__goes_with_the_class_in_training_alone(shortcut: shapes.Shortcut) -> None:
    drawn = ShapesDataset(shortcut)
    train = np.flatnonzero(~drawn.own_test)[::11]
    test = np.flatnonzero(drawn.own_test)[::3]
    assert [planted(drawn, i) for i in train] == drawn.labels[train].tolist()
    agreed = np.mean([planted(drawn, i) == drawn.labels[i] for i in test])
    assert agreed < 0.2  # one in eight by chance


def test_shortcut__none_without() -> None:
    drawn = ShapesDataset()
    at = range(0, 1200, 7)
    assert np.mean([planted(drawn, i) == drawn.labels[i] for i in at]) < 0.2
    assert {planted(drawn, i) for i in at} == set(range(8))


def test_shortcut__changes_nothing_else() -> None:
    plain, background, mark = (ShapesDataset(s) for s in (None, "background", "mark"))
    for i in (3, 500, 1100):
        mask = mark.mask(i)
        assert mask is not None
        core_of_shape = np.abs(pixels(plain, i) - shapes._scene(0, i).colour).max(axis=2) < 2 / 255
        core_of_shape &= mask
        for one, other in pairwise((plain, background, mark)):
            assert (pixels(one, i)[core_of_shape] == pixels(other, i)[core_of_shape]).all()


def test_open__shapes_by_name() -> None:
    assert data.open("shapes-background").read(5) == ShapesDataset("background").read(5)
