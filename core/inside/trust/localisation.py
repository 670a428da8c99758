"""Does a map lie on the object? Energy inside its box, and the pointing game.

Sources: Zhang et al. 2018, "Top-down neural attention by excitation backprop", arXiv:1608.00507
(pointing game); Wang et al. 2020, "Score-CAM", arXiv:1910.01279 (energy-based pointing game);
Wilson 1927 (the interval of a rate).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.data import DataClass, Dataset
from core.errors import CancelledError, DataError, PictureError
from core.images import Box, read_image
from core.inside.evidence.explain import explain
from core.inside.evidence.heatmap import Heatmap
from core.inside.evidence.methods import PICTURE_METHODS
from core.inside.evidence.target import class_target
from core.inside.evidence.variants import Progress, ShouldStop, never
from core.inside.layers.examine import network
from core.inside.trust.cells import covered
from core.models import ImageModel
from core.models.preprocess import CropBox

_Z = 1.959964  # of the normal distribution: 95 % lie within


@dataclass(frozen=True, slots=True)
class Pointed:
    """What one map said of one picture with a box."""

    item: int
    """Its position in the data set."""
    box: CropBox
    """The object in what the model saw."""
    hit: bool
    energy: float
    """Share of the positive energy inside the box; NaN where there is none."""
    box_share: float
    """Of the picture that the box takes: the energy inside it of a map that says nothing."""
    centre_hit: bool
    """Whether the middle of the picture lies in the box: what pointing blindly gets."""


@dataclass(frozen=True, slots=True)
class PointingGame:
    """The pointing game over pictures with boxes; the target is each one's true class."""

    model: str
    data: str
    layer: str
    """Empty for methods that work on the picture itself."""
    method: str
    pictures: tuple[Pointed, ...]
    """Those that took part, at least one, in their order."""
    skipped: dict[str, int]
    """How many others did not, by reason in words."""

    @property
    def n(self) -> int:
        """Pictures that took part."""
        return len(self.pictures)

    @property
    def hits(self) -> int:
        """Maps whose hottest point lies in the box."""
        return sum(picture.hit for picture in self.pictures)

    @property
    def rate(self) -> float:
        """Hits by pictures, from 0 to 1."""
        return self.hits / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the rate."""
        return wilson(self.hits, self.n)

    @property
    def centre_hits(self) -> int:
        """What pointing at the middle of every picture would get."""
        return sum(picture.centre_hit for picture in self.pictures)

    @property
    def energy(self) -> float:
        """Mean share of the positive energy inside the box; NaN if all maps are empty."""
        values = [p.energy for p in self.pictures if not math.isnan(p.energy)]
        return sum(values) / len(values) if values else math.nan

    @property
    def box_share(self) -> float:
        """Mean share of the picture inside the box: the energy of maps that say nothing."""
        return sum(picture.box_share for picture in self.pictures) / self.n


def energy_in_box(heatmap: Heatmap, box: Box | CropBox) -> float:
    """Share of the positive energy inside a box in pixels of the crop, from 0 to 1.

    A cell's energy is spread evenly over its area, of which the part in the box counts. NaN where
    nothing is positive, or something is infinite.
    """
    native = np.nan_to_num(heatmap.native.astype(float), nan=0.0, posinf=np.inf)
    total = native.sum()
    if not 0 < total < math.inf:
        return math.nan
    rows = covered(box.top, box.bottom, native.shape[0], heatmap.crop.height)
    columns = covered(box.left, box.right, native.shape[1], heatmap.crop.width)
    return float(rows @ native @ columns / total)


def hit(heatmap: Heatmap, box: Box | CropBox, tolerance: float = 0) -> bool:
    """Whether the hottest pixel of the full map lies in the box, or at most `tolerance` pixels off.

    A pixel lies where its middle does. Of several that are equally hot the one nearest to their
    mean counts. False where nothing is positive, or something is infinite.
    """
    full = np.nan_to_num(heatmap.full().astype(float), nan=0.0, posinf=np.inf)
    if not 0 < full.max() < math.inf:
        return False
    points = np.argwhere(full == full.max())
    y, x = points[np.abs(points - points.mean(0)).sum(1).argmin()] + 0.5
    return _inside(box, float(y), float(x), tolerance)


def pointing_game(
    model: ImageModel,
    dataset: Dataset,
    items: Sequence[int],
    layer: str | None = None,
    method: str = "gradcam",
    *,
    tolerance: float = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> PointingGame:
    """Play the pointing game with the pictures at these positions of a data set with boxes.

    `layer` is `Network.for_attribution` where none is given. Boxes are carried into what the model
    sees. Raises DataError where the data set has no boxes or no such position, and where no picture
    can take part, LayerError, ModelError for an unknown method, CancelledError, DeviceError.
    """
    if dataset.boxes is None:
        raise DataError(
            f"{dataset.name} has no boxes: choose a data set that says where things are."
        )
    if layer is None and method not in PICTURE_METHODS:
        layer = network(model).for_attribution.name
    truths = [_truth(model, known) for known in dataset.classes]
    played: list[Pointed] = []
    skipped: Counter[str] = Counter()
    for done, item in enumerate(items):
        if should_stop():
            raise CancelledError(
                f"The pointing game was stopped after {done:,} of {len(items):,} pictures."
            )
        found = _play(model, dataset, item, truths, _How(layer, method, tolerance))
        if isinstance(found, str):
            skipped[found] += 1
        else:
            played.append(found)
        if progress is not None:
            progress(done + 1, len(items))
    if not played:
        reasons = "; ".join(f"{count:,}: {reason}" for reason, count in skipped.items())
        raise DataError(
            f"No picture of {dataset.name} could take part ({reasons or 'none given'})."
        )
    return PointingGame(model.name, dataset.name, layer or "", method, tuple(played), dict(skipped))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a rate of `hits` in `n`, by Wilson's score; (0, 1) for none of none."""
    if n == 0:
        return 0.0, 1.0
    rate, z2 = hits / n, _Z**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


