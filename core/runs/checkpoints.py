"""Checkpoints: what a run needs to go on, as bytes with a checksum; the last two are kept.

A file is one line of JSON (``step``, ``events``: how many had been reported, ``length`` in bytes,
``blake2b``: the digest of the content) and then the content.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from core.runs import files

_KEPT = 2
_LONGEST_HEADER = 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state of a run that can be gone on from."""

    step: int
    content: bytes
    events: int
    """How many events had been reported when it was made."""


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, all at once or not at all, and drop the one before the last.

    Raises OSError; those that were there are then still there.
    """
    header = {
        "step": checkpoint.step,
        "events": checkpoint.events,
        "length": len(checkpoint.content),
        "blake2b": _digest(checkpoint.content),
    }
    path = folder / f"checkpoint-{checkpoint.step:012d}.bin"
    files.write(path, json.dumps(header).encode() + b"\n", checkpoint.content)
    for old in saved(folder)[_KEPT:]:
        old.unlink(missing_ok=True)


def saved(folder: Path) -> list[Path]:
    """The checkpoints of a run, the last one first."""
    return sorted(folder.glob("checkpoint-*.bin"), reverse=True)


def read(path: Path) -> Checkpoint | None:
    """The checkpoint in a file; None for a damaged one. Raises OSError."""
    with path.open("rb") as file:
        try:
            header = json.loads(file.readline(_LONGEST_HEADER))
            step, events = int(header["step"]), int(header["events"])
            length, digest = header["length"], header["blake2b"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        content = file.read()
    if len(content) != length or _digest(content) != digest:
        return None
    return Checkpoint(step, content, events)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
