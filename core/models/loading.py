"""A model's name -> a model that is ready to use, kept for the next who asks."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DeviceError
from core.models.cache import SharedCache
from core.models.device import guard, resolve_device
from core.models.download import Progress
from core.models.model_info import ModelClass, ModelInfo
from core.models.preprocess import Preprocess
from core.models.reject import RejectOption
from core.models.weights import obtain, on_machine
from core.models.zoo import DEFAULT_MODEL
from core.models.zoo import info as find

if TYPE_CHECKING:
    import torch
    from torch import nn

    from core.models.builders import Built

CACHED_MODELS = 5  # those that a page shows side by side, and one more


@dataclass(frozen=True, eq=False)
class ImageModel:
    """A classifier with all that belongs to it.

    It is shared: nobody changes the module, which is in evaluation mode with frozen parameters, and
    whoever puts a hook on it, or runs it while others may have, holds the lock.
    """

    name: str
    info: ModelInfo
    module: "nn.Module"
    """(N, 3, input_size, input_size) normalised pictures -> (N, classes) logits."""
    preprocess: Preprocess
    classes: tuple[ModelClass, ...]
    device: "torch.device"
    half: bool
    """The module computes in half precision and wants its input so."""
    reject: RejectOption | None = None
    """When its answer is better taken for none of its classes, where that was measured."""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)


_cache: SharedCache[ImageModel] = SharedCache(CACHED_MODELS)


def load(
    name: str = DEFAULT_MODEL,
    device: str = "auto",
    half: bool = False,
    progress: Progress | None = None,
) -> ImageModel:
    """The model of that name on a device, downloaded first if it is not on this machine.

    The last few models are kept and shared between threads. ``progress`` is called during a
    download with the bytes done and the bytes in all, 0 while that is not known.
    Raises ModelError for an unknown name or a damaged file, WeightsUnavailableError when the
    weights cannot be fetched, DeviceError when the device is unknown, full, or cannot do ``half``.
    """
    model_info = find(name)
    where = resolve_device(device)
    if half and where.type != "cuda":
        raise DeviceError(f"Half precision needs a CUDA device: turn it off to use {where}.")
    key = (model_info.name, str(where), half, _changed(model_info))
    return _cache.get(key, lambda: _load(model_info, where, half, progress))


def _changed(info: ModelInfo) -> int | None:
    """When the weights of a run's model were written: going on with a run writes them again."""
    path = on_machine(info) if info.source == "run" else None
    return path.stat().st_mtime_ns if path is not None else None


def _load(
    info: ModelInfo, device: "torch.device", half: bool, progress: Progress | None
) -> ImageModel:
    path = obtain(info, progress)
    with guard(device):
        built = _place(info, path, device, half)
    return ImageModel(
        info.name,
        info,
        built.module,
        built.preprocess,
        built.classes,
        device,
        half,
        built.reject,
    )


def _place(info: ModelInfo, path: Path, device: "torch.device", half: bool) -> "Built":
    """Build a model on a device. A frame of its own: `guard` frees what it holds."""
    from core.models.builders import build

    built = build(info, path)
    module = built.module.eval().requires_grad_(False)
    module = (module.half() if half else module).to(device)
    _warm_up(module, built.preprocess.input_size, device, half)
    return built._replace(module=module)


def _warm_up(module: "nn.Module", size: int, device: "torch.device", half: bool) -> None:
    """One pass over an empty picture: the first one chooses kernels, which is nobody's timing."""
    import torch

    with torch.inference_mode():
        dtype = torch.float16 if half else torch.float32
        module(torch.zeros(1, 3, size, size, dtype=dtype, device=device))
