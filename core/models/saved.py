"""Our own model file: half-precision safetensors that say in their header what they are.

The header (Hugging Face, "Safetensors" format: eight bytes of length, then JSON) carries one entry
``netlens``, itself JSON:

    format        "netlens-1"
    architecture  "small_resnet"
    blocks, widths, strides    its shape, four numbers each
    classes       [[wnid or null, label], ...] in the order of the outputs
    parameters    how many numbers were learnt
    input_size    side of the square that the model sees, in pixels
    resize        "bilinear" or "bicubic"
    mean, std     of the three channels, for values in [0, 1]

and whatever else its maker wants to keep, such as ``top1``. Reading runs no code from the file,
and nothing in the file can make the reader take much more memory than the file is long.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

FORMAT = "netlens-1"
KEY = "netlens"
ARCHITECTURE = "small_resnet"
RESIZES = ("bilinear", "bicubic")
STAGES = 4
_LONGEST_HEADER = 16 * 2**20


def save_model(path: Path, module: "nn.Module", metadata: Mapping[str, Any]) -> None:
    """Write a model, floating-point weights in half precision; all at once or not at all.

    ``format`` and ``parameters`` are added to the metadata. Raises ModelError when the metadata
    lack something that reading needs.
    """
    import torch
    from safetensors.torch import save

    parameters = sum(parameter.numel() for parameter in module.parameters())
    metadata = {**metadata, "format": FORMAT, "parameters": parameters}
    if problem := _problem(metadata):
        raise ModelError(f"{path.name} cannot be saved: {problem}.")
    tensors = {
        name: tensor.detach().to("cpu", torch.float16 if tensor.is_floating_point() else None)
        for name, tensor in module.state_dict().items()
    }
    content = save(
        {name: tensor.contiguous() for name, tensor in tensors.items()},
        {KEY: json.dumps(metadata, sort_keys=True, ensure_ascii=False)},
    )
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_metadata(path: Path) -> dict[str, Any]:
    """What a model file says of itself, checked. Needs no torch. Raises ModelError."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > _LONGEST_HEADER:
                raise _damaged(path, "its header is too long")
            metadata = json.loads(json.loads(file.read(length))["__metadata__"][KEY])
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, "its header is not ours") from error
    if problem := _problem(metadata):
        raise _damaged(path, problem)
    return metadata


def read_model(path: Path) -> tuple["nn.Module", dict[str, Any]]:
    """A model in float32 on the CPU, and its metadata. Raises ModelError."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from core.models.small_resnet import SmallResNet

    metadata = read_metadata(path)
    # on the meta device nothing is allocated: the tensors of the file take the places, or do not
    # fit them, whatever sizes the header claims
    with torch.device("meta"):
        module = SmallResNet(
            len(metadata["classes"]), metadata["blocks"], metadata["widths"], metadata["strides"]
        )
    wanted = {name: tensor.dtype for name, tensor in module.state_dict().items()}
    try:
        tensors = load_file(path)
        tensors = {name: tensor.to(wanted.get(name)) for name, tensor in tensors.items()}
        module.load_state_dict(tensors, assign=True)
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (SafetensorError, RuntimeError) as error:
        raise _damaged(path, "its weights do not fit its header") from error
    return module, metadata


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"{path.name} is damaged or no model of ours ({why}): put a good copy there.")


def _problem(metadata: Any) -> str | None:  # noqa: ANN401
    """What is wrong with the metadata, if anything."""
    if not isinstance(metadata, Mapping):
        return "nothing of ours is in it"
    for key, (is_right, wanted) in _RULES.items():
        if not is_right(metadata.get(key)):
            return f"{key} is not {wanted}"
    return None


def _is(*choices: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


def _is_count(largest: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and 1 <= value <= largest


def _is_list(item: Callable[[object], bool], length: int | None = None) -> Callable[[object], bool]:
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


def _is_level(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "format": (_is(FORMAT), FORMAT),
    "architecture": (_is(ARCHITECTURE), ARCHITECTURE),
    "blocks": (_is_list(_is_count(64), STAGES), "four numbers up to 64"),
    "widths": (_is_list(_is_count(8192), STAGES), "four numbers up to 8192"),
    "strides": (_is_list(_is_count(4), STAGES), "four numbers up to 4"),
    "classes": (_is_list(_is_class), "a list of pairs of a wnid and a label"),
    "parameters": (_is_count(2**40), "a number"),
    "input_size": (_is_count(4096), "a number of pixels"),
    "resize": (_is(*RESIZES), " or ".join(RESIZES)),
    "mean": (_is_list(_is_level, 3), "three numbers from 0 to 1"),
    "std": (_is_list(lambda value: _is_level(value) and value != 0, 3), "three numbers above 0"),
}
