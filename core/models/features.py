"""What the last layer of a network gets."""

from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models import zoo
from core.models.weights import obtain

if TYPE_CHECKING:
    from torch import nn


def feature_network(name: str) -> "nn.Module":
    """A copy of a model, frozen, in float32 on the CPU, that gives its features too.

    (N, 3, input_size, input_size) normalised pictures -> (N, F) features, which its last layer
    gets, and (N, outputs) logits. Raises ModelError where that layer takes no vectors, and whatever
    `core.models.load` raises.
    """
    import torch

    from core.models import builders, heads

    info = zoo.info(name)
    built = builders.build(info, obtain(info))
    layer = heads.find_head(built.module).layer
    network = heads.WithFeatures(built.module, layer).eval().requires_grad_(False)
    size = built.preprocess.input_size
    with torch.inference_mode():
        features, _ = network(torch.zeros(1, 3, size, size))
    if features.ndim != 2:
        raise ModelError(
            f"The last layer of {info.name} takes no vector of features: tune all of it, or choose "
            "another model."
        )
    return network
