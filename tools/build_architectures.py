"""Write ``assets/architectures.json``: the stages and layers of the lab's architectures.

    python tools/build_architectures.py

Each network is built without memory for its weights and followed once, on a picture of its own
size. What is told of the architectures in words lies in ``assets/architectures.toml``.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.compat import mend_torchvision  # noqa: E402
from core.lab.architectures import LAYERS  # noqa: E402
from core.lab.layer import Layer  # noqa: E402
from core.models import architectures, zoo  # noqa: E402
from core.models.plain import CLASSES  # noqa: E402

PLAIN_LAYERS = {  # convolutions and dense layers
    "one-conv": (1, 2),
    "three-conv": (3, 2),
    "four-conv": (4, 2),
    "lenet-5": (2, 3),
}
OUTPUTS = {"lenet-5": 10}
"""Of those that were not made for ImageNet's 1,000 classes."""
STAGES: dict[str, Mapping[str, str]] = {
    "alexnet": {
        "conv1": "features.1",
        "pool1": "features.2",
        "conv2": "features.4",
        "pool2": "features.5",
        "conv3": "features.7",
        "conv4": "features.9",
        "conv5": "features.11",
        "pool5": "features.12",
        "fc6": "classifier.2",
        "fc7": "classifier.5",
        "fc8": "classifier.6",
    },
    "vgg16": {
        "conv1": "features.3",
        "pool1": "features.4",
        "conv2": "features.8",
        "pool2": "features.9",
        "conv3": "features.15",
        "pool3": "features.16",
        "conv4": "features.22",
        "pool4": "features.23",
        "conv5": "features.29",
        "pool5": "features.30",
        "fc6": "classifier.1",
        "fc7": "classifier.4",
        "fc8": "classifier.6",
    },
    "googlenet": {
        "conv1": "conv1",
        "maxpool1": "maxpool1",
        "conv2, 3": "conv3",
        "maxpool2": "maxpool2",
        "inception3": "inception3b",
        "maxpool3": "maxpool3",
        "inception4": "inception4e",
        "maxpool4": "maxpool4",
        "inception5": "inception5b",
        "avgpool": "avgpool",
        "fc": "fc",
    },
    "inception_v3": {
        "conv1, 2": "Conv2d_2b_3x3",
        "maxpool1": "maxpool1",
        "conv3, 4": "Conv2d_4a_3x3",
        "maxpool2": "maxpool2",
        "Mixed_5": "Mixed_5d",
        "Mixed_6": "Mixed_6e",
        "Mixed_7": "Mixed_7c",
        "avgpool": "avgpool",
        "fc": "fc",
    },
    "densenet121": {
        "conv0": "features.relu0",
        "pool0": "features.pool0",
        "denseblock1": "features.denseblock1",
        "transition1": "features.transition1",
        "denseblock2": "features.denseblock2",
        "transition2": "features.transition2",
        "denseblock3": "features.denseblock3",
        "transition3": "features.transition3",
        "denseblock4": "features.norm5",
        "classifier": "classifier",
    },
    "mobilenet_v2": {
        "conv": "features.0",
        **{f"stage {n}": f"features.{end}" for n, end in enumerate((1, 3, 6, 10, 13, 16, 17), 1)},
        "last conv": "features.18",
        "classifier": "classifier",
    },
    "mobilenet_v3_large": {
        "conv": "features.0",
        **{f"stage {n}": f"features.{end}" for n, end in enumerate((1, 3, 6, 10, 12, 15), 1)},
        "last conv": "features.16",
        "avgpool": "avgpool",
        "dense": "classifier.1",
        "classifier": "classifier.3",
    },
    "efficientnet_b0": {
        "conv": "features.0",
        **{f"stage {n}": f"features.{n}" for n in range(1, 8)},
        "last conv": "features.8",
        "avgpool": "avgpool",
        "classifier": "classifier",
    },
    "convnext_tiny": {
        "patches": "features.0",
        "stage 1": "features.1",
        "halving 1": "features.2",
        "stage 2": "features.3",
        "halving 2": "features.4",
        "stage 3": "features.5",
        "halving 3": "features.6",
        "stage 4": "features.7",
        "avgpool": "avgpool",
        "classifier": "classifier",
    },
    "vit_b_16": {
        "patches": "encoder.dropout",
        **{f"layer {n}": f"encoder.layers.encoder_layer_{n}" for n in range(12)},
        "head": "heads",
    },
}
"""The module that ends each stage, for those that are neither plain nor ResNets."""
RESNET = {"conv1": "relu", "maxpool": "maxpool"} | {
    name: name for name in ("layer1", "layer2", "layer3", "layer4", "avgpool", "fc")
}
REPEATED = (
    "BasicBlock", "Bottleneck", "Inception", "InceptionA", "InceptionB", "InceptionC", "InceptionD",
    "InceptionE", "_DenseLayer", "InvertedResidual", "MBConv", "CNBlock", "EncoderBlock",
)  # fmt: skip


