"""Pictures that the project draws itself: shapes on textures, with the shapes' masks.

What a network should look at is known here to the pixel, and a shortcut can be planted: something
that goes with the class in the training part and means nothing in the test part.
"""

import colorsys
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from PIL import Image

from core.data.dataset import DataClass, Dataset

SIDE = 96
"""Pixels, of the square pictures."""
TRAINING, TEST = 100, 50
"""Pictures of each class in either part."""
_FINE = 3  # points along a side of each pixel at which a shape is looked at
_MARK = 12
Shortcut = Literal["background", "mark"]
Inside = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _polygon(*corners: tuple[float, float]) -> Inside:
    """Inside by the even-odd rule: a line to the left crosses the outline oddly often."""

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        odd = np.zeros(x.shape, bool)
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            if y0 != y1:
                odd ^= ((y0 > y) != (y1 > y)) & (x > x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        return odd

    return inside


def _regular(*radii: float) -> Inside:
    """A polygon with corners at equal angles and these distances from the middle."""
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    corners = np.stack([radii * np.sin(angles), -(radii * np.cos(angles))], axis=1)
    return _polygon(*map(tuple, corners.tolist()))


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = 1.22 * x, 0.1 - 1.17 * y
    return (x**2 + y**2 - 0.75) ** 3 < x**2 * y**3


# Each in a circle of radius 1 around its middle, y pointing down.
SHAPES: dict[str, Inside] = {
    "cross": _polygon(
        *((-0.3, -0.95), (0.3, -0.95), (0.3, -0.3), (0.95, -0.3), (0.95, 0.3), (0.3, 0.3)),
        *((0.3, 0.95), (-0.3, 0.95), (-0.3, 0.3), (-0.95, 0.3), (-0.95, -0.3), (-0.3, -0.3)),
    ),
    "disc": lambda x, y: x**2 + y**2 < 0.85**2,
    "heart": _heart,
    "moon": lambda x, y: (x**2 + y**2 < 1) & ((x - 0.5) ** 2 + y**2 > 0.75**2),
    "ring": lambda x, y: (x**2 + y**2 < 1) & (x**2 + y**2 > 0.6**2),
    "square": _regular(*[1.0] * 4),
    "star": _regular(*[1.0, 0.4] * 5),
    "triangle": _regular(*[1.0] * 3),
}


@dataclass(frozen=True)
class _Scene:
    """One picture before its class decides on the shape: the same under every shortcut."""

    centre: tuple[float, float]
    radius: float
    """Pixels, like the centre."""
    turn: float
    """Radians."""
    colour: np.ndarray
    """(3,) of the shape, 0 to 1."""
    style: int
    """The background and the mark that the picture gets where nothing ties them to the class."""
    corner: int
    phases: np.ndarray
    """(4,) radians, of the background's waves."""
    noise: np.ndarray
    """(SIDE, SIDE, 1)"""


class ShapesDataset(Dataset):
    """1,200 pictures of 8 shapes, each drawn when it is first read, from ``seed`` and ``i`` alone.

    ``shortcut`` is what gives the class away in the training part, where background or mark is that
    of the class; in the test part it is any class's. Only "mark" draws marks at all.
    """

    def __init__(self, shortcut: Shortcut | None = None, seed: int = 0) -> None:
        labels = np.tile(np.arange(len(SHAPES), dtype=np.int64), TRAINING + TEST)
        name = f"shapes-{shortcut}" if shortcut else "shapes"
        super().__init__(name, tuple(map(DataClass, SHAPES)), labels)
        self._shortcut, self._seed = shortcut, seed
        self._drawn: dict[int, bytes] = {}

    @property
    def own_test(self) -> np.ndarray:
        """(N,) bool: the last `TEST` pictures of each class."""
        return np.arange(len(self)) >= TRAINING * len(SHAPES)

    @cached_property
    def boxes(self) -> np.ndarray:
        """(N, 4) float32, around the masks."""
        boxes = np.empty((len(self), 4), np.float32)
        for i in range(len(self)):
            rows, columns = np.nonzero(self._mask(i))
            boxes[i] = columns.min(), rows.min(), columns.max(), rows.max()
        return boxes

    def _file(self, i: int) -> str:
        return f"{self.classes[self.labels[i]].label}/{i:04}.png"

    def _mask(self, i: int) -> np.ndarray:
        scene = _scene(self._seed, i)
        mask = _coverage(self._shape(i), scene) >= 0.5
        if self._shortcut == "mark":
            mask[_corner(scene.corner)] = False
        return mask

    def _read(self, i: int) -> bytes:
        if i not in self._drawn:  # 3 ms; all of them are 25 MB
            self._drawn[i] = self._draw(i)
        return self._drawn[i]

    def _draw(self, i: int) -> bytes:
        scene = _scene(self._seed, i)
        planted = scene.style if self.own_test[i] else int(self.labels[i])
        pixels = _background(planted if self._shortcut == "background" else scene.style, scene)
        covered = _coverage(self._shape(i), scene)[..., None]
        pixels = pixels * (1 - covered) + scene.colour * covered
        if self._shortcut == "mark":
            pixels[_corner(scene.corner)] = _mark(planted)
        data = io.BytesIO()
        Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(data, "PNG")
        return data.getvalue()

    def _shape(self, i: int) -> Inside:
        return SHAPES[self.classes[self.labels[i]].label]


def _scene(seed: int, i: int) -> _Scene:
    dice = np.random.default_rng([seed, i])
    radius = dice.uniform(0.16, 0.34) * SIDE
    centre = dice.uniform(radius + 2, SIDE - radius - 2, 2)
    # Either darker or brighter than any background, so that every shape can be seen.
    value = dice.uniform(0.9, 1.0) if dice.random() < 0.5 else dice.uniform(0.05, 0.2)
    return _Scene(
        centre=(centre[0], centre[1]),
        radius=radius,
        turn=dice.uniform(0, 2 * np.pi),
        colour=np.array(colorsys.hsv_to_rgb(dice.random(), dice.uniform(0.2, 0.5), value)),
        style=int(dice.integers(len(SHAPES))),
        corner=int(dice.integers(4)),
        phases=dice.uniform(0, 2 * np.pi, 4),
        noise=dice.uniform(-0.05, 0.05, (SIDE, SIDE, 1)),
    )


def _coverage(inside: Inside, scene: _Scene) -> np.ndarray:
    """(SIDE, SIDE): how much of each pixel the shape covers, 0 to 1."""
    points = (np.arange(SIDE * _FINE) + 0.5) / _FINE
    # The circle around the shape is all that has to be looked at.
    (left, right), (top, bottom) = (
        (int(middle - scene.radius - 1), int(middle + scene.radius + 2)) for middle in scene.centre
    )
    across = (points[left * _FINE : right * _FINE] - scene.centre[0]) / scene.radius
    down = (points[top * _FINE : bottom * _FINE, None] - scene.centre[1]) / scene.radius
    cosine, sine = np.cos(scene.turn), np.sin(scene.turn)
    hits = inside(cosine * across + sine * down, cosine * down - sine * across)
    covered = np.zeros((SIDE, SIDE))
    blocks = hits.reshape(bottom - top, _FINE, right - left, _FINE)
    covered[top:bottom, left:right] = blocks.mean(axis=(1, 3))
    return covered


def _background(style: int, scene: _Scene) -> np.ndarray:
    """(SIDE, SIDE, 3): waves and noise; the style decides on hue, direction and fineness."""
    angle = np.pi * style / len(SHAPES)
    at = np.arange(SIDE)
    along = np.cos(angle) * at + np.sin(angle) * at[:, None]
    across = np.cos(angle) * at[:, None] - np.sin(angle) * at
    wave = (
        np.sin(along * (0.25 + 0.06 * style) + scene.phases[0])
        + 0.5 * np.sin(across * 0.15 + scene.phases[1])
        + 0.5 * np.sin(along * 0.07 + scene.phases[2]) * np.sin(across * 0.1 + scene.phases[3])
    )
    colour = np.array(colorsys.hsv_to_rgb(style / len(SHAPES), 0.55, 0.6))
    return np.clip(colour * (1 + 0.12 * wave[..., None]) + scene.noise, 0, 1)


def _corner(corner: int) -> tuple[slice, slice]:
    """The rows and columns of one of the four corners, 0 to 3."""
    near, far = slice(2, 2 + _MARK), slice(SIDE - 2 - _MARK, SIDE - 2)
    return (near, far)[corner // 2], (near, far)[corner % 2]


def _mark(style: int) -> np.ndarray:
    """(_MARK, _MARK, 3): a bright tag in a white frame."""
    mark = np.ones((_MARK, _MARK, 3))
    mark[2:-2, 2:-2] = colorsys.hsv_to_rgb(style / len(SHAPES), 1.0, 1.0)
    return mark
