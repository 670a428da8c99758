"""A tuned model as a zip that works without Netlens, and that has proved so before it is given.

predict.py          classifies pictures; needs onnxruntime, Pillow and NumPy alone
requirements.txt    these three
model.onnx          the network
model.json          its classes, and how pictures are brought to its size
model.safetensors   the run's own file: Netlens and PyTorch read it
pictures/           a few pictures
expected.json       the probabilities that Netlens gives them: `predict.py --check` compares
"""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core import models, predict
from core.errors import TrainingError
from core.images import Picture
from core.training.export import onnx_file

FILE = "export.zip"
_MODEL = "model.safetensors"
_PREDICT = Path(__file__).with_name("predict_template.py")
_NEEDED = ("numpy", "onnxruntime", "pillow")
_SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif"}
_LONGEST_NAME = 40
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say


def export_zip(
    folder: Path,
    pictures: Sequence[tuple[str, bytes]],
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write `FILE` into the folder of a run, for its model, and return its path.

    ``pictures`` are names and encoded bytes, some five of them; ``progress`` is told in words what
    is being done. The same model and pictures make the same file. What predict.py says of the
    pictures has been compared with what Netlens says: no probability differs by more than 1e-4.
    Raises ModelError where the network cannot be written as ONNX or there is none, PictureError for
    a picture that cannot be read, TrainingError where predict.py fails or the disk refuses.
    """
    if not pictures:
        raise TrainingError("Choose a picture to go with the model: it shows that the model works.")
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as room:
            built = Path(room) / "zip"
            (built / "pictures").mkdir(parents=True)
            _fill(built, folder, pictures, progress)
            progress("Running predict.py on the pictures")
            _prove(built)
            progress("Packing")
            packed = Path(room) / FILE
            _pack(built, packed)
            return packed.replace(folder / FILE)
    except OSError as error:
        raise TrainingError(
            f"The export cannot be written to {folder}: {error.strerror or error}. Make room "
            "there, or let it be written to, and export again."
        ) from error


def _fill(
    built: Path,
    folder: Path,
    pictures: Sequence[tuple[str, bytes]],
    progress: Callable[[str], None],
) -> None:
    progress("Asking the model about the pictures")
    model = models.load(f"run/{folder.name}", "cpu")
    said = []
    for number, (name, data) in enumerate(pictures, 1):
        picture, answer = predict.read_and_classify(model, data, name)
        file = f"pictures/{_file_name(number, picture)}"
        (built / file).write_bytes(data)
        said.append({"file": file, "probabilities": answer.probabilities.tolist()})
    _write_json(built / "expected.json", {"tolerance": onnx_file.TOLERANCE, "pictures": said})

    facts = {
        "architecture": model.info.architecture,
        "classes": [[known.wnid, known.label] for known in model.classes],
        "transform": dict(model.preprocess.settings),
    }
    _write_json(built / "model.json", facts)
    shutil.copyfile(folder / _MODEL, built / _MODEL)
    shutil.copyfile(_PREDICT, built / "predict.py")
    (built / "requirements.txt").write_text("".join(map(_requirement, _NEEDED)))

    progress("Writing the network as ONNX")
    onnx_file.write_onnx(folder / _MODEL, built / "model.onnx")


def _prove(built: Path) -> None:
    """Run predict.py as its user will, with nothing of ours on the path."""
    done = subprocess.run(
        [sys.executable, "-I", "predict.py", "--check"],
        cwd=built,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if "NOT" in line]
        said = (lines or done.stderr.strip().splitlines()[-1:] or ["its process was ended"])[0]
        raise TrainingError(
            f"The exported predict.py does not say what Netlens says ({said[:300]}), so nothing "
            "was exported. Please report this; the run's own model is not affected."
        )


def _pack(built: Path, packed: Path) -> None:
    """Files in the order of their names, without times and owners."""
    with zipfile.ZipFile(packed, "w", compresslevel=6) as file:
        for path in sorted(path for path in built.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(built).as_posix(), _EPOCH)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o100644 << 16
            is_text = path.suffix in (".json", ".py", ".txt")
            entry.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            with path.open("rb") as source, file.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 2**20)


def _requirement(package: str) -> str:
    """A line of requirements.txt: the version that was used here, or a later one like it."""
    major, minor = importlib.metadata.version(package).split(".")[:2]
    return f"{package}>={major}.{minor},<{int(major) + 1}\n"


def _file_name(number: int, picture: Picture) -> str:
    """One that every system takes: ``2-tabby-cat.png``."""
    stem = re.sub(r"[^0-9A-Za-z]+", "-", Path(picture.name).stem).strip("-")[:_LONGEST_NAME]
    suffix = _SUFFIXES.get(picture.format, f".{picture.format.lower()}")
    return f"{number}-{stem or 'picture'}{suffix}"


def _write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """ASCII, because a label may hold what no encoding has."""
    path.write_text(json.dumps(fields, indent=1), "ascii")
