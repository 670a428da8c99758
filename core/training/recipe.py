"""A training run written down: everything that decides on its outcome, as JSON that can be kept."""

import difflib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from core.errors import TrainingError

FORMAT = 1
_FASTEST = 1e12  # learning rates beyond anything that float32 can follow
Tune = Literal["probe", "head", "last", "all", "scratch", "probe-all"]
TUNES: dict[Tune, str] = {
    "probe": "logistic regression on the features of the network, which stays as it is",
    "head": "only the last layer learns, step by step",
    "last": "the last stage and the last layer learn",
    "all": "every layer learns, the last one faster",
    "scratch": "every layer learns, from random weights",
    "probe-all": "a probe first, then every layer from there",
}
"""What of a network learns."""


@dataclass(frozen=True, slots=True)
class Augment:
    """How training pictures are changed at random each time that they are shown."""

    crop: float = 0.35
    """The smallest share of the area that a random crop keeps; 1 keeps the usual crop."""
    flip: bool = True
    """Half of the pictures are mirrored."""
    rotate: float = 0.0
    """Up to that many degrees to either side."""
    colour: float = 0.0
    """0 to 1: how far brightness, contrast, saturation and hue may go."""
    erase: float = 0.0
    """The chance that a rectangle is wiped out (Zhong et al. 2017)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a run; `suggest` has good ones. TrainingError says which one is wrong."""

    data: str
    """The name of a data set, or the path of a folder or file."""
    model: str
    tune: Tune
    classes: tuple[str, ...] | None = None
    """Wnids or labels of the classes to learn; None for all."""
    epochs: int = 5
    batch: int = 32
    """Pictures a step, over all processes together."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float | None = 1e-3
    """The highest that the schedule reaches; None has the run look for it first."""
    trunk_rate: float = 0.1
    """The share of it at which pretrained layers learn, other than the last."""
    momentum: float = 0.9
    """Of SGD; with Nesterov's correction."""
    weight_decay: float = 0.01
    """On weights, not on biases and norms."""
    schedule: Literal["one-cycle", "cosine", "linear", "constant"] = "one-cycle"
    warm_up: float = 0.25
    """The share of the steps in which the rate rises."""
    label_smoothing: float = 0.0
    dropout: float = 0.0
    """Before the last layer."""
    mixup: float = 0.0
    """Alpha of the Beta distribution (Zhang et al. 2017); 0 is off."""
    cutmix: float = 0.0
    """Alpha of the Beta distribution (Yun et al. 2019); 0 is off."""
    augment: Augment | None = None
    """None shows every picture as the model will see it later."""
    class_weights: bool = False
    """Pictures of rare classes weigh more, as if there were equally many of each."""
    freeze_norm: bool = True
    """Batch norms keep the means and variances that they came with."""
    patience: int = 0
    """Stop after that many epochs without a better validation; 0 never does."""
    probe_c: float = 1.0
    """Of the probe: the inverse of the strength of its penalty, as in scikit-learn."""
    precision: Literal["auto", "32", "bf16", "16"] = "auto"
    """auto computes in half precision where the device is made for it."""
    input_size: int | None = None
    """Side of the square that the model sees, in pixels; None for its own."""
    sizes: tuple[tuple[float, int], ...] = ()
    """Smaller pictures first: until that share of the steps, that side (Howard 2018)."""
    seed: int = 0
    validation: float = 0.2
    test: float = 0.2
    tensorboard: bool = False
    """Write TensorBoard's files beside the events."""

    def __post_init__(self) -> None:
        for key, (is_right, wanted) in _RULES.items():
            value = getattr(self, key)
            if not is_right(value):
                raise TrainingError(f"{key} of a recipe must be {wanted}, not {value!r}.")
        if self.validation + self.test >= 1:
            raise TrainingError("validation and test must leave a share for training.")
        if self.tune == "probe" and self.augment is not None:
            raise TrainingError("A probe sees each picture once, as it is: leave out augment.")
        if self.sizes and self.augment is None:
            raise TrainingError("sizes needs augment: it is the random crop that makes them.")

    @property
    def is_mixing(self) -> bool:
        """Whether pictures are mixed, which leaves no label to be right about."""
        return self.mixup > 0 or self.cutmix > 0

    def changed(self, **settings: Any) -> "Recipe":  # noqa: ANN401
        """The same recipe with other settings."""
        return replace(self, **settings)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"format": FORMAT, **json.loads(json.dumps(asdict(self)))}


def suggest(data: str, model: str, tune: Tune) -> Recipe:
    """A good recipe to begin with."""
    if tune not in get_args(Tune):
        raise TrainingError(f"tune of a recipe must be {_RULES['tune'][1]}, not {tune!r}.")
    return Recipe(data=data, model=model, tune=tune, **_SUGGESTED[tune])


_SUGGESTED: dict[Tune, dict[str, Any]] = {
    "probe": {"epochs": 1},
    "head": {"epochs": 30, "learning_rate": 1e-2},
    "last": {"augment": Augment(), "epochs": 10},
    "all": {"augment": Augment(), "epochs": 10},
    "scratch": {
        "augment": Augment(),
        "epochs": 20,
        "trunk_rate": 1.0,
        "freeze_norm": False,
        "weight_decay": 0.05,
    },
    "probe-all": {
        "augment": Augment(),
        "epochs": 10,
        "learning_rate": 3e-4,
        "trunk_rate": 1.0,
    },
}


