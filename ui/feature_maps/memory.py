"""What the Feature maps page has asked of a network, kept so that clicks do not ask again."""

from collections.abc import Callable

import numpy as np

from core import inside
from core.inside import FeatureMaps, Layer, MeasuredField, Network, Target
from ui.remember import remembered, subject_key
from ui.subject import Subject

_AT_ONCE = 8  # layers measured in one forward pass
_WALK = 16 * 2**20  # bytes: a network whose blocks give less is walked through in one pass


def maps_of(seen: Subject, network: Network, layer: Layer) -> FeatureMaps:
    """The maps of one layer. One forward pass serves all blocks where memory allows that."""
    key = subject_key(seen.model, seen.picture)
    blocks = [block for block in network.blocks if block.grid is not None]
    if layer in blocks and sum(block.bytes for block in blocks) <= _WALK:
        names = [block.name for block in blocks]
        return remembered(
            "feature_walk",
            key,
            lambda: inside.feature_maps(seen.model, seen.picture, names),
            most=2,
        )[layer.name]
    return remembered(
        "feature_maps",
        (*key, layer.name),
        lambda: inside.feature_maps(seen.model, seen.picture, [layer.name])[layer.name],
        most=4,
    )


def relevance_of(seen: Subject, layer: Layer, target: Target) -> np.ndarray:
    """What each channel is worth to the target, in logits."""
    return remembered(
        "relevance",
        (*subject_key(seen.model, seen.picture), layer.name, target),
        lambda: inside.relevance(seen.model, seen.picture, layer.name, target),
        most=32,
    )


def vector_of(seen: Subject, layer: Layer) -> np.ndarray:
    """The numbers of a layer without a grid."""
    return remembered(
        "vectors",
        (*subject_key(seen.model, seen.picture), layer.name),
        lambda: inside.vector(seen.model, seen.picture, layer.name),
        most=16,
    )


def field_of(seen: Subject, layer: Layer, cell: tuple[int, int]) -> MeasuredField:
    """What one cell answers to."""
    return remembered(
        "fields",
        (*subject_key(seen.model, seen.picture), layer.name, cell),
        lambda: inside.measure_field(seen.model, seen.picture, layer.name, cell),
        most=16,
    )


def measured_fields(seen: Subject) -> dict[str, tuple[int, int]]:
    """Of the layers measured so far on this picture: width and height of what a middle cell sees.

    (0, 0) where the cell answers to nothing.
    """
    return remembered("all_fields", subject_key(seen.model, seen.picture), dict, most=4)


def measure_all(seen: Subject, network: Network, progress: Callable[[float], None]) -> None:
    """Measure the field of a middle cell of every layer with maps; goes on where it stopped."""
    found = measured_fields(seen)
    left = [layer for layer in network.with_maps if layer.name not in found]
    for first in range(0, len(left), _AT_ONCE):
        progress(1 - (len(left) - first) / len(network.with_maps))
        cells = {
            layer.name: (layer.grid[0] // 2, layer.grid[1] // 2)
            for layer in left[first : first + _AT_ONCE]
            if layer.grid is not None
        }
        for name, field in inside.measure_fields(seen.model, seen.picture, cells).items():
            found[name] = (field.core.width, field.core.height) if field.core else (0, 0)
