"""Random changes to training pictures, the same for the same seed, epoch and picture."""

import contextlib
import functools
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.compat import mend_torchvision
from core.models import architectures
from core.training.recipe import Augment

if TYPE_CHECKING:
    from torch import Tensor

_ASPECTS = (3 / 4, 4 / 3)
_ERASED = (0.02, 0.25)


@functools.lru_cache(64)  # making it takes half as long as using it, and it has no state
def pipeline(augment: Augment, size: int, interpolation: str) -> "Callable[[Tensor], Tensor]":
    """(3, H, W) uint8 -> (3, size, size) uint8, by torchvision's v2 transforms.

    It draws from torch's global random numbers.
    """
    mend_torchvision()
    from torchvision.transforms import InterpolationMode, v2

    how = InterpolationMode(interpolation)
    steps: list[Callable[[Tensor], Tensor]] = []
    if augment.rotate:
        steps.append(v2.RandomRotation(augment.rotate, InterpolationMode.BILINEAR))
    if augment.crop < 1:
        steps.append(v2.RandomResizedCrop((size, size), (augment.crop, 1.0), _ASPECTS, how))
    else:
        steps.append(v2.Resize((size, size), how))
    if augment.flip:
        steps.append(v2.RandomHorizontalFlip())
    if augment.colour:
        strength = 0.5 * augment.colour
        steps.append(v2.ColorJitter(strength, strength, strength, 0.1 * augment.colour))
    if augment.erase:
        steps.append(v2.RandomErasing(augment.erase, _ERASED))
    return v2.Compose(steps)


def seed_of(*parts: int) -> int:
    """A seed for torch, 64 bits, of which those of different parts share nothing."""
    text = " ".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def seeded(change: "Callable[[Tensor], Tensor]", pixels: "Tensor", *parts: int) -> "Tensor":
    """Change a picture as the seed says."""
    import torch

    # not torch.manual_seed, which also looks for devices
    torch.default_generator.manual_seed(seed_of(*parts))
    return change(pixels)


def own_dice() -> contextlib.AbstractContextManager[None]:
    """For threads that share a process: what is seeded inside leaves their random numbers alone."""
    return architectures.seeded(0)
