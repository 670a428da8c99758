"""Heat maps as files for other programs."""

import io
import re

import numpy as np

from core.inside.evidence.heatmap import Heatmap


def heatmap_npz(heatmap: Heatmap) -> bytes:
    """A compressed NPZ.

    Arrays: ``raw`` (rows, columns) float32, signed; ``native``, the same after the ReLU, not
    normalised; ``full`` (height, width), native at the size of the model's crop. Strings:
    ``model``, ``layer``, ``method``, ``label``. ``target`` is the position of the class in the
    model's output, or -1 for a group or a difference of classes: then ``plus`` and ``minus`` list
    the positions that are added and subtracted. ``score`` is the target's value in logits.
    """
    target = heatmap.target
    one_class = len(target.plus) == 1 and not target.minus
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        raw=heatmap.raw.astype(np.float32),
        native=heatmap.native.astype(np.float32),
        full=heatmap.full().astype(np.float32),
        model=np.array(heatmap.model),
        layer=np.array(heatmap.layer),
        method=np.array(heatmap.method),
        label=np.array(target.label),
        target=np.array(target.plus[0] if one_class else -1),
        plus=np.array(target.plus, np.int64),
        minus=np.array(target.minus, np.int64),
        score=np.array(heatmap.score),
    )
    return buffer.getvalue()


def file_name(heatmap: Heatmap, suffix: str) -> str:
    """A name for a file about the map, of letters that every system takes."""
    label = re.sub(r"[^a-z0-9]+", "-", heatmap.target.label.lower()).strip("-")[:40]
    return f"netlens-{re.sub('[^a-z0-9]+', '', heatmap.method)}-{label or 'map'}.{suffix}"
