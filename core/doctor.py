"""What is installed and what works here, in a dozen lines."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from core import paths
from core.errors import NetlensError

_NEEDED = ("torch", "torchvision", "timm", "streamlit", "plotly", "pillow", "numpy", "safetensors")
_USEFUL = {
    "pyarrow": "Parquet data sets",
    "grad-cam": "more methods of attribution",
    "scikit-image": "sample photographs",
    "scikit-learn": "probes, digits, sample photographs",
    "scipy": "ImageNet's development kit",
    "matplotlib": "one sample photograph",
    "lightning-fabric": "fine-tuning",
    "torchmetrics": "fine-tuning",
    "onnx": "export of tuned models",
    "onnxscript": "export of tuned models",
    "onnxruntime": "export of tuned models",
    "tensorboard": "TensorBoard's files beside a run",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; the app cannot work when one is `fatal` and not `ok`."""

    what: str
    text: str
    ok: bool = True
    fatal: bool = True


def examine() -> list[Finding]:
    """Look at Python, packages, devices, models, the catalogue, data, and the disk."""
    return [
        _python(),
        *_packages(),
        *_devices(),
        _bundled_model(),
        _zoo(),
        _catalogue(),
        _samples(),
        _data(),
        _disk(),
    ]


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    text = f"{platform.python_version()} on {platform.system()}, {platform.machine()}"
    return Finding("Python", text if good else f"{text}: Netlens needs 3.11, 3.12 or 3.13", good)


def _packages() -> Iterator[Finding]:
    for name in (*_NEEDED, *_USEFUL):
        fatal = name in _NEEDED
        try:
            yield Finding(name, importlib.metadata.version(name), fatal=fatal)
        except importlib.metadata.PackageNotFoundError:
            lost = "" if fatal else f" (it is for {_USEFUL[name]})"
            yield Finding(
                name, f"missing{lost}; pip install -r requirements.txt", ok=False, fatal=fatal
            )


def _devices() -> Iterator[Finding]:
    from core import models

    try:
        for device in models.devices():
            yield Finding("device", device.describe())
    except (ImportError, OSError) as error:
        yield Finding("device", f"torch cannot be imported: {error}", ok=False)


def _bundled_model() -> Finding:
    from core import models

    try:
        model = models.load(device="cpu")
    except (NetlensError, ImportError) as error:
        return Finding("bundled model", str(error), ok=False)
    return Finding("bundled model", f"{model.name}, {len(model.classes)} classes")


def _zoo() -> Finding:
    from core import models

    here = models.on_machine_names()
    return Finding("weights", f"{len(here)} of {len(models.list_models())} models are here")


def _catalogue() -> Finding:
    from core import catalog

    try:
        loaded = catalog.load()
    except (NetlensError, OSError) as error:
        return Finding("catalogue", str(error), ok=False)
    return Finding("catalogue", f"{len(loaded.classes('1k'))} classes, {len(loaded)} synsets")


def _samples() -> Finding:
    from core import images

    names = [sample.id for sample in images.samples()]
    return Finding("samples", ", ".join(names) or "none", ok=bool(names), fatal=False)


def _data() -> Finding:
    from core import data

    if problems := data.problems():
        return Finding("data", " ".join(problems), ok=False, fatal=False)
    names = ", ".join(entry.name for entry in data.registered())
    return Finding("data", names or "none registered")


def _disk() -> Finding:
    folder = paths.home()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    text = f"{folder}, {free / 2**30:.1f} GiB free"
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        text += "; nothing can be kept there (thumbnails, data sets): set NETLENS_HOME"
        return Finding("disk", text, ok=False, fatal=False)
    return Finding("disk", text, ok=free > 2**30, fatal=False)
