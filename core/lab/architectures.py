"""Well-known architectures: their stages and layers as traced, and what is told of them.

``assets/architectures.json`` is written by ``tools/build_architectures.py``;
``assets/architectures.toml`` is written by hand, with a source for each fact.
"""

import functools
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from core import paths
from core.lab.layer import Layer
from core.lab.question import Number

LAYERS = tuple(field.name for field in fields(Layer))
"""What a row of the file says of a layer, in this order."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a network, one of few: its layers from one cut to the next."""

    name: str
    module: str
    """The dotted name of the module that ends it, whose output it gives on."""
    shape: tuple[int, ...]
    """Of its output: (channels, rows, columns), (tokens, numbers) or (numbers,)."""
    layers: tuple[Layer, ...]
    blocks: int
    """How many of the network's building blocks it repeats; 0 where it has none."""
    other_parameters: int
    """Of norms and embeddings."""

    @property
    def parameters(self) -> int:
        """All numbers that it learns."""
        return sum(layer.parameters for layer in self.layers) + self.other_parameters

    @property
    def multiply_adds(self) -> int:
        """Of its layers, for one picture."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def channels(self) -> int:
        """Of its maps, or numbers of a token or of the vector."""
        return self.shape[-1] if len(self.shape) == 2 else self.shape[0]

    @property
    def rows(self) -> int | None:
        """Of its maps; of tokens, as they lie on the picture beside one for the class."""
        if len(self.shape) == 2:
            return math.isqrt(self.shape[0] - 1)
        return self.shape[1] if len(self.shape) == 3 else None


@dataclass(frozen=True, slots=True)
class Training:
    """Weights of torchvision's, and how often they are right at first on ImageNet's validation."""

    weights: str
    input_size: int
    top1: float
    """In percent."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a paper says of its network: accuracies in percent."""

    how: str
    """Where it says so, and how it measured."""
    top1: float | None = None
    top5: float | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network of the course."""

    key: str
    """As the address names it; also what torchvision, or the zoo's plain models, call it."""
    title: str
    idea: str
    kind: str
    """Of its building block, a name in `core.lab.building_blocks`."""
    example: str
    """The module that is drawn as its building block."""
    input_size: int
    stages: tuple[Stage, ...]
    trained: tuple[Training, ...]
    """torchvision's default weights first; empty where there are none."""
    year: int | None = None
    paper: str | None = None
    authors: str | None = None
    venue: str | None = None
    url: str | None = None
    note: str | None = None
    published: Published | None = None

    @property
    def untrained(self) -> str:
        """The model of the zoo with random weights."""
        return f"{'untrained' if self.trained else 'plain'}/{self.key}"

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of all stages."""
        return tuple(layer for stage in self.stages for layer in stage.layers)

    @property
    def parameters(self) -> int:
        """All numbers that it learns."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def multiply_adds(self) -> int:
        """For one picture of its own size."""
        return sum(stage.multiply_adds for stage in self.stages)

    def shares(self, stage: Stage) -> tuple[float, float]:
        """A stage's part of all parameters and of all multiply-adds, in [0, 1]."""
        return stage.parameters / self.parameters, stage.multiply_adds / self.multiply_adds


@functools.cache
def load() -> Mapping[str, Architecture]:
    """All of them by key, in the order of the course. Milliseconds; needs no torch."""
    told = tomllib.loads((paths.ASSETS / "architectures.toml").read_text(encoding="utf-8"))
    traced = json.loads((paths.ASSETS / "architectures.json").read_text(encoding="utf-8"))
    return {key: _architecture(key, facts, traced[key]) for key, facts in told.items()}


def sharing_question(architecture: Architecture) -> Number:
    """How often each weight of a convolution in the middle of the network is used."""
    convolutions = [layer for layer in architecture.layers if layer.kind == "conv"]
    layer = convolutions[len(convolutions) // 2]
    _, rows, columns = layer.outputs
    return Number(
        f"{architecture.title} looks at one picture. How often does it multiply with each single "
        f"weight of `{layer.name}`?",
        layer.places,
        f"Its maps have {rows} × {columns} cells, and the same weights make each of them: "
        f"{layer.places:,} times. A dense layer uses each of its weights once, so it can hold most "
        "of the parameters and do little of the work.",
    )


def _architecture(key: str, facts: Mapping[str, Any], traced: Mapping[str, Any]) -> Architecture:
    published = facts.get("published")
    return Architecture(
        key=key,
        input_size=traced["input_size"],
        stages=tuple(_stage(row) for row in traced["stages"]),
        trained=tuple(Training(*row) for row in traced["trained"]),
        published=Published(**published) if published else None,
        **{name: value for name, value in facts.items() if name != "published"},
    )


def _stage(row: Mapping[str, Any]) -> Stage:
    return Stage(
        row["name"],
        row["module"],
        tuple(row["shape"]),
        tuple(_layer(layer) for layer in row["layers"]),
        row["blocks"],
        row["other_parameters"],
    )


def _layer(row: Sequence[Any]) -> Layer:
    values = (tuple(value) if isinstance(value, list) else value for value in row)
    return Layer(**dict(zip(LAYERS, values, strict=True)))
