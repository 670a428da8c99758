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

    before: Heatmap | None
    """None where there was nothing before."""
    after: Heatmap
    outputs: int
    """How many outputs stood for the class before; `before` is of the one that was given most.

    Where there are none, it is of what the picture was taken for.
    """


def before_after(
    original: ImageModel | None, tuned: ImageModel, picture: Picture, position: int
) -> BeforeAfter:
    """Grad-CAM of the tuned model's class at ``position``, and of the same in the original.

    A single output of the original stands for the class, even where several do, since a sum of
    many would look hotter for that alone. Raises LayerError where a network has no maps, and
    DeviceError.
    """
    after = explain(tuned, picture, class_target(tuned, position))
    if original is None:
        return BeforeAfter(None, after, 0)
    classes = [(known.wnid, known.label) for known in tuned.classes]
    outputs = evaluation.match(classes, original.classes).outputs[position]
    said = classify(original, picture).probabilities
    index = max(outputs or range(len(said)), key=lambda output: said[output])
    before = explain(original, picture, class_target(original, index))
    return BeforeAfter(before, after, len(outputs))
