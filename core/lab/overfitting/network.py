"""The network that overfits: two hidden layers, with dropout and batch normalisation at choice."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.lab.overfitting.digits import CLASSES, SIDE, generator

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True, slots=True, eq=False)
class BatchNorm:
    """Batch normalisation of a layer; all (width,)."""

    scale: "Tensor"
    shift: "Tensor"
    mean: "Tensor"
    """Running average over the batches of training, which stands for them afterwards."""
    variance: "Tensor"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Linear, batch normalisation where there is some, ReLU, dropout; twice, and linear again."""

    weights: tuple["Tensor", ...]
    """(outputs, inputs) of each of the three linear layers."""
    biases: tuple["Tensor", ...]
    norms: tuple[BatchNorm, ...]
    """Of the two hidden layers, or none."""

    @property
    def parameters(self) -> tuple["Tensor", ...]:
        """All that is learnt, the weights first."""
        learnt = (part for norm in self.norms for part in (norm.scale, norm.shift))
        return (*self.weights, *self.biases, *learnt)

    @property
    def size(self) -> int:
        """How many numbers are learnt."""
        return sum(parameter.numel() for parameter in self.parameters)

    @property
    def norm(self) -> float:
        """The root of the sum of all squared weights, biases left out."""
        return sum(float(weight.detach().square().sum()) for weight in self.weights) ** 0.5

    def copy(self) -> "Network":
        """What it is now, which no later step changes."""
        return Network(
            tuple(weight.detach().clone() for weight in self.weights),
            tuple(bias.detach().clone() for bias in self.biases),
            tuple(
                BatchNorm(
                    *(part.detach().clone() for part in (n.scale, n.shift, n.mean, n.variance))
                )
                for n in self.norms
            ),
        )


def begin(width: int, batch_norm: bool, seed: int) -> Network:
    """A network before training. With batch normalisation or without, its weights are the same.

    They are normal with variance 2 / inputs (He et al. 2015, "Delving Deep into Rectifiers").
    """
    import torch

    dice = generator(seed, "weights")
    sizes = (SIDE * SIDE, width, width, CLASSES)
    weights = [
        torch.randn(outputs, inputs, generator=dice) * (2 / inputs) ** 0.5
        for inputs, outputs in itertools.pairwise(sizes)
    ]
    hidden = sizes[1:-1] if batch_norm else ()
    network = Network(
        tuple(weights),
        tuple(torch.zeros(outputs) for outputs in sizes[1:]),
        tuple(
            BatchNorm(torch.ones(w), torch.zeros(w), torch.zeros(w), torch.ones(w)) for w in hidden
        ),
    )
    for parameter in network.parameters:
        parameter.requires_grad_()
    return network


def logits(network: Network, pictures: "Tensor") -> "Tensor":
    """(n, 64) -> (n, 10), as after training: no dropout, and the running averages normalise."""
    return _forward(network, pictures, 0.0, None)


def training_logits(
    network: Network, pictures: "Tensor", rate: float, dice: "Generator"
) -> "Tensor":
    """(n, 64) -> (n, 10), as in training: units drop out, and the batch itself normalises.

    The running averages of batch normalisation follow the batch.
    """
    return _forward(network, pictures, rate, dice)


def dropout(values: "Tensor", rate: float, dice: "Generator") -> "Tensor":
    """Each value 0 with probability `rate` below 1, else divided by 1 - rate: the mean stays.

    Srivastava et al. (2014), "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
    in the form that scales in training, as ``torch.nn.functional.dropout``.
    """
    import torch

    return values * (torch.rand(values.shape, generator=dice) >= rate) / (1 - rate)


def step(
    parameters: Sequence["Tensor"],
    gradients: Sequence["Tensor"],
    velocities: Sequence["Tensor"],
    decays: Sequence[float],
    *,
    rate: float,
    momentum: float,
) -> None:
    """Gradient descent with momentum and L2, in place, as ``torch.optim.SGD``'s.

    L2 adds decay / 2 times the squared norm to the loss, so decay times the weight to the gradient.
    """
    import torch

    with torch.no_grad():
        for weight, gradient, velocity, decay in zip(
            parameters, gradients, velocities, decays, strict=True
        ):
            velocity.mul_(momentum).add_(gradient + decay * weight)
            weight.sub_(rate * velocity)


def _forward(
    network: Network, pictures: "Tensor", rate: float, dice: "Generator | None"
) -> "Tensor":
    from torch.nn import functional

    values = pictures
    last = len(network.weights) - 1
    for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        values = functional.linear(values, weight, bias)
        if layer == last:
            break
        if network.norms:
            norm = network.norms[layer]
            values = functional.batch_norm(
                values, norm.mean, norm.variance, norm.scale, norm.shift, training=dice is not None
            )
        values = values.relu()
        if dice is not None and rate:
            values = dropout(values, rate, dice)
    return values
