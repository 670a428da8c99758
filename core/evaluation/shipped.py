"""What the bundled model says of its validation pictures, shipped as arrays without these."""

import hashlib
import json
from pathlib import Path

import numpy as np

from core import paths
from core.errors import EvaluationError
from core.evaluation.answers import Answers
from core.evaluation.running import table as tables
from core.evaluation.running.table import ANSWERED, Table

FILE = paths.ASSETS / "evaluations" / "small-resnet-tiny-imagenet.npz"
_KINDS = {
    "label": np.uint8,
    "top": np.uint8,
    "top_probability": np.float16,
    "rank": np.uint8,
    "loss": np.float32,
    "entropy": np.float16,
    "signals": np.float16,
}


def shipped(file: Path = FILE) -> Answers:
    """Of Tiny ImageNet's 10,000 validation pictures; unpacked once below the cache.

    There are no embeddings, and no digests of the pictures. Raises OSError where nothing can be
    written, and EvaluationError where what was unpacked is damaged.
    """
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    folder = paths.cache() / "evaluations" / digest
    if tables.is_there(folder):
        return Answers(tables.load(folder))
    with np.load(file) as packed:
        columns = {name: packed[name] for name in _KINDS}
        meta = json.loads(bytes(packed["meta"]))
        names = bytes(packed["names"]).decode().split("\n")
    n = len(names)
    columns["state"] = np.full(n, ANSWERED)
    return Answers(tables.create(folder, meta, columns | {"position": np.arange(n)}, names))


def pack(table: Table, path: Path) -> None:
    """Make the file of a finished evaluation of at most 255 classes.

    EvaluationError where a picture has no answer that can be judged.
    """
    answers = Answers(table)
    if len(answers) < len(table["state"]):
        raise EvaluationError(
            f"{answers.unreadable:,} pictures cannot be read, the model does not know the class of "
            f"{answers.unmatched:,}, and {answers.waiting:,} wait: only what has all its answers "
            "can be packed."
        )
    meta = {**table.meta, "features": 0}
    np.savez_compressed(
        path,
        meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
        names=np.frombuffer("\n".join(table.files()).encode(), np.uint8),
        **{name: table[name].astype(kind) for name, kind in _KINDS.items()},
    )
