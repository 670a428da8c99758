"""How fast a data set is evaluated, beside timm's loader and beside what the parts cost alone.

    python benchmarks/evaluate.py [--model torchvision/mobilenet_v2] [--data DIR] [--rounds 3]
                                  [--pictures 60]

The same pictures, network and threads in one process; the ways take turns, each round in another
order. Netlens does all that a run does: it reads, measures and hashes each picture, and brings
answers and embeddings to the disk. timm is the loop of its validation script on its own
`create_dataset` and `create_loader`, with no and with two loading processes, asking the same
network. "Parts apart" is the limit: decoding and preprocessing on all threads, and then the forward
passes on all threads, nothing else. Both are asked in batches as Netlens has them, and in larger
ones. A figure is the median over the rounds of the ratio to Netlens in the same round; above 1
Netlens is the faster. DIR holds class folders named by wnids; without
it, so many drawn pictures for each of three wnids are written as JPEGs of 500 x 375 pixels.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the worker of a run has it

from core.compat import mend_torchvision  # noqa: E402

mend_torchvision()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from core import data, models  # noqa: E402
from core.evaluation.running import engine  # noqa: E402
from core.evaluation.running.job import evaluate  # noqa: E402
from core.evaluation.running.task import Task  # noqa: E402
from core.images import read_image  # noqa: E402

WNIDS = ("n02123045", "n02099601", "n01443537")
Way = Callable[[Path, str], float]


def netlens(folder: Path, model: str) -> float:
    """As the worker of a run does it; seconds without what comes before the first picture."""
    with tempfile.TemporaryDirectory() as place:
        context = _Nowhere(Path(place))
        evaluate(Task(str(folder), model).as_json(), context)
        return context.ended - context.begun


class _Nowhere:
    """A run that nobody watches, but for the time at which it asks the model."""

    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun = self.ended = 0.0

    def report(self, _: object) -> None:
        pass

    def tell(self, what: str, done: int, of: int) -> None:
        self.ended = time.perf_counter() if what == "asking the model" else self.ended

    def should_stop(self) -> bool:
        self.begun = self.begun or time.perf_counter()
        return False


def timm_loop(workers: int, size: int) -> Way:
    """With so many loading processes, in batches of ``size`` pictures."""

    def loop(folder: Path, model: str) -> float:
        from timm.data import create_dataset, create_loader
        from timm.utils import accuracy

        loaded = models.load(model, device="cpu")
        preprocess = loaded.preprocess
        loader = create_loader(
            create_dataset("", folder),
            input_size=(3, preprocess.input_size, preprocess.input_size),
            batch_size=size,
            use_prefetcher=False,
            interpolation=preprocess.interpolation,
            mean=preprocess.mean,
            std=preprocess.std,
            num_workers=workers,
            crop_pct=preprocess.input_size / preprocess.resize,
            pin_memory=False,
            persistent_workers=False,
        )
        criterion = torch.nn.CrossEntropyLoss()
        started = time.perf_counter()
        with torch.inference_mode():
            for inputs, labels in loader:
                inputs = inputs.contiguous(memory_format=torch.channels_last)  # noqa: PLW2901
                output = loaded.module(inputs)
                criterion(output, labels).item()
                accuracy(output, labels, topk=(1, 5))
        return time.perf_counter() - started

    return loop


def apart(size: int) -> Way:
    """Decoding and preprocessing alone, then the forward passes alone, each on all threads."""

    def parts(folder: Path, model: str) -> float:
        loaded = models.load(model, device="cpu")
        dataset = data.open(folder)

        def prepare(at: int) -> torch.Tensor:
            return loaded.preprocess(read_image(dataset.read(at), "picture").image)

        started = time.perf_counter()
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            tensors = list(pool.map(prepare, range(len(dataset))))
        decoding = time.perf_counter() - started
        batches = [torch.stack(tensors[at : at + size]) for at in range(0, len(tensors), size)]
        batches = [batch.contiguous(memory_format=torch.channels_last) for batch in batches]
        started = time.perf_counter()
        with torch.inference_mode():
            for batch in batches:
                loaded.module(batch)
        return decoding + time.perf_counter() - started

    return parts


def ways(model: str) -> dict[str, Way]:
    """In batches as Netlens has them, and in larger ones."""
    own = engine.batch_size(torch.device("cpu"), models.preprocess_of(model))
    found: dict[str, Way] = {"Netlens": netlens}
    for size in (own, 32):
        found |= {
            f"timm, no workers, batches of {size}": timm_loop(0, size),
            f"timm, two workers, batches of {size}": timm_loop(2, size),
            f"parts apart, batches of {size}": apart(size),
        }
    return found


def draw(folder: Path, count: int) -> None:
    """Write smooth noise, which compresses about as photographs do."""
    dice = np.random.default_rng(0)
    for wnid in WNIDS:
        (folder / wnid).mkdir()
        for i in range(count):
            coarse = Image.fromarray(dice.integers(0, 256, (47, 63, 3), np.uint8))
            picture = coarse.resize((500, 375), Image.Resampling.BICUBIC)
            picture.save(folder / wnid / f"{i}.jpg", quality=92)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=models.DEFAULT_MODEL)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=60, help="drawn of each class")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = args.data or Path(place)
        if args.data is None:
            draw(folder, args.pictures)
        pictures = len(data.open(folder))
        print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {args.model}")
        print(f"{pictures} pictures, {args.rounds} rounds")
        rivals = ways(args.model)
        seconds: dict[str, list[float]] = {name: [] for name in rivals}
        order = list(rivals)
        for round_ in range(args.rounds + 1):
            random.Random(round_).shuffle(order)
            for name in order:
                took = rivals[name](folder, args.model)
                if round_:  # the first warms up
                    seconds[name].append(took)
    print(f"{'':<34} {'pictures/s':>10} {'x Netlens':>10}")
    for name, took in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(took, seconds["Netlens"], strict=True))
        print(f"{name:<34} {pictures / statistics.median(took):10.1f} {ratio:10.2f}")


if __name__ == "__main__":
    main()
