"""Grad-CAM by hand: which channel adds how much to a class, from the weights to the logit."""

from dataclasses import dataclass

import numpy as np

from core.images import Picture
from core.inside.capture import pixels, split_call
from core.inside.evidence.heatmap import gradients_of
from core.inside.evidence.target import Target, predicted_target
from core.inside.layers.examine import network
from core.inside.layers.network import Network
from core.models import ImageModel


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Grad-CAM of one layer, channel by channel."""

    layer: str
    target: Target
    weights: np.ndarray
    """(channels,): the mean of the target's gradient over a channel's cells."""
    maps: np.ndarray
    """(channels, rows, columns): the channels' activations."""
    score: float
    """The target's value, in logits."""
    bias: float | None
    """The part of it that the last linear layer adds whatever the picture; None without one."""

    @property
    def shares(self) -> np.ndarray:
        """(channels,): weight x activation, summed over the cells, in logits."""
        return self.weights * self.maps.sum((1, 2))

    @property
    def order(self) -> np.ndarray:
        """(channels,): the channels, the one with the largest share (of either sign) first."""
        return np.argsort(-np.abs(self.shares), kind="stable")

    @property
    def rest(self) -> float:
        """What the shares leave of the score.

        The bias where the layer is followed by average pooling and one linear layer; elsewhere
        also what Grad-CAM's linear view of the layers behind it misses.
        """
        return self.score - float(self.shares.sum())


def decompose(
    model: ImageModel, picture: Picture, target: Target | None = None, layer: str | None = None
) -> Decomposition:
    """Take Grad-CAM of a layer apart; the predicted class where no target is given.

    Raises LayerError, DeviceError.
    """
    tensor = pixels(model, picture)
    known = network(model, (tensor.shape[-2], tensor.shape[-1]))
    layer = known.for_attribution.name if layer is None else layer
    activations, (gradients,), logits = gradients_of(model, tensor, [target], layer)
    target = predicted_target(model.classes, logits[0]) if target is None else target
    return Decomposition(
        layer,
        target,
        gradients[0].mean((1, 2)),
        activations[0],
        float(target(logits[0])),
        _bias(model, known, target),
    )


def _bias(model: ImageModel, known: Network, target: Target) -> float | None:
    """Of the one linear layer that gives a vector as long as the classes; None for two heads."""
    import torch

    heads = [
        part
        for layer in known.layers
        if layer.shape == (len(model.classes),)
        and isinstance(
            part := model.module.get_submodule(split_call(layer.name)[0]), torch.nn.Linear
        )
    ]
    if len(heads) != 1:
        return None
    bias = heads[0].bias
    return 0.0 if bias is None else float(target(bias.detach().float().cpu()))