class _How(NamedTuple):
    layer: str | None
    method: str
    tolerance: float


def _play(
    model: ImageModel, dataset: Dataset, item: int, truths: Sequence[int | None], how: _How
) -> Pointed | str:
    """One picture's result, or why it has none. DataError for a position that there is not."""
    name = dataset.file(item)
    truth = truths[dataset.labels[item]]
    if truth is None:
        return "their class is none of the model's"
    box = [math.nan] if dataset.boxes is None else [float(side) for side in dataset.boxes[item]]
    if any(math.isnan(side) for side in box):
        return "they have no box"
    try:
        picture = read_image(dataset.read(item), name)
    except (PictureError, DataError):
        return "they cannot be read"
    placed = model.preprocess.place(box, picture.width, picture.height)
    if placed is None:
        return "their box lies outside of what the model sees"
    found = explain(model, picture, class_target(model, truth), how.layer, how.method)
    width, height = found.crop.size
    return Pointed(
        int(item),
        placed,
        hit(found, placed, how.tolerance),
        energy_in_box(found, placed),
        (placed.right - placed.left) * (placed.bottom - placed.top) / (width * height),
        _inside(placed, height / 2, width / 2, how.tolerance),
    )


def _inside(box: Box | CropBox, y: float, x: float, tolerance: float) -> bool:
    return (
        box.top - tolerance <= y <= box.bottom + tolerance
        and box.left - tolerance <= x <= box.right + tolerance
    )


def _truth(model: ImageModel, known: DataClass) -> int | None:
    """The model's output for a class of the data: by wnid, or by label where neither has one."""
    for candidate in model.classes:
        same_label = candidate.wnid is None and candidate.label == known.label
        if candidate.wnid == known.wnid if known.wnid is not None else same_label:
            return candidate.index
    return None