def from_json(source: str | Mapping[str, Any]) -> Recipe:
    """Read a recipe: JSON text, or what it stands for.

    Keys that are left out are as `suggest` has them. Raises TrainingError.
    """
    if isinstance(source, str):
        try:
            source = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise TrainingError(f"The recipe is no JSON: {error}.") from error
    if not isinstance(source, Mapping):
        raise TrainingError("The recipe is no JSON object with keys such as data and model.")
    given = dict(source)
    written = given.pop("format", FORMAT)
    if type(written) is not int or not 1 <= written <= FORMAT:
        raise TrainingError(
            f"The recipe has the format {written!r}, and this Netlens reads up to {FORMAT}: "
            "update Netlens."
        )
    _check_keys(given, Recipe, "The recipe")
    for key in ("data", "model", "tune"):
        if key not in given:
            raise TrainingError(f"The recipe lacks {key}.")
    augment = given.get("augment")
    if isinstance(augment, Mapping):
        _check_keys(augment, Augment, "augment of the recipe")
        given["augment"] = Augment(**augment)
    for key in ("classes", "sizes"):
        if isinstance(given.get(key), list):
            given[key] = tuple(tuple(v) if isinstance(v, list) else v for v in given[key])
    if not isinstance(given["tune"], str):
        raise TrainingError("tune of a recipe must be a word.")
    return suggest(given.pop("data"), given.pop("model"), given.pop("tune")).changed(**given)


def _check_keys(given: Mapping[str, Any], of: type, what: str) -> None:
    known = [field.name for field in fields(of)]
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}."
            raise TrainingError(f"{what} has the unknown key {str(key)[:60]!r}: {hint}")


_Rule = tuple[Callable[[Any], bool], str]


def _number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max  # no NaN either; a JSON number may have any length


def _between(low: float, high: float, unit: str = "") -> _Rule:
    def is_right(value: object) -> bool:
        return _number(value) and low <= value <= high  # type: ignore[operator]

    return is_right, f"a number from {low:g} to {high:g}{unit}"


def _count(low: int, high: int) -> _Rule:
    return (
        lambda value: type(value) is int and low <= value <= high,
        f"a whole number from {low} to {high:,}",
    )


def _one_of(*choices: str) -> _Rule:
    return lambda value: isinstance(value, str) and value in choices, f"one of {', '.join(choices)}"


def _text() -> _Rule:
    return lambda value: isinstance(value, str) and value != "", "a name"


def _switch() -> _Rule:
    return lambda value: isinstance(value, bool), "true or false"


def _is_augment(value: object) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, Augment)
        and _between(0.01, 1)[0](value.crop)
        and isinstance(value.flip, bool)
        and _between(0, 180)[0](value.rotate)
        and _between(0, 1)[0](value.colour)
        and _between(0, 1)[0](value.erase)
    )


def _is_classes(value: object) -> bool:
    return value is None or (
        isinstance(value, tuple)
        and len(value) >= 2
        and all(isinstance(key, str) for key in value)
        and len(set(value)) == len(value)
    )


def _are_sizes(value: object) -> bool:
    if not isinstance(value, tuple):
        return False
    pairs = [pair for pair in value if isinstance(pair, tuple) and len(pair) == 2]
    ends = [end for end, _ in pairs]
    return (
        len(pairs) == len(value)
        and all(_number(end) and 0 < end <= 1 for end in ends)
        and all(type(side) is int and 8 <= side <= 1024 for _, side in pairs)
        and ends == sorted(set(ends))
    )


_RULES: dict[str, _Rule] = {
    "data": _text(),
    "model": _text(),
    "tune": _one_of(*TUNES),
    "classes": (_is_classes, "a list of two classes or more, each once, or null"),
    "epochs": _count(1, 10_000),
    "batch": _count(1, 65_536),
    "optimizer": _one_of("adamw", "sgd"),
    "learning_rate": (
        lambda value: value is None or (_number(value) and 0 < value <= _FASTEST),
        f"a number above 0, up to {_FASTEST:g}, or null to have it found",
    ),
    "trunk_rate": _between(0, 1),
    "momentum": _between(0, 0.9999),
    "weight_decay": _between(0, 10),
    "schedule": _one_of("one-cycle", "cosine", "linear", "constant"),
    "warm_up": _between(0, 0.9),
    "label_smoothing": _between(0, 0.9),
    "dropout": _between(0, 0.95),
    "mixup": _between(0, 10),
    "cutmix": _between(0, 10),
    "augment": (
        _is_augment,
        "null, or an object: crop 0.01 to 1, flip, rotate 0 to 180, colour and erase 0 to 1",
    ),
    "class_weights": _switch(),
    "freeze_norm": _switch(),
    "patience": _count(0, 10_000),
    "probe_c": _between(1e-8, 1e8),
    "precision": _one_of("auto", "32", "bf16", "16"),
    "input_size": (
        lambda value: value is None or (type(value) is int and 8 <= value <= 1024),
        "a number of pixels from 8 to 1024, or null for the model's own",
    ),
    "sizes": (_are_sizes, "pairs of a rising share up to 1 and a number of pixels"),
    "seed": _count(0, 2**31 - 1),
    "validation": _between(0, 0.9),
    "test": _between(0, 0.9),
    "tensorboard": _switch(),
}
