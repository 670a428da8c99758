"""A network's answers for many changed copies of one picture, with progress and a way to stop."""

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from core.errors import CancelledError
from core.inside.capture import run
from core.models import ImageModel

if TYPE_CHECKING:
    from torch import Tensor

Progress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]

# Measured per picture on a CPU: a 64-pixel network gains a third by batches of 16; at 224 pixels
# batches of 2 to 4 are as fast as single pictures or a fifth faster, and those of 8 or 16 slower,
# because their activations no longer fit into the cache.
_CPU_PIXELS = 4 * 224 * 224
_GPU_PIXELS = 32 * 224 * 224
_CPU_BATCH, _GPU_BATCH = 16, 128


def never() -> bool:
    """The default of `should_stop`."""
    return False


def batch_size(model: ImageModel, height: int, width: int) -> int:
    """How many pictures of that size go through the network at once."""
    on_cpu = model.device.type == "cpu"
    pixels, most = (_CPU_PIXELS, _CPU_BATCH) if on_cpu else (_GPU_PIXELS, _GPU_BATCH)
    return min(max(pixels // (height * width), 1), most)


def values_of(
    model: ImageModel,
    variants: "Iterable[Tensor]",
    total: int,
    value: Callable[[np.ndarray], np.ndarray],
    *,
    what: str,
    units: str,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> np.ndarray:
    """`value` of the logits of each of `total` variants, (total,) float64.

    Variants are (3, H, W), normalised, and made as they are needed. `what` begins and `units` ends
    the sentence of the CancelledError that is raised once `should_stop` says so, which is asked
    before each batch; `progress` is told what is done after each.
    """
    import torch

    found = np.empty(total)
    done = 0
    waiting = iter(variants)
    while done < total:
        if should_stop():
            raise CancelledError(f"{what} was stopped after {done:,} of {total:,} {units}.")
        first = next(waiting)
        count = min(batch_size(model, *first.shape[-2:]), total - done)
        batch = torch.stack([first, *itertools.islice(waiting, count - 1)])
        found[done : done + count] = value(run(model, batch))
        done += count
        if progress is not None:
            progress(done, total)
    return found
