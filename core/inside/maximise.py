"""What raises a class's logit most: pictures made from noise, which show no real thing.

Activation maximisation: Erhan, Bengio, Courville and Vincent, "Visualizing higher-layer features of
a deep network", 2009. As in Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017,
the gradient is followed not in pixels but in the frequencies of a picture, each scaled as natural
pictures have them, and in colours that do not go together in them; and the network sees another
window of the canvas, at another size, in each step, so that what is found does not hang on single
pixels. Each class climbs alone: but for rounding, what becomes of it does not depend on who else is
in the batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import CancelledError
from core.inside.capture import evaluating, first_tensor, ready, run
from core.inside.evidence.target import class_target
from core.inside.evidence.variants import Progress, ShouldStop, batch_size, never
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 128
_RATE = 0.05
_MARGIN = 1.2  # the canvas is so much larger than what the network sees of it
_ZOOMS = (0.85, 1.15)  # of a window, before the network sees it
# how the colours of natural pictures go together: the square root of the covariance of ImageNet's,
# as Olah et al. published it with their code (tensorflow/lucid, Apache-2.0)
_COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


@dataclass(frozen=True, slots=True)
class Maximised:
    """A picture that was made for one class."""

    index: int
    """The class's position in the model's output."""
    pixels: np.ndarray
    """(S, S, 3) uint8, RGB."""
    logit: float
    """That the model gives the class for the picture, through its own preprocessing."""
    probability: float


def maximise(
    model: ImageModel,
    indices: Sequence[int],
    *,
    steps: int = STEPS,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> tuple[Maximised, ...]:
    """A picture for each of these classes, a fifth larger than the model's input.

    The same seed gives the same pictures (on a CPU). ``progress`` is told the classes done, and
    those in all. Raises TargetError for a class that there is not, CancelledError, DeviceError.
    """
    wanted = [int(index) for index in indices]
    for index in wanted:
        class_target(model, index)
    size = model.preprocess.input_size
    at_once = batch_size(model, size, size)
    made: list[Maximised] = []
    for first in range(0, len(wanted), at_once):
        some = wanted[first : first + at_once]
        canvases = _climb(model, some, steps, seed, should_stop)
        if canvases is None:
            raise CancelledError(f"Stopped after {len(made):,} of {len(wanted):,} classes.")
        made += _judged(model, some, canvases)
        if progress is not None:
            progress(len(made), len(wanted))
    return tuple(made)


def _climb(
    model: ImageModel, indices: Sequence[int], steps: int, seed: int, should_stop: ShouldStop
) -> np.ndarray | None:
    """(N, S, S, 3) uint8; None where it was told to stop.

    The canvas stays on the CPU, since not every device can resize backwards.
    """
    import torch

    size = model.preprocess.input_size
    dice = np.random.default_rng(seed)
    with torch.inference_mode(False), torch.enable_grad():
        spectrum, paint = _canvas(indices, round(_MARGIN * size), seed)
        climber = torch.optim.Adam([spectrum], lr=_RATE)
        for _ in range(steps):
            if should_stop():
                return None
            seen = _normalised(model, _window(paint(spectrum), size, dice))
            with model.lock, guard(model.device), evaluating(model.module):
                spectrum.grad = _downhill(model, seen, indices, spectrum)
            climber.step()
        with torch.no_grad():
            levels = paint(spectrum).permute(0, 2, 3, 1).mul(255).round()
    return levels.numpy().astype(np.uint8)


def _downhill(
    model: ImageModel, seen: "Tensor", indices: Sequence[int], spectrum: "Tensor"
) -> "Tensor":
    """The gradient of minus the sum of the classes' logits, each from its own picture."""
    import torch

    logits = first_tensor(model.module(ready(model, seen)))
    assert logits is not None
    rows = torch.arange(len(indices), device=logits.device)
    climbed = logits.float()[rows, list(indices)].sum()
    (gradient,) = torch.autograd.grad(-climbed, spectrum)
    return gradient


def _canvas(
    indices: Sequence[int], side: int, seed: int
) -> "tuple[Tensor, Callable[[Tensor], Tensor]]":
    """Random frequencies, (N, 3, S, S // 2 + 1, 2), and what makes (N, 3, S, S) in [0, 1] of them.

    The amplitude of a frequency f is scaled by 1 / f, as in natural pictures (Field 1987).
    """
    import torch

    noise = [
        torch.randn(
            3, side, side // 2 + 1, 2, generator=torch.Generator().manual_seed(seed * 100_003 + i)
        )
        for i in indices
    ]
    spectrum = (0.01 * torch.stack(noise)).requires_grad_()
    vertical, horizontal = torch.fft.fftfreq(side), torch.fft.rfftfreq(side)
    frequency = torch.hypot(vertical[:, None], horizontal[None]).clamp(min=1 / side)
    scale = 1 / (frequency * side**0.5)
    colours = torch.tensor(_COLOURS)
    colours = colours / colours.norm(dim=0).max()

    def paint(spectrum: "Tensor") -> "Tensor":
        waves = torch.view_as_complex(spectrum) * scale
        planes = torch.fft.irfft2(waves, s=(side, side), norm="ortho")
        return torch.einsum("nchw,dc->ndhw", planes, colours).sigmoid()

    return spectrum, paint


def _window(canvas: "Tensor", size: int, dice: np.random.Generator) -> "Tensor":
    """A square of the canvas, sometimes mirrored, brought to the size that the network takes."""
    from torch.nn import functional

    side = min(round(size / dice.uniform(*_ZOOMS)), canvas.shape[-1])
    top, left = dice.integers(0, canvas.shape[-1] - side + 1, 2)
    window = canvas[..., top : top + side, left : left + side]
    if dice.random() < 0.5:
        window = window.flip(-1)
    return functional.interpolate(window, (size, size), mode="bilinear", antialias=True)


def _normalised(model: ImageModel, levels: "Tensor") -> "Tensor":
    mean, std = (
        levels.new_tensor(values)[:, None, None]
        for values in (model.preprocess.mean, model.preprocess.std)
    )
    return (levels - mean) / std


def _judged(model: ImageModel, indices: Sequence[int], canvases: np.ndarray) -> list[Maximised]:
    import torch
    from PIL import Image

    seen = torch.stack([model.preprocess(Image.fromarray(pixels)) for pixels in canvases])
    logits = run(model, seen)
    made = []
    for row, (index, pixels) in enumerate(zip(indices, canvases, strict=True)):
        target = class_target(model, index)
        made.append(
            Maximised(
                index,
                pixels,
                float(target(logits[row])),
                float(target.probability(logits[row])),
            )
        )
    return made
