"""The block that an architecture repeats, as a drawing: branches side by side, and where they join.

The steps are those of torchvision's modules. A step that begins with @ is a layer with weights, by
its name within the module that is drawn, and is told with that layer's own numbers.
"""

from dataclasses import dataclass

from core.lab.layer import Layer

_NORM_RELU = "batch norm, ReLU"
_NORM = "batch norm"
_HALVED = "2 × 2 average pooling"


@dataclass(frozen=True, slots=True)
class Part:
    """Branches that all get the same; one without steps is a shortcut."""

    branches: tuple[tuple[str, ...], ...]
    join: str | None = None
    """What becomes of their outputs: they are summed or concatenated. None for one branch."""


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the drawing."""

    text: str
    layer: Layer | None = None
    """None for what has no weights that are counted: activations, norms, pooling."""


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """A part with the numbers of a network in it."""

    branches: tuple[tuple[Step, ...], ...]
    join: str | None


def drawing(kind: str, layers: tuple[Layer, ...], example: str) -> tuple[DrawnPart, ...]:
    """The parts of a block, one after the other, with the layers of the module `example`."""
    within = {layer.name: layer for layer in layers}

    def step(text: str) -> Step:
        if not text.startswith("@"):
            return Step(text)
        layer = within[f"{example}.{text[1:]}"]
        return Step(describe(layer), layer)

    return tuple(
        DrawnPart(tuple(tuple(map(step, branch)) for branch in part.branches), part.join)
        for part in BLOCKS[kind]
    )


def describe(layer: Layer) -> str:
    """A layer in a few words, such as "3 × 3 conv, 64 → 128"."""
    before, after = layer.width
    if layer.kind == "attention":
        return f"attention, {layer.heads} heads of {after // layer.heads}"
    if layer.kind == "linear":
        return f"dense, {before:,} → {after:,}"
    size = " × ".join(map(str, layer.kernel))
    if layer.is_depthwise:
        return f"{size} depthwise, {after}"
    return f"{size} conv, {before} → {after}"


def _inverted(activation: str, excited: bool) -> tuple[Part, ...]:
    """Wide in its middle, as in MobileNetV2; `excited` has squeeze-and-excitation there."""
    path = "block" if excited else "conv"
    wide = (f"@{path}.0.0", f"batch norm, {activation}", f"@{path}.1.0")
    wide = (*wide, f"batch norm, {activation}")
    if excited:
        wide = (*wide, "mean of each map", f"@{path}.2.fc1", f"@{path}.2.fc2", "times the maps")
    last = f"@{path}.3.0" if excited else f"@{path}.2"
    return (Part(((*wide, last, _NORM), ()), "sum"),)


BLOCKS: dict[str, tuple[Part, ...]] = {
    "convolution, tanh, average pooling": (
        Part((("@conv1", "tanh", _HALVED, "@conv2", "tanh", _HALVED),)),
    ),
    "convolution, ReLU, max pooling": (Part((("@conv1", "ReLU", "2 × 2 max pooling"),)),),
    "convolutions and max pooling": (
        Part((("@6", "ReLU", "@8", "ReLU", "@10", "ReLU", "3 × 3 max pooling"),)),
    ),
    "3 × 3 convolutions and max pooling": (
        Part((("@10", "ReLU", "@12", "ReLU", "@14", "ReLU", "2 × 2 max pooling"),)),
    ),
    "inception module": (
        Part(
            (
                ("@branch1.conv", _NORM_RELU),
                ("@branch2.0.conv", _NORM_RELU, "@branch2.1.conv", _NORM_RELU),
                ("@branch3.0.conv", _NORM_RELU, "@branch3.1.conv", _NORM_RELU),
                ("3 × 3 max pooling", "@branch4.1.conv", _NORM_RELU),
            ),
            "concatenate",
        ),
    ),
    "inception module, factorised": (
        Part(
            (
                ("@branch1x1.conv",),
                ("@branch7x7_1.conv", "@branch7x7_2.conv", "@branch7x7_3.conv"),
                tuple(f"@branch7x7dbl_{number}.conv" for number in range(1, 6)),
                ("3 × 3 average pooling", "@branch_pool.conv"),
            ),
            "concatenate",
        ),
    ),
    "basic residual block": (
        Part((("@conv1", _NORM_RELU, "@conv2", _NORM), ()), "sum"),
        Part((("ReLU",),)),
    ),
    "bottleneck": (
        Part((("@conv1", _NORM_RELU, "@conv2", _NORM_RELU, "@conv3", _NORM), ()), "sum"),
        Part((("ReLU",),)),
    ),
    "dense layer": (Part(((_NORM_RELU, "@conv1", _NORM_RELU, "@conv2"), ()), "concatenate"),),
    "inverted residual": _inverted("ReLU6", excited=False),
    "inverted residual with squeeze-and-excitation and ReLU": _inverted("ReLU", excited=True),
    "inverted residual with squeeze-and-excitation": _inverted("SiLU", excited=True),
    "ConvNeXt block": (
        Part((("@block.0", "layer norm", "@block.3", "GELU", "@block.5", "scale"), ()), "sum"),
    ),
    "transformer encoder layer": (
        Part((("layer norm", "@self_attention"), ()), "sum"),
        Part((("layer norm", "@mlp.0", "GELU", "@mlp.3"), ()), "sum"),
    ),
}
"""By the kind that the architectures' file gives."""
