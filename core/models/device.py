"""Where networks run: names of devices, their free memory, and what to do when it is all taken."""

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DeviceError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device of this machine."""

    id: str
    """What `resolve_device` takes, and ``str`` of what it returns."""
    label: str
    free: int | None
    """Free memory in bytes, where the device has its own and tells."""
    total: int | None

    def describe(self) -> str:
        """Its id, its label, and its free memory where that is known."""
        free = f", {self.free / 2**30:.1f} GiB free" if self.free is not None else ""
        return f"{self.id}: {self.label}{free}"


def devices() -> tuple[DeviceInfo, ...]:
    """The devices of this machine, in the order in which ``auto`` prefers them."""
    import torch

    found = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(index)
            name = torch.cuda.get_device_name(index)
            found.append(DeviceInfo(f"cuda:{index}", name, free, total))
    if torch.backends.mps.is_available():
        total = torch.mps.recommended_max_memory()
        free = max(0, total - torch.mps.driver_allocated_memory())
        found.append(DeviceInfo("mps", "Apple GPU", free, total))
    threads = torch.get_num_threads()
    label = f"CPU, {threads} thread{'s' if threads > 1 else ''}"
    return (*found, DeviceInfo("cpu", label, None, None))


def resolve_device(name: str) -> "torch.device":
    """A device of this machine by its name: auto, cpu, cuda, cuda:1, mps.

    ``auto`` is CUDA, else Apple's MPS, else the CPU. Raises DeviceError.
    """
    import torch

    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    known = [f"cuda:{index}" for index in range(torch.cuda.device_count() if has_cuda else 0)]
    known += ["mps"] * has_mps + ["cpu"]
    wanted = {"auto": known[0], "cuda": "cuda:0"}.get(name, name)
    if wanted not in known:
        raise DeviceError(
            f"There is no device {name!r} on this machine: choose auto or {', '.join(known)}."
        )
    return torch.device(wanted)


@contextmanager
def guard(device: "torch.device") -> Iterator[None]:
    """Turn "out of memory" into a DeviceError, and give back what the attempt took.

    To be put around whatever allocates on the device: moving a model there, a forward pass. What
    the functions called within hold is freed, even while the error is kept.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        # the frames of the attempt, which the traceback keeps, hold its tensors
        traceback.clear_frames(error.__traceback__)
        _empty_cache(device)
        raise DeviceError(
            f"{_label(device)} has run out of memory: choose a smaller model, fewer pictures at a "
            "time, or another device, or close other programs that use it."
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """CUDA has a type for it; MPS, the CPU's allocator and CUDA's start say it in words."""
    import torch

    said = str(error)
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or "out of memory" in said
        or "not enough memory" in said
        or "can't allocate memory" in said
    )


def _empty_cache(device: "torch.device") -> None:
    import torch

    gc.collect()
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _label(device: "torch.device") -> str:
    return "This machine" if device.type == "cpu" else f"The device {device}"
