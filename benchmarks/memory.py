"""How much memory a call takes at its peak."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

import torch


def peak_memory(way: Callable[[], object], device: str, times: int = 3) -> float:
    """MiB that one way adds while it runs; the largest of so many times."""
    if device != "cpu":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        way()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    peaks = []
    for _ in range(times):
        gc.collect()
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
        before = resident("VmRSS")
        way()
        peaks.append(resident("VmHWM") - before)
    return max(peaks)


def resident(what: str) -> float:
    """VmRSS (now) or VmHWM (the most so far) of this process, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(what))
    return int(line.split()[1]) / 1024
