"""How good, how large and how fast the bundled model is, beside two small architectures.

    python benchmarks/bundled.py [--data DIR] [--rounds 40] [--device cuda]

Accuracy is that of the shipped answers to 10,000 validation pictures; with ``--data``, Tiny
ImageNet, it is measured anew. The rivals are torchvision's architectures with random weights and as
many outputs, at the same input size: random weights change no time. All take turns in one process,
a picture at a time, each round in another order, on one thread, on two, and on a GPU where there is
one; a figure is the median of the forward passes, a ratio the median of the rounds' ratios.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.compat import mend_torchvision  # noqa: E402

mend_torchvision()

import torch  # noqa: E402
import torchvision  # noqa: E402
from torch import nn  # noqa: E402

from core import data, models  # noqa: E402
from core.evaluation.shipped import shipped  # noqa: E402
from core.predict import Source, classify_many  # noqa: E402

RIVALS = ("resnet18", "mobilenet_v3_small")
OURS = "bundled"
_AT_ONCE = 3  # passes of one network in a round


def accuracy(folder: Path | None) -> tuple[int, float, float, float | None]:
    """Pictures, top-1, top-5, and the calibration error where it is known."""
    if folder is None:
        told = shipped().headline
        return told.n, told.top1, told.top5, told.ece
    dataset = data.open(folder)
    tested = range(len(dataset)) if dataset.own_test is None else dataset.own_test.nonzero()[0]
    sources = (Source(dataset.file(at), lambda at=at: dataset.read(at)) for at in tested)
    answers = classify_many(models.load(device="cpu"), sources)
    ranks = [
        answer.rank_of(dataset.classes[dataset.labels[at]].wnid)[0]
        for at, answer in zip(tested, answers, strict=True)
    ]
    return (
        len(ranks),
        statistics.mean(rank == 1 for rank in ranks),
        statistics.mean(rank <= 5 for rank in ranks),
        None,
    )


def networks(model: models.ImageModel) -> dict[str, nn.Module]:
    """Ours and the rivals, in evaluation mode and the same layout in memory."""
    made: dict[str, nn.Module] = {OURS: model.module}
    for name in RIVALS:
        rival = torchvision.models.get_model(name, weights=None, num_classes=len(model.classes))
        made[name] = rival.eval().to(memory_format=torch.channels_last)
    return made


def latency(
    made: Mapping[str, nn.Module], size: int, device: torch.device, rounds: int
) -> dict[str, list[float]]:
    """Milliseconds of a forward pass, round by round: the median of a few in turn."""
    pixels = torch.randn(1, 3, size, size, device=device)
    placed = {name: network.to(device) for name, network in made.items()}
    took: dict[str, list[float]] = {name: [] for name in placed}
    dice = random.Random(0)
    with torch.inference_mode():
        for round_ in range(rounds + 1):
            for name in dice.sample(sorted(placed), len(placed)):
                times = [_once(placed[name], pixels) for _ in range(_AT_ONCE)]
                if round_:  # the first round warms up
                    took[name].append(statistics.median(times))
    return took


def _once(network: nn.Module, pixels: torch.Tensor) -> float:
    started = time.perf_counter()
    network(pixels)
    if pixels.is_cuda:
        torch.cuda.synchronize()
    return (time.perf_counter() - started) * 1000


def table(title: str, took: Mapping[str, list[float]]) -> None:
    """A row for each network: its time, and the ratio of ours to it."""
    print(f"\n{title:<24} {'ms':>8} {'bundled / it':>14}")
    for name, times in took.items():
        ratios = [ours / theirs for ours, theirs in zip(took[OURS], times, strict=True)]
        low, high = min(ratios), max(ratios)
        print(
            f"{name:<24} {statistics.median(times):8.2f} {statistics.median(ratios):14.2f}"
            f"   ({low:.2f} to {high:.2f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="measure the accuracy anew, on Tiny ImageNet")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--device", default="cuda", help="the GPU, where there is one")
    args = parser.parse_args()

    model = models.load(device="cpu")
    size = model.preprocess.input_size
    file = models.obtain(model.info)
    made = networks(model)
    n, top1, top5, ece = accuracy(args.data)
    calibration = "" if ece is None else f", calibration error {ece:.3f}"
    print(f"{n:,} pictures: top-1 {top1:.2%}, top-5 {top5:.2%}{calibration}")
    print(f"{file.stat().st_size / 1e6:.1f} MB; pictures of {size} x {size} pixels")
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}\n")
    for name, network in made.items():
        count = sum(parameter.numel() for parameter in network.parameters())
        print(f"{name:<24} {count / 1e6:8.2f} million parameters")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        took = latency(made, size, torch.device("cpu"), args.rounds)
        table(f"CPU, {threads} thread{'s' * (threads > 1)}", took)
    where = torch.device(args.device)
    if where.type == "cuda" and torch.cuda.is_available():
        made[OURS] = models.load(device=args.device).module
        table(torch.cuda.get_device_name(where), latency(made, size, where, args.rounds))


if __name__ == "__main__":
    main()