def stages_of(key: str) -> Mapping[str, str]:
    """Each stage of an architecture and the module that ends it."""
    if key in PLAIN_LAYERS:
        return _plain_stages(*PLAIN_LAYERS[key])
    return RESNET if key.startswith("resnet") else STAGES[key]


def _plain_stages(convolutions: int, dense: int) -> dict[str, str]:
    stages = {}
    for number in range(1, convolutions + 1):
        stages[f"conv{number}"] = f"features.act{number}"
        stages[f"pool{number}"] = f"features.pool{number}"
    for number in range(1, dense):
        stages[f"dense{number}"] = f"classifier.act{number}"
    return stages | {f"dense{dense}": f"classifier.dense{dense}"}


def architecture(key: str) -> dict[str, Any]:
    """What the asset says of one of them."""
    plain = key in PLAIN_LAYERS
    info = zoo.info(f"{'plain' if plain else 'torchvision'}/{key}")
    mend_torchvision()
    with architectures.hollow():
        outputs = OUTPUTS.get(key, CLASSES)
        module = architectures.bare(info.name, outputs, {"input_size": info.input_size})
    trained = [one for one in zoo.library_models() if one.name.partition(".")[0] == info.name]
    return {
        "input_size": info.input_size,
        "trained": [[one.weights, one.input_size, one.accuracy] for one in trained],
        "stages": trace(module.to("meta").eval(), info.input_size, stages_of(key)),
    }


def trace(module: nn.Module, size: int, stages: Mapping[str, str]) -> list[dict[str, Any]]:
    """The stages of a network on the meta device, each with the layers that run in it.

    Parameters that belong to no such layer (norms, embeddings) are told as a number.
    """
    found: list[dict[str, Any]] = []
    layers: list[Layer] = []
    other = blocks = 0
    ends = {end: name for name, end in stages.items()}

    def begin(part: nn.Module, _: object) -> None:
        nonlocal other
        if not isinstance(part, nn.Conv2d | nn.Linear | nn.MultiheadAttention):
            other += sum(own.numel() for own in part.parameters(recurse=False))

    def end(name: str, part: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ANN401
        nonlocal other, blocks
        if isinstance(part, nn.Conv2d | nn.Linear | nn.MultiheadAttention):
            layers.append(_layer(name, part, inputs[0], output))
        blocks += type(part).__name__ in REPEATED
        if name in ends:
            stage = {"name": ends[name], "module": name, "shape": _shape(output)}
            stage |= {"blocks": blocks, "other_parameters": other}
            found.append(stage | {"layers": [list(_told(layer)) for layer in layers]})
            layers.clear()
            other = blocks = 0

    for name, part in module.named_modules():
        part.register_forward_pre_hook(begin)
        part.register_forward_hook(lambda part, i, o, name=name: end(name, part, i, o))
    with torch.no_grad():
        module(torch.zeros(1, 3, size, size, device="meta"))
    if [stage["name"] for stage in found] != list(stages) or layers:
        raise ValueError(f"the stages of {type(module).__name__} are not {', '.join(stages)}")
    return found


def _layer(name: str, part: nn.Module, given: torch.Tensor, output: Any) -> Layer:  # noqa: ANN401
    shapes = tuple(given.shape[1:]), tuple(_tensor(output).shape[1:])
    if isinstance(part, nn.Conv2d):
        geometry = part.kernel_size, part.stride, part.padding, part.groups
        return Layer(name, "conv", *shapes, *geometry, bias=part.bias is not None)
    if isinstance(part, nn.MultiheadAttention):
        return Layer(name, "attention", *shapes, heads=part.num_heads)
    return Layer(name, "linear", *shapes, bias=part.bias is not None)


def _told(layer: Layer) -> Iterator[Any]:
    """Its fields in the order of `LAYERS`."""
    fields = asdict(layer)
    return (fields[field] for field in LAYERS)


def _shape(output: Any) -> list[int]:  # noqa: ANN401
    """Of a stage: maps of one cell are a vector."""
    shape = list(_tensor(output).shape[1:])
    return shape[:1] if shape[1:] == [1, 1] else shape


def _tensor(output: Any) -> torch.Tensor:  # noqa: ANN401
    """An attention also gives its weights."""
    return output[0] if isinstance(output, tuple) else output


def text(found: Mapping[str, Mapping[str, Any]]) -> str:
    """As JSON with a line for each stage; the same architectures give the same bytes."""
    parts = []
    for key, one in found.items():
        head = json.dumps({name: value for name, value in one.items() if name != "stages"})
        stages = ",\n".join(json.dumps(stage) for stage in one["stages"])
        parts.append(f'"{key}": {head[:-1]}, "stages": [\n{stages}]}}')
    return "{" + ",\n".join(parts) + "}\n"


def main() -> None:
    keys = [*PLAIN_LAYERS, "resnet18", "resnet50", *STAGES]
    path = ROOT / "assets" / "architectures.json"
    path.write_text(text({key: architecture(key) for key in keys}))


if __name__ == "__main__":
    main()
