"""How fast tuning is, beside a plain loop, a loop on timm's loader, and fastai.

    python benchmarks/finetune.py [--model torchvision/mobilenet_v2] [--data DIR] [--epochs 10]
                                  [--full-epochs 2] [--rounds 2] [--batch 32] [--pictures 40]

The same pictures, split, network, start weights, number of epochs, batches and threads in one
process; the ways take turns, each round in another order. Head: only the last layer learns, and
no picture is changed. Full: every layer learns, from random crops and mirrored pictures. A figure
is the median over the rounds of the ratio to Netlens in the same round, of seconds on the clock and
of the processor's, which neighbours on a shared machine change less. It includes reading the
pictures; Netlens begins each time with an empty cache. DIR holds class folders; without it, so many
drawn shapes of each of 8 classes are written as JPEGs first. A quarter is for validation. The
libraries are those of ``requirements-bench.txt``. Peak memory is what a way adds while it runs.
"""

import argparse
import importlib.util
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.compat import mend_torchvision  # noqa: E402

mend_torchvision()

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from memory import peak_memory  # noqa: E402
from PIL import Image  # noqa: E402
from torch import nn  # noqa: E402
from torchvision.transforms import v2  # noqa: E402

from core import data, models  # noqa: E402
from core.data.splits import digests, split  # noqa: E402
from core.images import read_image  # noqa: E402
from core.training import Augment, job, suggest  # noqa: E402

RATES = {"head": 1e-2, "all": 1e-3}
VALIDATION = 0.25
WORKERS = 0  # more of them are slower on two cores


@dataclass(frozen=True)
class Task:
    """What all ways have in common."""

    folder: Path
    """With train and val below."""
    model: str
    tune: str
    epochs: int
    batch: int

    def network(self) -> models.Tunable:
        names = sorted(path.name for path in (self.folder / "train").iterdir())
        return models.tunable(self.model, [(None, name) for name in names])

    def transforms(self) -> tuple[Callable, Callable]:
        """For training and for validation, as torchvision's references have them."""
        plain = self.network().preprocess
        if self.tune == "head":
            return plain, plain
        changed = v2.Compose(
            [
                v2.RandomResizedCrop(plain.input_size, (0.35, 1)),
                v2.RandomHorizontalFlip(),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(plain.mean, plain.std),
            ]
        )
        return changed, plain

    def sets(self) -> tuple[Any, Any]:
        parts = zip(("train", "val"), self.transforms(), strict=True)
        return tuple(
            torchvision.datasets.ImageFolder(self.folder / part, transform)
            for part, transform in parts
        )

    def learning(self, tunable: models.Tunable) -> list[nn.Parameter]:
        """The parameters that learn; the others are frozen here."""
        module = tunable.module
        if self.tune == "head":
            module.requires_grad_(False)
            module.get_submodule(tunable.head).requires_grad_(True)
        return [p for p in module.parameters() if p.requires_grad]


def netlens(task: Task) -> float:
    """Ours, as the worker of a run does it, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["NETLENS_HOME"] = home
        recipe = suggest(str(task.folder / "all"), task.model, task.tune).changed(
            epochs=task.epochs,
            batch=task.batch,
            learning_rate=RATES[task.tune],
            augment=None if task.tune == "head" else Augment(),
            test=0.0,
            validation=VALIDATION,
        )
        record = job.fine_tune(recipe.as_json(), _Nowhere(Path(home)))
        return record["validation"]["accuracy"]


class _Nowhere:
    """A run that nobody watches."""

    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def report(self, event: Mapping[str, Any]) -> None:
        pass

    def tell(self, what: str, done: int, of: int) -> None:
        pass

    def should_stop(self) -> bool:
        return False

    def save_checkpoint(self, content: bytes, step: int) -> None:
        (self.folder / f"checkpoint-{step % 2}").write_bytes(content)

    def load_checkpoint(self) -> None:
        return None


def plain_loop(task: Task) -> float:
    """Like torchvision's references/classification."""
    train, val = task.sets()
    loaders = [
        torch.utils.data.DataLoader(part, task.batch, shuffle=part is train, num_workers=WORKERS)
        for part in (train, val)
    ]
    return _loop(task, *loaders)


def timm_loop(task: Task) -> float:
    """A loop of the same kind on timm's loader."""
    from timm.data import create_dataset, create_loader

    plain = task.network().preprocess
    common = {
        "input_size": (3, plain.input_size, plain.input_size),
        "batch_size": task.batch,
        "use_prefetcher": False,
        "interpolation": plain.interpolation,
        "mean": plain.mean,
        "std": plain.std,
        "num_workers": WORKERS,
        "persistent_workers": False,
        "pin_memory": False,
    }
    crop = plain.input_size / plain.resize
    changes = task.tune == "all"
    loaders = []
    for part, training in (("train", True), ("val", False)):
        dataset = create_dataset("", task.folder / part)
        options = {"crop_pct": crop}
        if training and changes:
            options = {"scale": (0.35, 1), "color_jitter": None}
        elif training:
            options = {"no_aug": True}
        loaders.append(create_loader(dataset, is_training=training, **options, **common))
    return _loop(task, *loaders)


