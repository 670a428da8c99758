"""Where things live on disk."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"


def home() -> Path:
    """The user's folder: ``NETLENS_HOME``, or ``~/.netlens``. It may not exist yet."""
    return Path(os.environ.get("NETLENS_HOME") or Path.home() / ".netlens").expanduser()


def cache() -> Path:
    """What can be made again: thumbnails and the like."""
    return home() / "cache"
