"""Plain networks for teaching: convolutions, pooling, dense layers, and nothing else.

They have learnt nothing: their weights are drawn at random. LeNet-5 is that of LeCun, Bottou,
Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, in its usual
modern form: three colours, hyperbolic tangents, plain averages, every map seeing all maps before.
"""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

CLASSES = 1000  # ImageNet's, until they are trained on others


@dataclass(frozen=True, slots=True)
class Plain:
    """A stack of convolutions, each followed by pooling that halves the sides; dense layers."""

    input_size: int
    """Side of the square that it is made for, in pixels, unless another is asked for."""
    filters: tuple[int, ...]
    """Of each convolution."""
    dense: tuple[int, ...]
    """Outputs of the dense layers before the last."""
    kernel: int = 3
    padding: int = 1
    activation: str = "ReLU"
    pooling: str = "MaxPool2d"

    def grid(self, size: int) -> int:
        """Rows of the last maps for a picture of that size; 0 or less where it is too small."""
        for _ in self.filters:
            size = (size + 2 * self.padding - self.kernel + 1) // 2
        return size

    def widths(self, size: int, outputs: int) -> tuple[int, ...]:
        """Numbers that go into the first dense layer, and that come out of each."""
        return self.filters[-1] * self.grid(size) ** 2, *self.dense, outputs

    def parameters(self, size: int, outputs: int) -> int:
        """How many numbers it learns."""
        channels, widths = (3, *self.filters), self.widths(size, outputs)
        return sum(
            (before * self.kernel**2 + 1) * after for before, after in pairwise(channels)
        ) + (sum((before + 1) * after for before, after in pairwise(widths)))


PLAIN = {
    "plain/one-conv": Plain(64, (32,), (128,)),
    "plain/three-conv": Plain(224, (16, 32, 64), (128,)),
    "plain/four-conv": Plain(128, (32, 64, 128, 128), (512,)),
    "plain/lenet-5": Plain(32, (6, 16), (120, 84), 5, 0, "Tanh", "AvgPool2d"),
}


def preprocess_settings(size: int) -> dict[str, Any]:
    """The transform that they start with: the middle square, ImageNet's mean and deviation."""
    return {
        "kind": "own",
        "input_size": size,
        "resize": size,
        "interpolation": "bilinear",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "squash": False,
    }


def build_plain(name: str, outputs: int, size: int) -> "nn.Module":
    """(N, 3, size, size) normalised pictures -> (N, outputs) logits.

    Raises ValueError where nothing would be left of such a small picture.
    """
    from torch import nn

    plain = PLAIN[name]
    if plain.grid(size) < 1:
        raise ValueError(f"{size} pixels are too few for {name}")
    activation, pooling = getattr(nn, plain.activation), getattr(nn, plain.pooling)
    features: OrderedDict[str, nn.Module] = OrderedDict()
    for number, (before, after) in enumerate(pairwise((3, *plain.filters)), 1):
        features[f"conv{number}"] = nn.Conv2d(before, after, plain.kernel, padding=plain.padding)
        features[f"act{number}"] = activation()
        features[f"pool{number}"] = pooling(2)
    classifier: OrderedDict[str, nn.Module] = OrderedDict()
    widths = plain.widths(size, outputs)
    for number, (before, after) in enumerate(pairwise(widths), 1):
        if number > 1:
            classifier[f"act{number - 1}"] = activation()
        classifier[f"dense{number}"] = nn.Linear(before, after)
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(features),
            flatten=nn.Flatten(),
            classifier=nn.Sequential(classifier),
        )
    )
