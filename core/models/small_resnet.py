"""The architecture of the bundled model: a ResNet for small pictures.

Basic blocks and the names of torchvision's ResNet (``conv1, bn1, layer1 ... layer4, fc``), so that
whatever works on a ResNet-18 works here. Two things differ from ResNet-18: the stem is one 3 x 3
convolution with stride 2 and no pooling, and ``layer4`` keeps the grid of ``layer3``, so that a
64 x 64 picture still has 8 x 8 cells at the end.

Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2015.
"""

from collections.abc import Sequence

import torch
from torch import nn

BLOCKS = (1, 1, 2, 2)
WIDTHS = (32, 64, 160, 320)
STRIDES = (1, 2, 2, 1)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + shortcut)


class SmallResNet(nn.Module):
    """(N, 3, S, S) normalised pictures -> (N, classes) logits; S is about 64."""

    def __init__(
        self,
        num_classes: int,
        blocks: Sequence[int] = BLOCKS,
        widths: Sequence[int] = WIDTHS,
        strides: Sequence[int] = STRIDES,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        channels = widths[0]
        stages = []
        for depth, width, stride in zip(blocks, widths, strides, strict=True):
            first = BasicBlock(channels, width, stride)
            stages.append(
                nn.Sequential(first, *(BasicBlock(width, width, 1) for _ in range(depth - 1)))
            )
            channels = width
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self._initialise()

    def _initialise(self) -> None:
        """He initialisation; each block starts as the identity (Goyal et al. 2017, 5.1)."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        for module in self.modules():
            if isinstance(module, BasicBlock):
                nn.init.zeros_(module.bn2.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))
