"""What an explanation explains: a class, a group of classes, or the difference of two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import CatalogError, TargetError

if TYPE_CHECKING:
    from torch import Tensor

    from core.models import ImageModel, ModelClass


@dataclass(frozen=True, slots=True)
class Target:
    """A sum of logits, minus another: what a map of evidence adds up."""

    label: str
    plus: tuple[int, ...]
    """Outputs of the model that count for it."""
    minus: tuple[int, ...] = ()
    """Outputs that count against it."""

    def __call__(self, logits: "Tensor") -> "Tensor":
        """(..., classes) -> (...), in logit units; NumPy arrays too."""
        value = logits[..., list(self.plus)].sum(-1)
        return value - logits[..., list(self.minus)].sum(-1) if self.minus else value

    def probability(self, logits: np.ndarray) -> np.ndarray:
        """(..., classes) logits -> (...): the softmax summed over `plus`, minus that of `minus`."""
        exponents = np.exp(logits - logits.max(-1, keepdims=True))
        return self(exponents / exponents.sum(-1, keepdims=True))


def class_target(model: "ImageModel", index: int) -> Target:
    """One output of the model. Raises TargetError where there is none of that number."""
    if not 0 <= index < len(model.classes):
        raise TargetError(
            f"{model.name} has the classes 0 to {len(model.classes) - 1:,}, not {index:,}."
        )
    return Target(model.classes[index].label, (index,))


def group_target(model: "ImageModel", wnid: str) -> Target:
    """A synset: the class itself, or the sum over the model's classes below it, as for "dog".

    Raises TargetError for a wnid that does not exist or under which the model knows nothing.
    """
    from core import catalog

    positions = {c.wnid: c.index for c in model.classes if c.wnid is not None}
    if wnid in positions:
        return class_target(model, positions[wnid])
    known = catalog.load()
    try:
        synset = known.get(wnid)
    except CatalogError as error:
        raise TargetError(str(error)) from error
    below = sorted(positions[w] for w in known.descendants(wnid) if w in positions)
    if not below:
        raise TargetError(f"{model.name} knows no class under {synset.label} ({wnid}).")
    if len(below) == 1:
        return Target(f"{synset.label} ({model.classes[below[0]].label})", tuple(below))
    return Target(f"{synset.label} ({len(below)} classes)", tuple(below))


def difference_target(one: Target, other: Target) -> Target:
    """What speaks for one and against the other. Raises TargetError where they are the same."""
    up, down = (*one.plus, *other.minus), (*other.plus, *one.minus)
    both = set(up) & set(down)
    plus = tuple(i for i in up if i not in both)
    minus = tuple(i for i in down if i not in both)
    if not plus and not minus:
        raise TargetError(f"{one.label} and {other.label} are the same: choose two classes.")
    return Target(f"{one.label} rather than {other.label}", plus, minus)


def parse_target(model: "ImageModel", text: str) -> Target | None:
    """``predicted`` (which is None), the number of an output, or the wnid of a synset.

    Raises TargetError.
    """
    text = text.strip()
    if text == "predicted":
        return None
    if text.isascii() and text.isdecimal() and len(text) < 9:
        return class_target(model, int(text))
    if text[:1] == "n" and text[1:].isdecimal():
        return group_target(model, text)
    raise TargetError(
        f"{text!r} is no target: give predicted, the number of a class "
        f"(0 to {len(model.classes) - 1:,}), or a wnid such as n02084071 (dog)."
    )


def predicted_target(classes: "Sequence[ModelClass]", logits: np.ndarray) -> Target:
    """The class with the largest of (classes,) logits."""
    index = int(logits.argmax())
    return Target(classes[index].label, (index,))
