"""What a model file of ours says of itself: one entry, ``netlens``, in its safetensors header.

The header (Hugging Face, "Safetensors" format: eight bytes of length, then JSON) carries the entry
as JSON within a string. Both formats have

    format        "netlens-1" or "netlens-2"
    classes       [[wnid or null, label], ...] in the order of the outputs
    parameters    how many numbers were learnt
    input_size    side of the square that the model sees, in pixels
    reject        null, or when an answer is none of the classes, see `core.models.reject`

and whatever else its maker wants to keep, such as ``top1``. The bundled models' has

    architecture  "small_resnet"
    blocks, widths, strides    its shape, four numbers each
    resize        "bilinear" or "bicubic"
    mean, std     of the three channels, for values in [0, 1]

and that of a model that was tuned or trained by a run

    model         the model of the zoo whose architecture it has
    build         what its builder has to be told: blocks, widths and strides of a bundled model,
                  input_size of a plain one, nothing of torchvision's and timm's
    preprocess    its transform, see `core.models.transforms`
    dropout       0, or how much of the last layer's input was left out while it was trained
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import ModelError

KEY = "netlens"
BUNDLED, TUNED = "netlens-1", "netlens-2"
ARCHITECTURE = "small_resnet"
RESIZES = ("bilinear", "bicubic")
STAGES = 4
_LONGEST_HEADER = 16 * 2**20
_LARGEST_SIDE = 4096
_MODEL = re.compile(r"(torchvision|timm|plain|bundled)/[\w.-]{1,200}", re.ASCII)

_Check = Callable[[object], bool]


def read_metadata(path: Path) -> dict[str, Any]:
    """What a model file says of itself, checked. Needs no torch. Raises ModelError."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _LONGEST_HEADER:
                raise damaged(path, "its header is too long")
            metadata = json.loads(json.loads(file.read(length))["__metadata__"][KEY])
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, "its header is not ours") from error
    if problem := find_problem(metadata):
        raise damaged(path, problem)
    return metadata


def damaged(path: Path, why: str) -> ModelError:
    """The error for a file that cannot be used."""
    return ModelError(f"{path} is damaged or no model of ours ({why}): put a good copy there.")


def find_problem(metadata: Any) -> str | None:  # noqa: ANN401
    """What is wrong with the metadata, if anything."""
    if not isinstance(metadata, Mapping):
        return "nothing of ours is in it"
    kind = metadata.get("format")
    if not _is(*_FORMATS)(kind):
        return f"format is not {' or '.join(_FORMATS)}"
    problem = _first_wrong(metadata, _COMMON | _FORMATS[kind])
    return problem if problem or kind == BUNDLED else _find_problem_within(metadata)


def _find_problem_within(metadata: Mapping[str, Any]) -> str | None:
    build, preprocess = metadata["build"], metadata["preprocess"]
    rules = _PREPROCESS | (_TIMM if preprocess.get("kind") == "timm" else {})
    if problem := _first_wrong(build, _BUILDS.get(metadata["model"].partition("/")[0], {})):
        return f"build's {problem}"
    if problem := _first_wrong(preprocess, rules):
        return f"preprocess's {problem}"
    if preprocess["input_size"] != metadata["input_size"]:
        return "preprocess makes pictures of another size than input_size"
    return None


def _first_wrong(fields: Mapping[str, Any], rules: Mapping[str, tuple[_Check, str]]) -> str | None:
    for key, (is_right, wanted) in rules.items():
        if not is_right(fields.get(key)):
            return f"{key} is not {wanted}"
    return None


def _is(*choices: str) -> _Check:
    return lambda value: isinstance(value, str) and value in choices


def _is_count(largest: int) -> _Check:
    return lambda value: type(value) is int and 1 <= value <= largest


def _is_list(item: _Check, length: int | None = None) -> _Check:
    return lambda value: (
        isinstance(value, list | tuple)
        and (len(value) == length if length else len(value) > 0)
        and all(map(item, value))
    )


def _is_class(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and isinstance(value[0], str | None)
        and isinstance(value[1], str)
    )


def _is_number(low: float, high: float) -> _Check:
    return lambda value: type(value) in (int, float) and low <= value <= high  # type: ignore[operator]


def _is_reject(value: object) -> bool:
    return value is None or (
        isinstance(value, Mapping)
        and set(value) == {"below", "right", "others"}
        and all(map(_is_number(0, 1), value.values()))
    )


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


_SIDE = _is_count(_LARGEST_SIDE), "a number of pixels"
_COLOURS: dict[str, tuple[_Check, str]] = {
    "mean": (_is_list(_is_number(0, 1), 3), "three numbers from 0 to 1"),
    "std": (_is_list(_is_number(1e-6, 1), 3), "three numbers above 0"),
}
_SHAPE: dict[str, tuple[_Check, str]] = {
    "blocks": (_is_list(_is_count(64), STAGES), "four numbers up to 64"),
    "widths": (_is_list(_is_count(8192), STAGES), "four numbers up to 8192"),
    "strides": (_is_list(_is_count(4), STAGES), "four numbers up to 4"),
}
_COMMON: dict[str, tuple[_Check, str]] = {
    "classes": (_is_list(_is_class), "a list of pairs of a wnid and a label"),
    "parameters": (_is_count(2**40), "a number"),
    "input_size": _SIDE,
    "reject": (_is_reject, "null or three numbers from 0 to 1: below, right and others"),
}
_FORMATS: dict[str, dict[str, tuple[_Check, str]]] = {
    BUNDLED: {
        "architecture": (_is(ARCHITECTURE), ARCHITECTURE),
        **_SHAPE,
        "resize": (_is(*RESIZES), " or ".join(RESIZES)),
        **_COLOURS,
    },
    TUNED: {
        "model": (
            lambda value: isinstance(value, str) and _MODEL.fullmatch(value) is not None,
            "the name of a model",
        ),
        "build": (_is_mapping, "an object"),
        "preprocess": (_is_mapping, "an object"),
        "dropout": (_is_number(0, 0.99), "a number from 0 to 0.99"),
    },
}
_BUILDS: dict[str, dict[str, tuple[_Check, str]]] = {
    "bundled": _SHAPE,
    "plain": {"input_size": _SIDE},
}
_PREPROCESS: dict[str, tuple[_Check, str]] = {
    "kind": (_is("own", "torchvision", "timm"), "own, torchvision or timm"),
    "input_size": _SIDE,
    "resize": (_is_count(2 * _LARGEST_SIDE), "a number of pixels"),
    "interpolation": (_is(*RESIZES), " or ".join(RESIZES)),
    **_COLOURS,
    "squash": (lambda value: isinstance(value, bool), "true or false"),
}
_TIMM: dict[str, tuple[_Check, str]] = {
    "crop_pct": (_is_number(0.5, 2), "a number from 0.5 to 2"),
    "crop_mode": (_is("center", "squash", "border"), "center, squash or border"),
}
