"""Feature maps as files for other programs."""

import csv
import io

import numpy as np

from core.inside.features import FeatureMaps


def activations_npz(activations: np.ndarray, layer: str) -> bytes:
    """A compressed NPZ with ``activations``, maps or a vector as they are, and ``layer``."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, activations=activations, layer=np.array(layer))
    return buffer.getvalue()


def channels_csv(maps: FeatureMaps) -> str:
    """One row a channel: its mean, minimum and maximum over the cells, share of zeros, dead."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["channel", "mean", "minimum", "maximum", "zeros", "dead"])
    numbers = np.stack([maps.mean, maps.minimum, maps.maximum, maps.zeros], axis=1)
    for channel, (values, dead) in enumerate(zip(numbers, maps.dead, strict=True)):
        writer.writerow([channel, *(f"{value:.6g}" for value in values), int(dead)])
    return out.getvalue()
