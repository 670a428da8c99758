"""Fine-tuning: ``train``, from a recipe's file, from flags, or from both."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.parsing import Commands, command
from core.errors import TrainingError

if TYPE_CHECKING:
    from core.training.recipe import Recipe

_DEFAULT_TUNE = "last"


def rate(text: str) -> float | None:
    return None if text == "find" else float(text)


_FLAGS: dict[str, tuple[Any, str]] = {
    "data": (str, "a registered or built-in data set, a folder of class folders, or a file"),
    "model": (str, "default: the bundled model"),
    "tune": (str, f"probe, head, last, all, scratch or probe-all; default: {_DEFAULT_TUNE}"),
    "epochs": (int, "how often each picture is shown"),
    "batch": (int, "pictures a step, over all processes together"),
    "optimizer": (str, "adamw or sgd"),
    "learning_rate": (rate, "the highest that the schedule reaches, or find"),
    "trunk_rate": (float, "the share of it for pretrained layers other than the last"),
    "momentum": (float, "of sgd"),
    "weight_decay": (float, "on weights, not on biases and norms"),
    "schedule": (str, "one-cycle, cosine, linear or constant"),
    "warm_up": (float, "the share of the steps in which the rate rises"),
    "label_smoothing": (float, "0 is off"),
    "dropout": (float, "before the last layer; 0 is off"),
    "mixup": (float, "alpha; 0 is off"),
    "cutmix": (float, "alpha; 0 is off"),
    "patience": (int, "stop after so many epochs without a better validation; 0 never does"),
    "precision": (str, "auto, 32, bf16 or 16"),
    "input_size": (int, "side of the square that the model sees, in pixels"),
    "seed": (int, "of everything that is random"),
    "validation": (float, "the share of the pictures to choose by"),
    "test": (float, "the share of the pictures to judge by at the end"),
}
_SWITCHES = {
    "class_weights": "let pictures of rare classes weigh more",
    "freeze_norm": "let batch norms keep their means and variances",
    "tensorboard": "write TensorBoard's files beside the events",
}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    train = command(
        commands,
        "train",
        _train,
        "fine-tune a model; prints the run's id; exit code 0 done, 1 failed, 2 cancelled (Ctrl-C)",
    )
    train.argument_default = argparse.SUPPRESS  # so that only what is given overrules the file
    train.add_argument("--recipe", metavar="FILE.json", help="a recipe, overruled by the flags")
    for key, (kind, text) in _FLAGS.items():
        train.add_argument(_flag(key), dest=key, type=kind, help=text)
    train.add_argument(
        "--classes", nargs="+", metavar="CLASS", help="wnids or labels; default: all"
    )
    train.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="change pictures at random: crops and mirror images; the recipe's file can say more",
    )
    for key, text in _SWITCHES.items():
        train.add_argument(_flag(key), dest=key, action=argparse.BooleanOptionalAction, help=text)
    train.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    train.add_argument("--name", default="", help="a name for the run")


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")


def _train(args: argparse.Namespace) -> int:
    from core import models, runs
    from core.cli import working

    def settings() -> tuple[dict[str, Any], list[str]]:
        recipe = _recipe(args)
        models.info(recipe.model)  # a wrong name is said at once
        recipe = recipe.changed(data=working.place(recipe.data))
        return recipe.as_json(), working.devices(args.device)

    def start() -> runs.Run:
        spec, devices = settings()
        return runs.start("train", spec, devices=devices, name=args.name)

    def create() -> runs.Claim:
        spec, devices = settings()
        return runs.create("train", spec, devices=devices, name=args.name)

    return working.work(start, create)


def _recipe(args: argparse.Namespace) -> "Recipe":
    from core import models
    from core.training.recipe import from_json

    settings = {"model": models.DEFAULT_MODEL, "tune": _DEFAULT_TUNE}
    if "recipe" in args:
        settings |= _read(Path(args.recipe))
    settings |= {key: vars(args)[key] for key in (*_FLAGS, *_SWITCHES, "classes") if key in args}
    if "augment" in args:
        settings["augment"] = (settings.get("augment") or {}) if args.augment else None
    if "data" not in settings:
        raise TrainingError("Say what to learn from: --data NAME, or a recipe that has data.")
    return from_json(settings)


def _read(file: Path) -> dict[str, Any]:
    try:
        written = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TrainingError(f"The recipe {file} cannot be read: {reason}.") from error
    try:
        settings = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise TrainingError(f"The recipe {file} is no JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise TrainingError(f"The recipe {file} is no JSON object with keys such as data.")
    return settings
