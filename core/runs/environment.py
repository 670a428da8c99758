"""With what a run worked: versions, machine and devices, for whoever wants to repeat it."""

import importlib.metadata
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import paths
from core.runs import files
from core.runs.processes import cores

NAME = "env.json"
_PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "lightning-fabric",
    "torchmetrics",
    "numpy",
    "pillow",
    "safetensors",
    "scikit-learn",
)


def write(folder: Path, devices: Sequence[str]) -> None:
    """Write env.json, over that of a worker before. Raises OSError."""
    files.write_json(folder / NAME, describe(devices))


def read(folder: Path) -> dict[str, Any] | None:
    """What env.json says; None where no worker has written it yet."""
    return files.read_json(folder / NAME)


def describe(devices: Sequence[str]) -> dict[str, Any]:
    """This process and its machine; takes some 30 ms, and torch's import for a GPU."""
    return {
        "time": round(time.time(), 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "commit": _commit(),
        "devices": {device: _device_name(device) for device in devices},
        "cores": cores(),
        "threads": int(os.environ.get("OMP_NUM_THREADS") or cores()),
        "processes": int(os.environ.get("WORLD_SIZE") or 1),
    }


def _version(package: str) -> str | None:
    with suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


def _commit() -> str | None:
    """The checkout's, with ``-dirty`` where files were changed; None outside of a checkout."""
    if not (paths.ROOT / ".git").exists():
        return None
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(
            command, cwd=paths.ROOT, capture_output=True, text=True, check=True, timeout=5
        )
        return told.stdout.strip()
    return None


def _device_name(device: str) -> str:
    kind, _, number = device.partition(":")
    if kind == "cuda":
        with suppress(ImportError, RuntimeError, AssertionError):  # as torch says that it has none
            import torch

            return torch.cuda.get_device_name(int(number))
    if kind == "cpu":
        with suppress(OSError):
            for line in Path("/proc/cpuinfo").read_text().splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
