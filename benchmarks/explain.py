"""How fast maps of evidence are, beside one forward pass and beside the usual libraries.

    python benchmarks/explain.py [--models resnet50 vit_b_16] [--size 224] [--rounds 9]
                                 [--device cpu]

One table a model, one process, the same module, picture and threads. The ways take turns, each
round in another order; a figure is the median over the rounds of the ratio to the forward pass of
the same round. Weights are random: they change no time. The libraries are measured where they are
installed (grad-cam comes with Netlens; `pip install torchcam captum` for the others). Peak memory
is what a way adds while it runs: on a CPU by Linux's high-water mark of the process, which is reset
before each way after the allocator gave back what was free; the largest of three.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.compat import mend_torchvision  # noqa: E402

mend_torchvision()

import torch  # noqa: E402
import torchvision  # noqa: E402
from memory import peak_memory  # noqa: E402

from core import inside  # noqa: E402
from core.inside.capture import capture  # noqa: E402
from core.inside.evidence.heatmap import maps_of  # noqa: E402
from core.models import ImageModel  # noqa: E402
from core.models.model_info import ModelClass, ModelInfo  # noqa: E402
from core.models.preprocess import own_preprocess  # noqa: E402

FORWARD = "one forward pass"
Ways = dict[str, Callable[[], object]]


def load(name: str, size: int, device: str) -> ImageModel:
    """An architecture of torchvision with random weights."""
    options = {"image_size": size} if name.startswith("vit") else {}
    module = torchvision.models.get_model(name, weights=None, **options)
    for part in module.modules():  # a ViT's head begins at zero
        if isinstance(part, torch.nn.Linear) and not part.weight.any():
            torch.nn.init.normal_(part.weight, std=0.02)
    module = module.eval().requires_grad_(False).to(device)
    values = {"input_size": size, "resize": "bilinear", "mean": (0.5,) * 3, "std": (0.5,) * 3}
    classes = tuple(ModelClass(i, None, f"class {i}") for i in range(1000))
    info = ModelInfo(name, "torchvision", name, "random", 1000, None, None, size, "", None, None)
    where = torch.device(device)
    return ImageModel(name, info, module, own_preprocess(values), classes, where, False)


def ours(model: ImageModel, pixels: torch.Tensor) -> Ways:
    """Netlens, beside the forward pass."""
    layer = inside.network(model).for_attribution.name
    targets = [inside.Target(str(i), (i,)) for i in range(5)]
    every = list(inside.METHODS)

    def forward() -> None:
        with torch.inference_mode():
            model.module(pixels).cpu()

    def maps() -> None:
        with model.lock:
            known = inside.network(model).get(layer)
            output = capture(model, pixels, [layer]).outputs[layer]
            known.layout.maps(output).cpu().numpy()

    return {
        FORWARD: forward,
        "Netlens: Grad-CAM, one class": lambda: maps_of(model, pixels, targets[:1], [layer]),
        "Netlens: Grad-CAM, five classes": lambda: maps_of(model, pixels, targets, [layer]),
        "Netlens: seven methods, one class": lambda: maps_of(
            model, pixels, targets[:1], [layer], every
        ),
        "Netlens: all feature maps of it": maps,
    }


def grad_cam(model: ImageModel, pixels: torch.Tensor) -> Ways:
    """The grad-cam library; it needs parameters that want gradients, so it gets its own copy."""
    import copy

    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    known = inside.network(model).for_attribution
    module = copy.deepcopy(model.module).requires_grad_(True)
    layout = known.layout

    def once(count: int) -> None:
        reshape = None if known.layout.rows_axis == 2 else layout.maps
        layers = [module.get_submodule(known.name)]
        with GradCAM(module, layers, reshape_transform=reshape) as cam:
            for index in range(count):
                cam(pixels, [ClassifierOutputTarget(index)])

    return {
        "grad-cam: Grad-CAM, one class": lambda: once(1),
        "grad-cam: Grad-CAM, five classes": lambda: once(5),
    }


def torch_cam(model: ImageModel, pixels: torch.Tensor) -> Ways:
    """torch-cam, on a copy whose parameters want gradients; convolutional layers only."""
    import copy

    from torchcam.methods import GradCAM

    known = inside.network(model).for_attribution
    if known.layout.rows_axis != 2:
        return {}
    module = copy.deepcopy(model.module).requires_grad_(True)

    def once(count: int) -> None:
        with GradCAM(module, known.name) as cam:
            scores = module(pixels)
            for index in range(count):
                cam(index, scores, retain_graph=index < count - 1)

    return {
        "torch-cam: Grad-CAM, one class": lambda: once(1),
        "torch-cam: Grad-CAM, five classes": lambda: once(5),
    }


def captum(model: ImageModel, pixels: torch.Tensor) -> Ways:
    """Captum's LayerGradCam; it takes channels first only."""
    from captum.attr import LayerGradCam

    known = inside.network(model).for_attribution
    if known.layout.rows_axis != 2:
        return {}
    method = LayerGradCam(model.module, model.module.get_submodule(known.name))

    def once(count: int) -> None:
        for index in range(count):
            method.attribute(pixels, target=index)

    return {
        "captum: Grad-CAM, one class": lambda: once(1),
        "captum: Grad-CAM, five classes": lambda: once(5),
    }


def all_ways(model: ImageModel, pixels: torch.Tensor) -> Ways:
    """Every way whose library is installed."""
    ways = ours(model, pixels)
    for rival in (grad_cam, torch_cam, captum):
        try:
            ways |= rival(model, pixels)
        except ModuleNotFoundError as error:
            print(f"{rival.__name__}: {error.name} is not installed, so it is left out.")
    return ways


def take_turns(ways: Ways, rounds: int, device: str) -> dict[str, tuple[float, float]]:
    """Median milliseconds and median ratio to the forward pass of the same round."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for round_ in range(rounds + 2):
        random.Random(round_).shuffle(order)
        for name in order:
            started = time.perf_counter()
            ways[name]()
            if device != "cpu":
                torch.accelerator.synchronize()
            if round_ >= 2:  # the first rounds warm up
                took[name].append((time.perf_counter() - started) * 1000)
    return {
        name: (
            statistics.median(times),
            statistics.median(a / b for a, b in zip(times, took[FORWARD], strict=True)),
        )
        for name, times in took.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=["resnet50", "resnet18", "vit_b_16"])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {args.device}, {torch.get_num_threads()} threads")
    for name in args.models:
        model = load(name, args.size, args.device)
        pixels = torch.randn(1, 3, args.size, args.size).to(args.device)
        ways = all_ways(model, pixels)
        layer = inside.network(model).for_attribution
        print(f"\n{name} at {args.size} x {args.size}, layer {layer.name} {layer.grid}")
        print(f"{'':<36} {'ms':>8} {'forward passes':>15} {'peak MiB':>9}")
        for way, (took, ratio) in take_turns(ways, args.rounds, args.device).items():
            memory = peak_memory(ways[way], args.device)
            print(f"{way:<36} {took:8.1f} {ratio:15.2f} {memory:9.0f}", flush=True)


if __name__ == "__main__":
    main()
