"""What is made small in training."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.training.learning.mixing import Targets

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Objective:
    """Cross-entropy, as the weighted mean that ``torch.nn.CrossEntropyLoss`` takes over a batch."""

    weights: "Tensor | None"
    """(classes,) of the classes; None where all weigh the same."""
    smoothing: float

    def total(self, logits: "Tensor", targets: Targets) -> "Tensor":
        """The sum over the pictures of the batch."""
        first = self._sum(logits, targets.first)
        if targets.share == 1:
            return first
        return targets.share * first + (1 - targets.share) * self._sum(logits, targets.second)

    def divisor(self, labels: "Tensor") -> float:
        """What to divide the sum over a whole batch by: the weight of its labels.

        Mixing leaves it as it is, because partners swap.
        """
        return float(len(labels) if self.weights is None else self.weights[labels].sum())

    def _sum(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        from torch.nn import functional

        return functional.cross_entropy(
            logits.float(), labels, self.weights, label_smoothing=self.smoothing, reduction="sum"
        )


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """(classes,) float32 weights under which each class that occurs counts the same.

    They are scikit-learn's "balanced": n / (classes x count); 0 for a class without a picture.
    """
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (classes * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)
