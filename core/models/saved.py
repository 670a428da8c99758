"""Our own model files: safetensors whose header says what they are (see `core.models.header`).

Reading runs no code from a file, and nothing in one can make the reader take much more memory than
the file is long.
"""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelError
from core.models import architectures
from core.models.device import is_out_of_memory
from core.models.header import BUNDLED, KEY, TUNED, damaged, find_problem, read_metadata

if TYPE_CHECKING:
    import torch
    from torch import nn


def save_model(path: Path, module: "nn.Module", metadata: Mapping[str, Any]) -> None:
    """Write a model to ship, floating-point weights in half precision; all at once or not at all.

    ``format`` and ``parameters`` are added to the metadata. Raises ModelError when the metadata
    lack something that reading needs, and OSError.
    """
    import torch

    _save(path, module, {**metadata, "format": BUNDLED}, torch.float16)


def save_tuned(path: Path, module: "nn.Module", metadata: Mapping[str, Any]) -> None:
    """Write what became of `core.models.tunable.Tunable.module`; all at once or not at all.

    Floating-point weights are kept in single precision. ``metadata`` are the Tunable's own, and
    whatever else is to be kept; ``format`` and ``parameters`` are added. The same model gives the
    same bytes. Raises ModelError when the metadata lack something that reading needs, and OSError.
    """
    import torch

    _save(path, module, {**metadata, "format": TUNED}, torch.float32)


def read_model(path: Path) -> tuple["nn.Module", dict[str, Any]]:
    """A model in float32 on the CPU, and its metadata. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    metadata = read_metadata(path)
    try:
        # first without memory: what a header claims may be far larger than the file
        with architectures.hollow():
            wanted = _bare(metadata).state_dict()
        tensors = load_file(path)
        if {k: t.shape for k, t in tensors.items()} != {k: t.shape for k, t in wanted.items()}:
            raise damaged(path, "its weights do not fit its header")
        # then for real, with those tables that no file holds and constructors compute
        with architectures.seeded(0):
            module = _bare(metadata)
        state = module.state_dict()  # some modules want to see that it is of their own version
        state.update(tensors)
        module.load_state_dict(state)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, RuntimeError, ValueError, AssertionError, ArithmeticError) as error:
        if is_out_of_memory(error):
            raise
        raise damaged(path, "its weights do not fit its header") from error
    return module, metadata


def _bare(metadata: Mapping[str, Any]) -> "nn.Module":
    """The network of that header, with random weights."""
    from core.models import heads
    from core.models.small_resnet import SmallResNet

    outputs = len(metadata["classes"])
    if metadata["format"] == BUNDLED:
        return SmallResNet(outputs, *(metadata[key] for key in architectures.SHAPE))
    module = architectures.bare(metadata["model"], outputs, metadata["build"])
    heads.new_head(module, outputs, metadata["dropout"])
    return module


def _save(
    path: Path, module: "nn.Module", metadata: dict[str, Any], precision: "torch.dtype"
) -> None:
    import torch
    from safetensors.torch import save

    metadata["parameters"] = sum(parameter.numel() for parameter in module.parameters())
    if problem := find_problem(metadata):
        raise ModelError(f"{path.name} cannot be saved: {problem}.")
    tensors: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for name, tensor in module.state_dict().items():
        dtype = precision if tensor.is_floating_point() else None
        kept = tensor.detach().to("cpu", dtype).contiguous(memory_format=torch.contiguous_format)
        # layers may share weights, which the format does not allow
        tensors[name] = kept.clone() if kept.data_ptr() in seen else kept
        seen.add(kept.data_ptr())
    content = save(tensors, {KEY: json.dumps(metadata, sort_keys=True, ensure_ascii=False)})
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
