"""Everything that a training needs beside its recipe: who learns, and from what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.training.learning.answers import Answers, answer
from core.training.learning.student import Student
from core.training.material.pictures import Source

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Lesson:
    """A network and labelled pictures; positions are those in the data set."""

    student: Student
    source: Source
    labels: np.ndarray
    """(N,) int64 of all pictures."""
    classes: int
    train: np.ndarray
    validation: np.ndarray

    def examine(self, fabric: "Fabric", positions: np.ndarray) -> Answers | None:
        """What the network says of pictures now; None where there are none."""
        if not len(positions):
            return None
        return answer(
            fabric,
            self.student.network,
            self.source,
            positions,
            labels=self.labels[positions],
            classes=self.classes,
        )
