"""Backpropagation through a network of two layers, with every value, slope and path kept.

2 inputs x, hidden sums z = W x + b, activations h, outputs o = V h + c, loss L.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("squared", "entropy")

_NUDGE = 1e-5  # of finite differences


@dataclass(frozen=True, slots=True)
class Network:
    """All that can be set; positions count from 1, as in w12, the weight to z1 from x2."""

    hidden: int
    outputs: int
    values: dict[str, float]
    """By name: x1 x2, w11 …, b1 …, v11 …, c1 …, and y1 …, the labels."""
    activation: str = "sigmoid"
    """One of `ACTIVATIONS`, of the hidden units."""
    loss: str = "squared"
    """Mean squared error, or cross-entropy after a sigmoid (1 output) or softmax (more)."""

    @property
    def weights(self) -> list[str]:
        """The names of all weights and biases, layer by layer."""
        hidden, outputs = range(1, self.hidden + 1), range(1, self.outputs + 1)
        return [
            *(f"w{j}{i}" for j in hidden for i in (1, 2)),
            *(f"b{j}" for j in hidden),
            *(f"v{k}{j}" for k in outputs for j in hidden),
            *(f"c{k}" for k in outputs),
        ]


@dataclass(frozen=True, slots=True)
class Link:
    """From a quantity to one that is computed of it at once."""

    to: str
    slope: float
    """The derivative of that one by this one, all else held."""
    rule: str
    """Where the slope comes from, in LaTeX."""


@dataclass(slots=True)
class Node:
    """A quantity of the network."""

    value: float
    links: list[Link] = field(default_factory=list)
    """To all that is computed of it."""
    gradient: float = 0.0
    """The derivative of the loss by it."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass forward and back."""

    nodes: dict[str, Node]
    """By name, each before all that is computed of it; the last is the loss, L."""
    probabilities: tuple[float, ...]
    """What cross-entropy makes of the outputs; empty for squared error."""

    @property
    def loss(self) -> float:
        return self.nodes["L"].value

    def paths(self, name: str) -> list[list[Link]]:
        """Every way from a quantity to the loss; the loss itself has one of no links."""
        if name == "L":
            return [[]]
        return [[link, *rest] for link in self.nodes[name].links for rest in self.paths(link.to)]


def run(network: Network, nudged: str = "", by: float = 0.0) -> Pass:
    """Forward, then back: each gradient is the sum over links of slope times gradient there.

    To one quantity, `nudged`, something may be added when it is made.
    """
    nodes: dict[str, Node] = {}

    def put(name: str, value: float) -> float:
        nodes[name] = Node(value + by if name == nudged else value)
        return nodes[name].value

    for name in ("x1", "x2", *network.weights):
        put(name, network.values[name])
    for j in range(1, network.hidden + 1):
        terms = [(f"w{j}{i}", f"x{i}") for i in (1, 2)]
        put(f"z{j}", _weighted_sum(nodes, f"z{j}", f"b{j}", terms))
    for j in range(1, network.hidden + 1):
        z = nodes[f"z{j}"]
        h, slope, rule = _activate(network.activation, z.value, j)
        put(f"h{j}", h)
        z.links.append(Link(f"h{j}", slope, rule))
    for k in range(1, network.outputs + 1):
        terms = [(f"v{k}{j}", f"h{j}") for j in range(1, network.hidden + 1)]
        put(f"o{k}", _weighted_sum(nodes, f"o{k}", f"c{k}", terms))
    outputs = np.array([nodes[f"o{k}"].value for k in range(1, network.outputs + 1)])
    labels = np.array([network.values[f"y{k}"] for k in range(1, network.outputs + 1)])
    loss, slopes, probabilities = _lose(network.loss, outputs, labels)
    put("L", loss)
    for k, slope in enumerate(slopes, 1):
        nodes[f"o{k}"].links.append(Link("L", float(slope), _loss_rule(network, k)))
    nodes["L"].gradient = 1.0
    for node in reversed(nodes.values()):
        node.gradient += sum(link.slope * nodes[link.to].gradient for link in node.links)
    return Pass(nodes, probabilities)


def finite_difference(network: Network, name: str) -> float:
    """The gradient by nudging: (L(+ε) - L(-ε)) / 2ε with ε = 1e-5."""
    up, down = run(network, name, _NUDGE).loss, run(network, name, -_NUDGE).loss
    return (up - down) / (2 * _NUDGE)


def descended(network: Network, rate: float) -> Network:
    """After one step of gradient descent on all weights and biases."""
    found = run(network)
    moved = {
        name: network.values[name] - rate * found.nodes[name].gradient for name in network.weights
    }
    return replace(network, values=network.values | moved)


