"""Does a map depend on what the network has learned? Forget it stage by stage, and see.

Source: Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv:1810.03292 (cascading
randomisation). A map that stays the same shows the picture and not the network.
"""

import copy
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import CancelledError, ModelError
from core.images import Picture
from core.inside.capture import pixels, split_call
from core.inside.evidence.heatmap import Heatmap, maps_of
from core.inside.evidence.target import Target, predicted_target
from core.inside.evidence.variants import Progress, ShouldStop, never
from core.inside.layers.examine import network
from core.inside.layers.network import Network
from core.inside.trust.agreement import Agreement, agreement
from core.models import ImageModel, guard

if TYPE_CHECKING:
    from torch import nn

_default_generator = threading.Lock()  # modules initialise themselves from the one of the process


@dataclass(frozen=True, eq=False)
class Randomised:
    """The map after the last stages of the network have forgotten what they had learned."""

    stages: tuple[str, ...]
    """The stages with random weights, the last one of the network first."""
    heatmap: Heatmap
    agreement: Agreement
    """With the map of the network as it is, signed values over the layer's cells."""


def stages_of(known: Network) -> tuple[str, ...]:
    """The blocks of a network that hold weights, the last one first."""
    names = (split_call(block.name)[0] for block in reversed(known.blocks) if block.parameters)
    return tuple(dict.fromkeys(names))


def randomised(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    layer: str | None = None,
    method: str = "gradcam",
    *,
    stages: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop = never,
) -> tuple[Randomised, ...]:
    """The same map after the last 1, 2, ... `stages` of the network were given random weights.

    All stages where no number is given; those are the blocks of the network that have weights. They
    are initialised anew, as their modules do it themselves before training, on a copy: the model
    stays as it is. The target is the class that the model itself predicts where none is given.

    Raises ModelError for an unknown method, a network without weights or less than one stage,
    LayerError, CancelledError, DeviceError.
    """
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    names = stages_of(known)
    if not names or (stages is not None and stages < 1):
        raise ModelError(
            f"{model.name} has {len(names)} stages with weights: choose at least one of them."
        )
    names = names[:stages]
    layer = known.for_attribution.name if layer is None else layer
    maps, logits = maps_of(model, tensor, [target], [layer], [method])
    before = maps[layer, method, 0][0]
    target = predicted_target(model.classes, logits[0]) if target is None else target
    crop = model.preprocess.crop(picture.image)
    copied = _copy(model)
    found = []
    for done, name in enumerate(names):
        if should_stop():
            raise CancelledError(
                f"The sanity check was stopped after {done:,} of {len(names):,} stages."
            )
        with guard(model.device):
            reinitialise(copied.get_submodule(name), seed + done)
        maps, logits = maps_of(model, tensor, [target], [layer], [method], module=copied)
        raw = maps[layer, method, 0][0]
        score = float(target(logits[0]))
        heatmap = Heatmap(model.name, layer, method, target, raw, score, crop)
        found.append(Randomised(names[: done + 1], heatmap, agreement(before, raw)))
        if progress is not None:
            progress(done + 1, len(names))
    return tuple(found)


def reinitialise(block: "nn.Module", seed: int) -> None:
    """Give a module, and all in it, the weights of one that has not been trained.

    Each part initialises itself (``reset_parameters``, which also empties the statistics of batch
    normalisation); where one cannot, its parameters become normal numbers as widely spread as they
    were. This happens on the CPU in single precision, so that a seed means the same everywhere.
    """
    import torch

    first = next(block.parameters())
    device, dtype = first.device, first.dtype
    with torch.inference_mode(False), torch.no_grad(), _default_generator:
        block.to("cpu", torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            for part in block.modules():
                reset = getattr(part, "reset_parameters", None)
                if callable(reset):
                    reset()
                    continue
                for parameter in part.parameters(recurse=False):
                    spread = parameter.std(correction=0)
                    if spread > 0:  # a constant has learned nothing
                        parameter.copy_(torch.randn(parameter.shape) * spread)
        block.to(device, dtype)


def _copy(model: ImageModel) -> "nn.Module":
    import torch

    # with the lock held nobody's hook is on the module, which the copy would have too
    with model.lock, guard(model.device), torch.inference_mode(False):
        return copy.deepcopy(model.module)
