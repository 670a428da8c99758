"""Turn the run that trained the bundled model into the file that is shipped, and its card.

    python -m core train --recipe assets/recipes/small-resnet-tiny-imagenet.json --data DIR
    python tools/export_bundled.py ~/.netlens/runs/ID [--photographs DIR]

The first DIR holds Tiny ImageNet as Parquet: ``train-*.parquet`` and ``val.parquet`` with the
columns ``image`` (encoded bytes) and ``wnid``. Written are
``assets/models/small-resnet-tiny-imagenet.safetensors`` (half precision) and the model card beside
it. The figures in the card are measured on the written file through Netlens's own way of a picture:
on the run's test part, and on a folder of class folders named by wnid with photographs of any size.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core import data, models  # noqa: E402
from core.errors import NetlensError  # noqa: E402
from core.evaluation import TEST, Predictions  # noqa: E402
from core.models.classes import own_classes  # noqa: E402
from core.models.header import ARCHITECTURE  # noqa: E402
from core.predict import Classification, Source, classify_many  # noqa: E402
from core.runs import State, environment, events  # noqa: E402
from core.runs.run import look  # noqa: E402
from core.training.after.outcome import MODEL, PREDICTIONS  # noqa: E402
from core.training.after.review import check_same, review  # noqa: E402
from core.training.history import History  # noqa: E402
from core.training.recipe import from_json  # noqa: E402
from tools.bundled_card import Figures, Trained, card  # noqa: E402

RECIPE = ROOT / "assets" / "recipes" / "small-resnet-tiny-imagenet.json"
TARGET = ROOT / "assets" / "models" / "small-resnet-tiny-imagenet.safetensors"


def export(folder: Path, target: Path, photographs: Path | None = None) -> dict[str, Any]:
    """Write model and card for the run in ``folder``; returns the figures.

    Exits where it is no such run; raises NetlensError for what cannot be read.
    """
    run = look(folder)
    if run.state is not State.DONE or run.result is None:
        sys.exit(f"{folder} is no run that has come to its end: {run.state}.")
    module, tuned = models.read_model(folder / MODEL)
    metadata = _shipped(tuned)
    answers = Predictions.load(folder / PREDICTIONS).of(TEST)
    dataset = data.open(run.spec["data"])
    check_same(dataset, answers, review(folder, run.result).counts)
    if dataset.own_test is None:
        sys.exit(f"{dataset.name} has no test part of its own, which the card is about.")
    # the run's test part also has their copies among the training pictures
    rows = np.flatnonzero(dataset.own_test[answers.positions])
    positions = answers.positions[rows]

    target.parent.mkdir(parents=True, exist_ok=True)
    models.save_model(target, module, metadata)
    said = _ask(target, dataset, positions)
    test = _figures(dataset, positions, said)
    guessed = np.array([one.probabilities.argmax() for one in said])
    changed = int((guessed != answers.predicted[rows]).sum())
    models.save_model(target, module, {**metadata, "top1": test.top1, "top5": test.top5})
    elsewhere = None if photographs is None else _on_photographs(target, photographs)
    trained = _trained(folder, run.spec, run.result, metadata)
    target.with_suffix(".md").write_text(card(trained, test, changed, elsewhere, target))
    return {
        "test": asdict(test),
        "answers that changed": changed,
        "photographs": elsewhere and asdict(elsewhere),
    }


def _shipped(tuned: Mapping[str, Any]) -> dict[str, Any]:
    """What a bundled model's file says of itself, from what a run's does."""
    if tuned["model"] != models.DEFAULT_MODEL or tuned["dropout"]:
        sys.exit(f"The run's model is built like {tuned['model']}: it cannot be the bundled one.")
    if any(wnid is None for wnid, _ in tuned["classes"]):
        sys.exit("The run's classes have no wnids: give its data a column wnid.")
    preprocess = tuned["preprocess"]
    return {
        "architecture": ARCHITECTURE,
        **tuned["build"],
        "classes": tuned["classes"],
        "input_size": tuned["input_size"],
        "resize": preprocess["interpolation"],
        "mean": preprocess["mean"],
        "std": preprocess["std"],
    }


def _ask(file: Path, dataset: data.Dataset, positions: np.ndarray) -> list[Classification]:
    """What the model in a file says of pictures. Exits where one cannot be read."""
    import torch

    module, metadata = models.read_model(file)
    model = models.ImageModel(
        models.DEFAULT_MODEL,
        models.info(models.DEFAULT_MODEL),
        module.eval().requires_grad_(False),
        models.saved_preprocess(metadata),
        own_classes(metadata),
        torch.device("cpu"),
        half=False,
    )
    sources = (Source(dataset.file(i), lambda i=i: dataset.read(i)) for i in positions.tolist())
    said = []
    for answer in classify_many(model, sources):
        if not isinstance(answer, Classification):
            sys.exit(f"{answer.image}: {answer.error}")
        said.append(answer)
    return said


def _figures(dataset: data.Dataset, positions: np.ndarray, said: list[Classification]) -> Figures:
    wnids = [dataset.classes[dataset.labels[at]].wnid for at in positions]
    ranks = [one.rank_of(wnid)[0] for one, wnid in zip(said, wnids, strict=True)]
    return Figures(
        n=len(said),
        top1=statistics.mean(rank <= 1 for rank in ranks),
        top5=statistics.mean(rank <= 5 for rank in ranks),
        forward_ms=statistics.median(one.timing.forward for one in said),
    )


def _on_photographs(file: Path, folder: Path) -> Figures:
    """On those pictures of a folder that are of the model's classes."""
    dataset = data.open(folder)
    _, metadata = models.read_model(file)
    known = {wnid for wnid, _ in metadata["classes"]}
    positions = dataset.of_classes(known)
    return _figures(dataset, positions, _ask(file, dataset, positions))


def _trained(
    folder: Path, spec: Mapping[str, Any], result: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Trained:
    told = events.read(folder).events
    history = History()
    history.take(told, 0)
    return Trained(
        metadata=metadata,
        recipe=from_json(spec),
        published=from_json(json.loads(RECIPE.read_text()) | {"data": spec["data"]}),
        result=result,
        epochs=tuple(history.epochs),
        environment=environment.read(folder) or {},
        hours=(told[-1]["time"] - told[0]["time"]) / 3600,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--photographs", type=Path)
    args = parser.parse_args()
    try:
        print(json.dumps(export(args.run, TARGET, args.photographs), indent=2))
    except NetlensError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
