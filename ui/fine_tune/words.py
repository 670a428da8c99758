"""How runs and recipes are called on the Fine-tune page."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.runs import Run
from core.training import Tune

KIND = "train"
MODES: dict[Tune, str] = {
    "probe": "Probe",
    "head": "Head",
    "last": "Last stage",
    "all": "Everything",
    "scratch": "From scratch",
    "probe-all": "Probe, then everything",
}


def title(run: Run) -> str:
    """The name that the user gave it, or else what it does."""
    if run.name:
        return run.name
    return f"{mode(run.spec)} of {short_model(run.spec)} on {data_name(run.spec)}"


def mode(recipe: Mapping[str, Any]) -> str:
    """How much of the network learns."""
    tune = str(recipe.get("tune", "?"))
    return MODES.get(tune, tune)  # type: ignore[call-overload]


def short_model(recipe: Mapping[str, Any]) -> str:
    """The model's name without its source."""
    return str(recipe.get("model", "?")).rpartition("/")[2]


def data_name(recipe: Mapping[str, Any]) -> str:
    """The data set's name; of a path its end."""
    return str(recipe.get("data", "?")).rstrip("/").rpartition("/")[2]


def clock(seconds: float) -> str:
    """Such as 0:07, 12:30 or 3:05:00."""
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    tail = f"{whole % 60:02d}"
    return f"{hours}:{minutes % 60:02d}:{tail}" if hours else f"{minutes}:{tail}"


def count(number: int, of: str) -> str:
    """1 epoch, 2 epochs."""
    return f"{number:,} {of}" if number == 1 else f"{number:,} {of}s"


_SETTINGS = {
    "learning_rate": "rate",
    "tune": "mode",
    "input_size": "size",
    "sizes": "smaller first",
}


def setting(key: str) -> str:
    """A setting of a recipe by the name that it has on the page."""
    last = key.removeprefix("augment.")
    return _SETTINGS.get(last, last.replace("_", " ").replace("-", " "))


def value(key: str, given: object) -> str:
    """A setting's value."""
    if key == "tune":
        return MODES.get(given, str(given))  # type: ignore[call-overload]
    if given is None:
        return {"learning_rate": "found", "classes": "all", "input_size": "own"}.get(key, "none")
    if isinstance(given, bool):
        return "on" if given else "off"
    if isinstance(given, float):
        return f"{given:g}"
    if isinstance(given, Sequence) and not isinstance(given, str):
        return f"{len(given)} of them" if given else "off"
    return str(given)
