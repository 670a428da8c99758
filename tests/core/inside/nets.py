"""Small networks, and any module as a loaded model."""

import functools

import torch
from PIL import Image
from torch import nn

from core.compat import mend_torchvision
from core.images import Picture, read_file, sample
from core.models import ImageModel
from core.models.model_info import ModelClass, ModelInfo
from core.models.preprocess import Preprocess

mend_torchvision()

INFO = ModelInfo("test/net", "bundled", "net", "none", 0, None, None, None, "", None, None)


def wrap(module: nn.Module, size: int | tuple[int, int], name: str = "test/net") -> ImageModel:
    """A module in evaluation mode as a model for pictures of that height and width."""
    height, width = (size, size) if isinstance(size, int) else size
    parameter = next(module.parameters(), torch.zeros(1))
    with torch.no_grad():
        module.eval()
        probe = torch.zeros(1, 3, height, width, dtype=parameter.dtype)
        outputs = module(probe).shape[1]

    def transform(image: Image.Image) -> torch.Tensor:
        import numpy as np

        pixels = np.asarray(image.resize((width, height)), np.float32) / 255 - 0.5
        return torch.from_numpy(pixels.transpose(2, 0, 1).copy())

    preprocess = Preprocess(transform, height, height, "bilinear", (0.5,) * 3, (1.0,) * 3, True)
    classes = tuple(ModelClass(i, None, f"class {i}") for i in range(outputs))
    half = parameter.dtype == torch.float16
    return ImageModel(name, INFO, module, preprocess, classes, torch.device("cpu"), half)


@functools.cache
def cat() -> Picture:
    """A photograph."""
    return read_file(sample("chelsea").path)


def noise(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def randomised(module: nn.Module, seed: int = 0, frozen: bool = True) -> nn.Module:
    """Evaluation mode, with statistics and weights that leave nothing trivial."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor: torch.Tensor) -> torch.Tensor:
        return torch.randn(tensor.shape, generator=generator).to(tensor)

    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.copy_(0.3 * normal(part.running_mean))
            part.running_var.copy_(1 + 0.3 * normal(part.running_var).abs())
            part.weight.data = 1 + 0.2 * normal(part.weight)
            part.bias.data = 0.2 * normal(part.bias)
        elif isinstance(part, nn.Linear) and not part.weight.any():
            part.weight.data = 0.1 * normal(part.weight)
    return module.eval().requires_grad_(not frozen)


def torchvision_model(name: str, **options) -> nn.Module:
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return randomised(torchvision.models.get_model(name, weights=None, **options))


class GapNet(nn.Module):
    """Convolutions, global average pooling, one linear layer: Grad-CAM has a closed form."""

    def __init__(self, channels: int = 6, classes: int = 4, inplace: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 5, 3, padding=1)
        self.relu1 = nn.ReLU(inplace)
        self.conv2 = nn.Conv2d(5, channels, 3, stride=2, padding=1)
        self.relu2 = nn.ReLU(inplace)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.relu1(self.conv1(x))
        x = self.relu2(self.conv2(x))
        return self.fc(x.mean((2, 3)))


class FlatNet(nn.Module):
    """No pooling, so that rows and columns cannot be confused unnoticed; overwrites in place."""

    def __init__(self, height: int = 8, width: int = 12, inplace: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace)
        self.mix = nn.Conv2d(4, 5, 3, padding=1, stride=2)
        self.tanh = nn.Tanh()
        self.fc = nn.Linear(5 * (height // 2) * (width // 2), 3)

    def forward(self, x):
        x = self.relu(self.norm(self.conv(x)))
        return self.fc(self.tanh(self.mix(x)).flatten(1))


def gap_net(seed: int = 0, frozen: bool = True, **options) -> GapNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GapNet(**options).eval().requires_grad_(not frozen)


def flat_net(seed: int = 0, frozen: bool = True, **options) -> FlatNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return randomised(FlatNet(**options), seed, frozen)


def clean_output(module: nn.Module, layer: str, tensor: torch.Tensor) -> torch.Tensor:
    """What a layer gives, cloned at once: independent of the code under test."""
    kept = []
    handle = module.get_submodule(layer).register_forward_hook(
        lambda _, __, out: kept.append(out.detach().clone())
    )
    with torch.no_grad():
        module(tensor)
    handle.remove()
    return kept[0]


def slopes(module: nn.Module, layer: str, tensor: torch.Tensor, index: int) -> torch.Tensor:
    """Grad-CAM's weights by finite differences, without autograd: (channels,).

    Every channel is raised and lowered as a whole, each in a picture of its own of a batch that
    begins at the layer.
    """
    activation = clean_output(module, layer, tensor)
    _, channels, rows, columns = activation.shape
    step = 1e-6
    bumps = torch.eye(channels, dtype=activation.dtype)[:, :, None, None] * step
    logits = []
    for sign in (1, -1):
        handle = module.get_submodule(layer).register_forward_hook(
            lambda _, __, out, sign=sign: activation + sign * bumps
        )
        with torch.no_grad():
            logits.append(module(tensor)[:, index])
        handle.remove()
    return (logits[0] - logits[1]) / (2 * step * rows * columns)
