"""Pictures and runs to be evaluated, without a worker."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from core import paths

CATS_DOGS_FISH = ("n02123045", "n02099601", "n01443537")


class Context:
    """A run that is watched by nobody; `stop_at` counts the questions until it is to stop."""

    device = "cpu"

    def __init__(self, stop_at: int | None = None, run_id: str = "20260101-000000-abcdef") -> None:
        self.folder = paths.home() / "runs" / run_id
        self.folder.mkdir(parents=True, exist_ok=True)
        self.events, self.told = [], []
        self._left = stop_at

    def report(self, event):
        self.events.append(json.loads(json.dumps(event)))

    def tell(self, what, done=0, of=0):
        self.told.append((what, done, of))

    def should_stop(self):
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0


def folder(path: Path, each: int = 12, classes=CATS_DOGS_FISH, side: int = 48) -> Path:
    """Class folders of noise in one colour."""
    dice = np.random.default_rng(0)
    for channel, name in enumerate(classes):
        (path / name).mkdir(parents=True)
        for i in range(each):
            pixels = dice.integers(0, 90, (side, side + i, 3), np.uint8)
            pixels[..., channel % 3] += 120
            Image.fromarray(pixels).save(path / name / f"{i:02}.png")
    return path
