"""What speaks for a class in one picture, before the tuning and after it."""

from dataclasses import dataclass

from core import evaluation
from core.images import Picture
from core.inside import Heatmap, class_target, explain
from core.models import ImageModel
from core.predict import classify


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """Maps of the same class by both models."""

    before: Heatmap
    after: Heatmap
    is_own_answer: bool
    """The model did not know the class before: `before` is of what it took the picture for."""
    alternatives: int
    """How many of its outputs stood for the class; `before` is of the one that it gave most."""


def before_after(
    original: ImageModel, tuned: ImageModel, picture: Picture, position: int
) -> BeforeAfter:
    """Grad-CAM of the tuned model's class at ``position``, and of the same in the original.

    A single output of the original stands for the class, even where several do, since a sum of
    many would look hotter for that alone. Raises LayerError where a network has no maps, and
    DeviceError.
    """
    classes = [(known.wnid, known.label) for known in tuned.classes]
    outputs = evaluation.match(classes, original.classes).outputs[position]
    said = classify(original, picture).probabilities
    among = outputs or range(len(said))
    index = max(among, key=lambda output: said[output])
    return BeforeAfter(
        explain(original, picture, class_target(original, index)),
        explain(tuned, picture, class_target(tuned, position)),
        is_own_answer=not outputs,
        alternatives=len(outputs),
    )
