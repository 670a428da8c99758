"""What several tests use."""

import numpy as np

from core.models import ModelClass
from core.models.reject import RejectOption
from core.predict import Classification, Timing


def classification(
    probabilities: dict[str | None, float],
    labels: tuple[str, ...] | None = None,
    image: str = "picture.jpg",
    reject: RejectOption | None = None,
) -> Classification:
    """An answer with these probabilities by wnid."""
    labels = labels or tuple(str(wnid) for wnid in probabilities)
    classes = tuple(
        ModelClass(i, wnid, label)
        for i, (wnid, label) in enumerate(zip(probabilities, labels, strict=True))
    )
    values = np.array(list(probabilities.values()), np.float32)
    timing = Timing(1, 2, 3)
    return Classification(image, "0" * 64, "test/model", "cpu", classes, values, timing, reject)
