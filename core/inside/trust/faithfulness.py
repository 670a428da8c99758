"""Is a map true? Erase what it calls hot, and watch the probability, beside random orders.

Source: Petsiuk, Das and Saenko 2018, "RISE", arXiv:1806.07421 (deletion and insertion). Here cells
are erased, not pixels of the interpolated map, so that random orders erase pieces of the same
shape: what is compared is only where the pieces lie.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError
from core.images import Picture
from core.inside.capture import pixels
from core.inside.evidence.heatmap import Heatmap
from core.inside.evidence.target import Target
from core.inside.evidence.variants import Progress, ShouldStop, never, values_of
from core.inside.trust.cells import coarse, hottest_first, stretched
from core.inside.trust.erasing import baseline_of, replaced
from core.models import ImageModel

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Curve:
    """The target's probability while a picture is erased, or put together, cell by cell."""

    share: np.ndarray
    """(points,) of the cells that are erased (deletion) or shown (insertion), from 0 to 1."""
    probability: np.ndarray
    """(points,); for a difference of two classes that of the one minus that of the other."""

    @property
    def area(self) -> float:
        """Under the curve, by the trapezium rule: the mean probability on the way."""
        return float(np.trapezoid(self.probability, self.share))

    def reversed(self) -> "Curve":
        """The same pictures seen from the other end: deletion as insertion."""
        return Curve(1 - self.share[::-1], self.probability[::-1])


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion along a map, beside random orders of the same cells."""

    target: Target
    baseline: str
    cells: tuple[int, int]
    """Rows and columns of what was erased piece by piece."""
    deletion: Curve
    """The hottest cells are erased first: the smaller the area, the better the map."""
    insertion: Curve
    """The hottest cells are shown first: the larger the area, the better the map."""
    ordered: bool
    """Whether the map says an order at all: one that is the same everywhere, or holds what is no
    number, leaves it to chance."""
    random: tuple[Curve, ...]
    """Cells are erased in random orders. `Curve.reversed` of each is insertion in the reversed
    order, which is as random and has the same area, so one set serves both."""

    @property
    def random_mean(self) -> Curve:
        """The mean of the random curves, point by point."""
        mean = np.mean([curve.probability for curve in self.random], axis=0)
        return Curve(self.random[0].share, mean)

    @property
    def random_spread(self) -> np.ndarray:
        """(points,): their standard deviation, NaN for a single one."""
        return _spread(np.array([curve.probability for curve in self.random]))

    @property
    def random_area(self) -> float:
        """The mean area of the random curves, the yardstick for both of the others."""
        return float(np.mean([curve.area for curve in self.random]))

    @property
    def random_area_spread(self) -> float:
        """The standard deviation of their areas, NaN for a single one."""
        return float(_spread(np.array([curve.area for curve in self.random])))


def faithfulness(
    model: ImageModel,
    picture: Picture,
    heatmap: Heatmap,
    *,
    baseline: str = "mean",
    steps: int = 16,
    orders: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> Faithfulness:
    """Erase the cells of a map in `steps` steps, hottest first, coldest first, and at random.

    Hot is what has a high signed value; ties are broken by `seed`, from which the `orders` random
    orders come too. A map with more than 8 cells down or across is averaged over blocks first.
    `baseline` is what stands where something was erased, one of `erasing.BASELINES`.

    Raises ModelError for an unknown baseline or less than one step or order, CancelledError,
    DeviceError.
    """
    if steps < 1 or orders < 1:
        raise ModelError("Deletion and insertion need at least one step and one random order.")
    whole = pixels(model, picture)[0]
    erased = baseline_of(whole, baseline)
    values = coarse(heatmap.raw)
    rng = np.random.default_rng(seed)
    hot = hottest_first(values, rng)
    sequences = [hot, hot[::-1], *(rng.permutation(values.size) for _ in range(orders))]
    counts = np.unique(np.linspace(0, values.size, steps + 1).round().astype(int))
    inner = counts[1:-1]  # the whole and the empty picture are the same in every order
    found = values_of(
        model,
        _variants(whole, erased, sequences, inner, values.shape),
        2 + len(sequences) * len(inner),
        heatmap.target.probability,
        what="The test by erasing",
        units="pictures",
        progress=progress,
        should_stop=should_stop,
    )
    ends, between = found[:2], found[2:].reshape(len(sequences), len(inner))
    curves = [
        Curve(counts / values.size, np.concatenate([ends[:1], row, ends[1:]])) for row in between
    ]
    return Faithfulness(
        heatmap.target,
        baseline,
        (values.shape[0], values.shape[1]),
        curves[0],
        curves[1].reversed(),  # erased from the coldest on is shown up to the hottest
        bool(np.isfinite(heatmap.raw).all() and np.ptp(values) > 0),
        tuple(curves[2:]),
    )


def _variants(
    whole: "Tensor",
    erased: "Tensor",
    sequences: Sequence[np.ndarray],
    counts: np.ndarray,
    shape: tuple[int, ...],
) -> "Iterator[Tensor]":
    yield whole
    yield erased
    for sequence in sequences:
        for count in counts:
            mask = np.zeros(shape, bool)
            mask.flat[sequence[:count]] = True
            yield replaced(whole, stretched(mask, *whole.shape[-2:]), erased)


def _spread(values: np.ndarray) -> np.ndarray:
    """Along the first axis."""
    return values.std(0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)