def autograd(network: Network) -> dict[str, float]:
    """The gradient of every quantity by torch, in doubles, by name."""
    import torch

    def leaves(names: list[str]) -> torch.Tensor:
        values = [network.values[name] for name in names]
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    hidden, outputs = network.hidden, network.outputs
    names = network.weights
    cuts = np.cumsum([2 * hidden, hidden, outputs * hidden])
    x, weights = leaves(["x1", "x2"]), leaves(names)
    w, b, v, c = torch.tensor_split(weights, cuts.tolist())
    z = w.reshape(hidden, 2) @ x + b
    h = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[network.activation](z)
    o = v.reshape(outputs, hidden) @ h + c
    labels = leaves([f"y{k}" for k in range(1, outputs + 1)]).detach()
    functional = torch.nn.functional
    if network.loss == "squared":
        loss = functional.mse_loss(o, labels)
    elif outputs == 1:
        loss = functional.binary_cross_entropy_with_logits(o, labels)
    else:
        loss = functional.cross_entropy(o, labels)
    slopes = torch.autograd.grad(loss, (x, weights, z, h, o))
    found = dict(zip(("x1", "x2", *names), torch.cat(slopes[:2]).tolist(), strict=True))
    for letter, slope in zip("zho", slopes[2:], strict=True):
        found |= {f"{letter}{j}": one for j, one in enumerate(slope.tolist(), 1)}
    return found | {"L": 1.0}


def dead(network: Network, found: Pass) -> list[int]:
    """Hidden units, from 1, whose ReLU is shut: their slope is 0, nothing comes through."""
    units = range(1, network.hidden + 1)
    shut = network.activation == "relu"
    return [j for j in units if shut and found.nodes[f"z{j}"].links[0].slope == 0]


def saturated(network: Network, found: Pass, below: float = 0.01) -> list[int]:
    """Hidden units, from 1, whose sigmoid or tanh is so flat that it lets hardly a hundredth by."""
    units = range(1, network.hidden + 1)
    smooth = network.activation != "relu"
    return [j for j in units if smooth and found.nodes[f"z{j}"].links[0].slope < below]


def alike(network: Network) -> bool:
    """Whether all hidden units have the same weights, in and out, and so the same gradients."""
    values = network.values
    units = {
        tuple(
            values[name]
            for name in (
                f"w{j}1",
                f"w{j}2",
                f"b{j}",
                *(f"v{k}{j}" for k in range(1, network.outputs + 1)),
            )
        )
        for j in range(1, network.hidden + 1)
    }
    return len(units) == 1


def subscripted(name: str) -> str:
    """The name in LaTeX."""
    return name if len(name) == 1 else f"{name[0]}_{{{name[1:]}}}"


def _weighted_sum(
    nodes: dict[str, Node], name: str, bias: str, terms: list[tuple[str, str]]
) -> float:
    """Bias plus weights times inputs, all linked to the sum of that name."""
    nodes[bias].links.append(Link(name, 1.0, "1"))
    total = nodes[bias].value
    for weight, given in terms:
        factors = nodes[weight].value, nodes[given].value
        nodes[weight].links.append(Link(name, factors[1], subscripted(given)))
        nodes[given].links.append(Link(name, factors[0], subscripted(weight)))
        total += factors[0] * factors[1]
    return total


def _activate(activation: str, z: float, unit: int) -> tuple[float, float, str]:
    """Value, slope, and the slope's rule."""
    if activation == "sigmoid":
        h = 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
        return h, h * (1 - h), rf"h_{unit} (1 - h_{unit})"
    if activation == "tanh":
        h = math.tanh(z)
        return h, 1 - h * h, rf"1 - h_{unit}^2"
    return max(z, 0.0), float(z > 0), rf"[z_{unit} > 0]"


def _lose(
    kind: str, outputs: np.ndarray, labels: np.ndarray
) -> tuple[float, np.ndarray, tuple[float, ...]]:
    """The loss, its derivative by each output, and the probabilities."""
    if kind == "squared":
        errors = outputs - labels
        return float(np.mean(errors**2)), 2 * errors / len(errors), ()
    count = len(outputs)
    if count == 1:  # a sigmoid is a softmax beside an output of 0
        outputs, labels = np.append(outputs, 0.0), np.append(labels, 1 - labels)
    logs = outputs - outputs.max()
    logs = logs - math.log(np.exp(logs).sum())
    probabilities = np.exp(logs)
    return (
        -float(labels @ logs),
        (probabilities - labels)[:count],
        tuple(probabilities[:count].tolist()),
    )


def _loss_rule(network: Network, k: int) -> str:
    if network.loss == "entropy":
        return f"p_{k} - y_{k}"
    factor = "2" if network.outputs == 1 else rf"\tfrac{{2}}{{{network.outputs}}}"
    return rf"{factor} (o_{k} - y_{k})"
