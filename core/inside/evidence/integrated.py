"""Integrated gradients: each pixel's share of what the picture adds to a target.

Source: Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks",
arXiv:1703.01365.
"""

from typing import TYPE_CHECKING

import numpy as np

from core.errors import CancelledError, ModelError
from core.images import Picture
from core.inside.capture import capture, pixels, run
from core.inside.evidence.heatmap import Heatmap
from core.inside.evidence.target import Target, predicted_target
from core.inside.evidence.variants import Progress, ShouldStop, never
from core.models import ImageModel, guard

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_CPU_PIXELS = 2 * 224 * 224  # in a batch; the graph keeps the whole network's activations
_GPU_PIXELS = 16 * 224 * 224
_MOST = 16
_LARGE_GAP = 0.05  # of what there is to share out


def integrated_gradients(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    steps: int = 32,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> Heatmap:
    """The target's gradient, averaged on the way from the mean colour, times the picture.

    The mean colour is zero in the network's input. The way is cut into `steps` equal parts, and the
    gradient is taken in the middle of each (the midpoint rule). Values, in logits, are summed over
    the colours: one for each pixel that the model sees. They add up to the target's rise from the
    mean colour to the picture, but for a gap that the notes tell. The predicted class where no
    target is given.

    Raises ModelError for less than one step and for networks without gradients, CancelledError,
    DeviceError.
    """
    if steps < 1:
        raise ModelError(f"Integrated gradients need 1 step or more, not {steps:,}.")
    whole = pixels(model, picture)
    ends = np.concatenate([run(model, whole), run(model, whole.new_zeros(whole.shape))])
    target = predicted_target(model.classes, ends[0]) if target is None else target
    total = whole.new_zeros(whole.shape[1:], dtype=_wide(whole))
    limit = _CPU_PIXELS if model.device.type == "cpu" else _GPU_PIXELS
    size = min(max(limit // (whole.shape[-2] * whole.shape[-1]), 1), _MOST)
    for first in range(0, steps, size):
        if should_stop():
            raise CancelledError(
                f"Integrated gradients were stopped after {first:,} of {steps:,} steps."
            )
        count = min(size, steps - first)
        shares = [(first + i + 0.5) / steps for i in range(count)]
        with model.lock, guard(model.device):
            total += _gradients(model, whole, shares, target)
        if progress is not None:
            progress(first + count, steps)
    raw = (total / steps * whole[0].to(total.dtype)).sum(0).cpu().numpy()
    score, before = (float(value) for value in target(ends))
    crop = model.preprocess.crop(picture.image)
    notes = _notes(float(raw.sum(dtype=float)), score - before, target, steps)
    return Heatmap(model.name, "", "integrated", target, raw, score, crop, notes)


def _gradients(model: ImageModel, whole: "Tensor", shares: list[float], target: Target) -> "Tensor":
    """The target's gradients at these shares of the way, summed, (3, H, W). With the lock held."""
    import torch

    with torch.inference_mode(False), torch.enable_grad():
        along = torch.tensor(shares, device=whole.device, dtype=_wide(whole))[:, None, None, None]
        leaf = (whole.clone() * along).to(whole.dtype).requires_grad_()
        # a copy goes in, since the first layer may work in place
        logits = capture(model, leaf.clone(), [], gradients=True).logits
        value = target(logits).sum()
        found = None
        if value.requires_grad:
            (found,) = torch.autograd.grad(value, leaf, allow_unused=True)
    if found is None:
        raise ModelError(
            f"No gradient comes back through {model.name} to the picture, as in quantised models: "
            "choose another model, or occlusion, which needs none."
        )
    return found.to(_wide(whole)).sum(0)


def _wide(tensor: "Tensor") -> "torch.dtype":
    """The precision of sums: half precision becomes float32."""
    import torch

    return torch.float64 if tensor.dtype == torch.float64 else torch.float32


def _notes(found: float, rise: float, target: Target, steps: int) -> tuple[str, ...]:
    """How far the values miss what they should add up to, in words."""
    gap = found - rise
    if not np.isfinite(gap):
        return ("Some values are no numbers: the model's precision did not suffice here.",)
    notes = [
        f"The values add up to {found:.4g} logits. From the mean colour to this picture "
        f"{target.label} rises by {rise:.4g}; the difference of {gap:.2g} is the error of "
        f"{steps} step{'s' if steps > 1 else ''}."
    ]
    if abs(gap) > _LARGE_GAP * max(abs(rise), abs(found)):
        notes.append("That is more than 5 %: take more steps before you trust single pixels.")
    return tuple(notes)
