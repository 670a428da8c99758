"""Small data sets and runs that end within seconds."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from core.data.dataset import DataClass, Dataset
from core.training.learning.lesson import Lesson
from core.training.learning.loop import Result, train
from core.training.learning.student import Student
from core.training.material.pictures import Pictures
from core.training.recipe import Recipe, from_json
from core.training.setting import fabric


class Patches(Dataset):
    """Squares of one colour with noise; the colour is the class."""

    def __init__(self, count: int = 24, classes: int = 3, side: int = 20) -> None:
        labels = np.arange(count, dtype=np.int64) % classes
        super().__init__("patches", tuple(DataClass(f"c{i}") for i in range(classes)), labels)
        self._side = side

    def _read(self, i: int) -> bytes:
        dice = np.random.default_rng(i)
        pixels = dice.integers(0, 90, (self._side, self._side, 3), np.uint8)
        pixels[..., self.labels[i] % 3] += 120
        encoded = io.BytesIO()
        Image.fromarray(pixels).save(encoded, "PNG")
        return encoded.getvalue()

    def _file(self, i: int) -> str:
        return f"c{self.labels[i]}/{i}.png"


def recipe(**settings: Any) -> Recipe:
    """A small network from scratch, with random changes of every kind."""
    plain = {
        "data": "patches",
        "model": "plain/lenet-5",
        "tune": "scratch",
        "epochs": 3,
        "batch": 6,
        "dropout": 0.2,
        "mixup": 0.2,
        "input_size": 32,
    }
    return from_json(plain | settings)


def lesson(of: Recipe, dataset: Dataset | None = None) -> Lesson:
    """Two thirds of the pictures for training, the others for validation."""
    dataset = dataset or Patches()
    positions = np.arange(len(dataset))
    student = Student(of, [(known.wnid, known.label) for known in dataset.classes])
    pictures = Pictures(dataset, student.preprocess, of.augment, of.seed)
    train_part, validation = positions[positions % 4 != 3], positions[positions % 4 == 3]
    pictures.read(positions, train_part)
    return Lesson(student, pictures, dataset.labels, len(dataset.classes), train_part, validation)


class Memory:
    """A keeper that keeps everything."""

    def __init__(self, content: bytes | None = None) -> None:
        self.content = content
        self.steps: list[int] = []

    def save(self, content: bytes, step: int) -> None:
        self.content = content
        self.steps.append(step)

    def load(self) -> bytes | None:
        return self.content


def run(
    of: Recipe,
    keeper: Memory | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    dataset: Dataset | None = None,
) -> tuple[Result, Lesson, list[dict[str, Any]]]:
    """Train once; the result, the lesson with the network, and the events."""
    events: list[dict[str, Any]] = []
    data = lesson(of, dataset)
    result = train(of, data, events.append, should_stop, fabric=fabric("cpu", "32"), keeper=keeper)
    return result, data, events
