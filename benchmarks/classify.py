"""How fast Netlens is, beside the shortest loop that one writes by hand.

    python benchmarks/classify.py [--model torchvision/mobilenet_v2] [--pictures DIR] [--rounds 5]

The first table alternates, in one process, with the same model, pictures and threads, between
`core`'s way of a picture and a plain torchvision loop (open, convert, transform, forward, softmax).
The second times what a page waits for: the catalogue, a search, and a warm rerun of each page.
Figures are medians; ratios are medians of the ratios round by round.
"""

import argparse
import statistics
import subprocess
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
from PIL import Image  # noqa: E402

from core import images, models  # noqa: E402
from core.errors import WeightsUnavailableError  # noqa: E402
from core.predict import Source, classify_many, read_and_classify  # noqa: E402

QUERIES = (
    "tabby",
    "golden retreiver",
    "labradr",
    "striped cat",
    "mice",
    "n02123394",
    "aplle",
    "dogs",
)


def load(name: str) -> models.ImageModel:
    """The model, or a sentence and the end where its weights are not here."""
    try:
        return models.load(name, device="cpu")
    except WeightsUnavailableError:
        sys.exit(f"The weights of {name} are not here; take another --model or set TORCH_HOME.")


def hand_written(module: torch.nn.Module, transform: Callable, files: list[Path]) -> None:
    with torch.inference_mode():
        for file in files:
            with Image.open(file) as image:
                pixels = transform(image.convert("RGB"))
            module(pixels[None]).softmax(1)


def one_by_one(model: models.ImageModel, files: list[Path]) -> None:
    for file in files:
        read_and_classify(model, file.read_bytes(), file.name)


def whole_folder(model: models.ImageModel, files: list[Path]) -> None:
    for _ in classify_many(model, (Source(f.name, f.read_bytes) for f in files)):
        pass


def compare(
    title: str, ours: Callable[[], None], theirs: Callable[[], None], rounds: int, count: int
) -> None:
    """Alternate the two and print a row: ms a picture of each, and the ratio."""
    pairs = []
    for round_ in range(rounds + 1):
        # who goes first changes, so that a drifting machine favours neither
        order = [ours, theirs] if round_ % 2 else [theirs, ours]
        took = {}
        for task in order:
            started = time.perf_counter()
            task()
            took[task] = (time.perf_counter() - started) * 1000 / count
        if round_:  # the first round warms up
            pairs.append((took[ours], took[theirs]))
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(x / y for x, y in pairs)
    low, high = min(x / y for x, y in pairs), max(x / y for x, y in pairs)
    print(f"{title:<34} {a:9.2f} {b:12.2f} {ratio:8.3f}   ({low:.3f} to {high:.3f})")


def sample_files(folder: Path | None) -> list[Path]:
    if folder is None:
        return [sample.path for sample in images.samples()]
    return sorted(f for f in folder.rglob("*") if f.suffix.lower() in images.SUFFIXES)


def milliseconds(task: Callable[[], object], repeat: int) -> float:
    """The median time of `task`."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        task()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def import_time() -> float:
    """Milliseconds to import and load the catalogue in a fresh interpreter."""
    code = (
        "import time; started = time.perf_counter(); from core import catalog; catalog.load(); "
        "print(time.perf_counter() - started)"
    )
    return statistics.median(
        float(
            subprocess.run(
                [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout
        )
        * 1000
        for _ in range(5)
    )


def page_reruns() -> dict[str, float]:
    """Server time of a warm rerun of each page, in milliseconds, without a browser."""
    from streamlit.testing.v1 import AppTest

    result = {}
    for script, params in (
        ("streamlit_app.py", {"sample": "chelsea"}),
        ("pages/1_Classes.py", {"wnid": "n02084071"}),
        ("pages/2_Classify.py", {"sample": "chelsea"}),
        ("pages/3_Feature_maps.py", {"sample": "chelsea"}),
        ("pages/4_Grad-CAM.py", {"sample": "chelsea"}),
    ):
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        app.switch_page(script)
        for key, value in params.items():
            app.query_params[key] = value
        app.run()
        app.run()
        result[script] = milliseconds(app.run, 7)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="torchvision/mobilenet_v2")
    parser.add_argument("--pictures", type=Path, help="a folder; default: the sample photographs")
    parser.add_argument("--folder-size", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()

    model = load(args.model)
    weights = torchvision.models.get_model_weights(model.info.architecture).DEFAULT
    transform = weights.transforms()
    files = sample_files(args.pictures)
    many = (files * (args.folder_size // len(files) + 1))[: args.folder_size]
    one = many[:40]
    print(
        f"{args.model}, {torch.get_num_threads()} threads, "
        f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    )
    print(f"{'':<34} {'Netlens':>9} {'hand-written':>12} {'ratio':>8}   milliseconds a picture")
    compare(
        f"one at a time ({len(one)} pictures)",
        lambda: one_by_one(model, one),
        lambda: hand_written(model.module, transform, one),
        args.rounds,
        len(one),
    )
    compare(
        f"a folder of {len(many)}",
        lambda: whole_folder(model, many),
        lambda: hand_written(model.module, transform, many),
        args.rounds,
        len(many),
    )

    from core import catalog

    known = catalog.load()
    known.search("warm up", scope="21k")
    print(f"\n{'catalogue: import and load':<34} {import_time():9.1f} ms")
    slowest = max(QUERIES, key=lambda q: milliseconds(lambda: known.search(q, scope="21k"), 5))
    worst = milliseconds(lambda: known.search(slowest, scope="21k"), 9)
    print(f"{'search in 21k, slowest of ' + str(len(QUERIES)):<34} {worst:9.1f} ms ({slowest!r})")
    print(f"{'1000 x 1000 heights':<34} {milliseconds(known.lca_heights, 1):9.1f} ms")
    for script, took in page_reruns().items():
        print(f"{'warm rerun of ' + script:<34} {took:9.1f} ms")


if __name__ == "__main__":
    main()