def _loop(task: Task, train: Any, val: Any) -> float:  # noqa: ANN401
    torch.manual_seed(0)
    tunable = task.network()
    module = tunable.module
    parameters = task.learning(tunable)
    optimizer = torch.optim.AdamW(parameters, RATES[task.tune], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATES[task.tune], total_steps=task.epochs * len(train)
    )
    criterion = nn.CrossEntropyLoss()
    for _ in range(task.epochs):
        module.train(task.tune == "all")
        for inputs, labels in train:
            loss = criterion(module(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        module.eval()
        right = 0
        with torch.inference_mode():
            for inputs, labels in val:
                right += int((module(inputs).argmax(1) == labels).sum())
    return right / len(val.dataset)


def fastai(task: Task) -> float:
    """``freeze(); fit_one_cycle`` for the head, ``unfreeze(); fit_one_cycle`` for everything."""
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner
    from fastai.metrics import accuracy

    importlib.import_module("fastai.callback.all")  # which teaches Learner to be quiet

    train, val = task.sets()
    loaders = DataLoaders(
        DataLoader(train, bs=task.batch, shuffle=True, drop_last=False, num_workers=WORKERS),
        DataLoader(val, bs=task.batch, num_workers=WORKERS),
    )
    tunable = task.network()
    head = tunable.module.get_submodule(tunable.head)
    in_head = {id(parameter) for parameter in head.parameters()}

    def split(module: nn.Module) -> list[list[nn.Parameter]]:
        trunk = [p for p in module.parameters() if id(p) not in in_head]
        return [trunk, list(head.parameters())]

    learner = Learner(
        loaders, tunable.module, nn.CrossEntropyLoss(), splitter=split, metrics=accuracy
    )
    learner.freeze() if task.tune == "head" else learner.unfreeze()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(task.epochs, RATES[task.tune])
    return float(learner.validate()[1])


WAYS = {"Netlens": netlens, "plain loop": plain_loop, "timm's loader": timm_loop, "fastai": fastai}


def draw(folder: Path, count: int, side: int = 256) -> None:
    """Write drawn shapes as JPEGs, as large as photographs usually come to a network."""
    shapes = data.open("shapes")
    for label, known in enumerate(shapes.classes):
        (folder / known.label).mkdir(parents=True)
        for at in np.flatnonzero(shapes.labels == label)[:count].tolist():
            image = read_image(shapes.read(at), "shape").image
            large = image.resize((side, side), Image.Resampling.BICUBIC)
            large.save(folder / known.label / f"{at}.jpg")


def share_out(source: Path, folder: Path) -> None:
    """Copy a folder of class folders as a whole, and as Netlens splits it."""
    shutil.copytree(source, folder / "all")
    dataset = data.open(folder / "all")
    parts = split(dataset, digests(dataset), seed=0, validation=VALIDATION, test=0)
    for part, positions in (("train", parts.train), ("val", parts.validation)):
        for at in positions.tolist():
            target = folder / part / dataset.file(at)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / "all" / dataset.file(at), target)


def take_turns(task: Task, rounds: int) -> None:
    """Print a line for each way."""
    ways = {name: way for name, way in WAYS.items() if _is_installed(name)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, list[float]] = {name: [] for name in ways}
    memory: dict[str, list[float]] = {name: [] for name in ways}
    accuracy: dict[str, float] = {}
    order = list(ways)
    for round_ in range(rounds):
        random.Random(round_).shuffle(order)
        for name in order:

            def timed(name: str = name) -> None:
                started, worked = time.perf_counter(), time.process_time()
                accuracy[name] = ways[name](task)
                seconds[name].append(time.perf_counter() - started)
                busy[name].append(time.process_time() - worked)

            memory[name].append(peak_memory(timed, "cpu", times=1))
    what = "head" if task.tune == "head" else "full"
    print(f"\n{what}, {task.epochs} epochs")
    print(
        f"{'':<16} {'s':>8} {'s/epoch':>8} {'x Netlens':>10} {'of CPU':>7} "
        f"{'accuracy':>9} {'peak MiB':>9}"
    )
    for name, took in seconds.items():
        ratio, of_cpu = (
            statistics.median(a / b for a, b in zip(all_[name], all_["Netlens"], strict=True))
            for all_ in (seconds, busy)
        )
        whole = statistics.median(took)
        print(
            f"{name:<16} {whole:8.1f} {whole / task.epochs:8.1f} {ratio:10.2f} {of_cpu:7.2f} "
            f"{accuracy[name]:9.1%} {max(memory[name]):9.0f}",
            flush=True,
        )


def _is_installed(name: str) -> bool:
    if name == "fastai" and importlib.util.find_spec("fastai") is None:
        print("fastai is not installed, so it is left out: pip install -r requirements-bench.txt")
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=models.DEFAULT_MODEL)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--full-epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pictures", type=int, default=40, help="drawn of each class")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if args.data is None:
            draw(folder / "drawn", args.pictures)
        share_out(args.data or folder / "drawn", folder)
        counts = [len(list((folder / part).rglob("*.*"))) for part in ("train", "val")]
        print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {args.model}")
        print(f"{counts[0]} pictures for training, {counts[1]} for validation")
        for tune, epochs in (("head", args.epochs), ("all", args.full_epochs)):
            if epochs:
                take_turns(Task(folder, args.model, tune, epochs, args.batch), args.rounds)


if __name__ == "__main__":
    main()
