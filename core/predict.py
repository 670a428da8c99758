"""Pictures -> ranked classes."""

import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import NetlensError
from core.images import Picture, read_image

if TYPE_CHECKING:
    import torch

    from core.models import ImageModel, ModelClass
    from core.models.reject import RejectOption

_GPU_BATCH = 32


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time went, in milliseconds. In a batch the forward pass is shared out evenly."""

    decode: float
    preprocess: float
    forward: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """One class and its probability; ``index`` is the position in the model's output."""

    index: int
    wnid: str | None
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Classification:
    """What one model says of one picture."""

    image: str
    sha256: str
    model: str
    device: str
    classes: "tuple[ModelClass, ...]"
    probabilities: np.ndarray  # (classes,) float32, in [0, 1], sums to 1
    timing: Timing
    reject: "RejectOption | None" = None
    """The model's own, see `core.models.reject`."""

    @property
    def is_rejected(self) -> bool:
        """Whether the picture perhaps shows none of the model's classes."""
        return self.reject is not None and float(self.probabilities.max()) < self.reject.below

    def rank_of(self, wnid: str | None) -> tuple[int, float] | None:
        """Rank, from 1, and probability of a class; None if the model does not know it."""
        for c in self.classes:
            if wnid is not None and c.wnid == wnid:
                probability = float(self.probabilities[c.index])
                return int((self.probabilities > probability).sum()) + 1, probability
        return None

    def top(self, k: int = 5) -> tuple[Prediction, ...]:
        """The k most probable classes, most probable first; ties by index."""
        return rank(self.classes, self.probabilities, k)


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture that could not be classified, and the sentence that says why."""

    image: str
    error: str


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that has not been read yet: its name, and what returns its bytes."""

    name: str
    read: Callable[[], bytes]


def rank(
    classes: "Sequence[ModelClass]", probabilities: np.ndarray, k: int
) -> tuple[Prediction, ...]:
    """The k most probable classes, most probable first; ties by index."""
    order = np.argsort(-probabilities, kind="stable")[:k]
    return tuple(
        Prediction(classes[i].index, classes[i].wnid, classes[i].label, float(probabilities[i]))
        for i in order
    )


def classify(model: "ImageModel", picture: Picture) -> Classification:
    """Classify one picture that has been read already, so that `timing.decode` is 0.

    Raises DeviceError when the device runs out of memory.
    """
    return _forward(model, [_preprocess(model, picture, picture.name, decode_ms=0.0)])[0]


def read_and_classify(
    model: "ImageModel", data: bytes, name: str
) -> tuple[Picture, Classification]:
    """Read one picture from its encoded bytes and classify it.

    Raises PictureError, or DeviceError when the device runs out of memory.
    """
    picture, ready = _read(model, Source(name, lambda: data))
    return picture, _forward(model, [ready])[0]


def classify_many(
    model: "ImageModel",
    sources: Iterable[Source],
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Classification | Failure]:
    """Classify pictures in their order; one that cannot be read becomes a `Failure`.

    On a CPU they go through the network one by one, so that an answer does not depend on its
    neighbours. On a GPU they go in batches, and the next ones are decoded in a thread meanwhile
    (on a CPU that thread would only take the cores from the network: 2.4 times slower on two).
    Raises DeviceError when the device runs out of memory.
    """

    def prepare(source: Source) -> _Ready | Failure:
        try:
            return _read(model, source)[1]
        except NetlensError as error:
            return Failure(source.name, str(error))
        except OSError as error:
            return Failure(source.name, f"{source.name} cannot be read: {error.strerror or error}.")

    on_cpu = model.device.type == "cpu"
    batch_size = 1 if on_cpu else _GPU_BATCH
    prepared = (prepare(s) for s in sources) if on_cpu else _ahead(prepare, sources)
    with contextlib.closing(prepared):
        while outcomes := list(itertools.islice(prepared, batch_size)):
            ready = [outcome for outcome in outcomes if isinstance(outcome, _Ready)]
            answers = iter(_forward(model, ready))
            for outcome in outcomes:
                yield outcome if isinstance(outcome, Failure) else next(answers)
                if should_stop():
                    return


def _ahead(
    prepare: "Callable[[Source], _Ready | Failure]", sources: Iterable[Source]
) -> "Generator[_Ready | Failure, None, None]":
    """`prepare` each source in a thread, at most one batch ahead."""
    waiting: deque[Future[_Ready | Failure]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as pool:
        try:
            for source in sources:
                waiting.append(pool.submit(prepare, source))
                if len(waiting) > _GPU_BATCH:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A picture that waits for the network."""

    image: str
    sha256: str
    tensor: "torch.Tensor"  # (3, height, width) float32
    decode_ms: float
    preprocess_ms: float


def _read(model: "ImageModel", source: Source) -> tuple[Picture, _Ready]:
    started = time.perf_counter()
    picture = read_image(source.read(), source.name)
    return picture, _preprocess(model, picture, source.name, _milliseconds_since(started))


def _preprocess(model: "ImageModel", picture: Picture, name: str, decode_ms: float) -> _Ready:
    started = time.perf_counter()
    tensor = model.preprocess(picture.image)
    took = _milliseconds_since(started)
    return _Ready(name, picture.sha256, tensor, decode_ms, took)


def _forward(model: "ImageModel", batch: list[_Ready]) -> list[Classification]:
    if not batch:
        return []
    from core.models import guard

    with model.lock, guard(model.device):
        started = time.perf_counter()  # not before: waiting for others is no computing
        probabilities = _probabilities(model, [ready.tensor for ready in batch])
        forward = _milliseconds_since(started) / len(batch)
    return [
        Classification(
            ready.image,
            ready.sha256,
            model.name,
            str(model.device),
            model.classes,
            row,
            Timing(ready.decode_ms, ready.preprocess_ms, forward),
            model.reject,
        )
        for ready, row in zip(batch, probabilities, strict=True)
    ]


def _probabilities(model: "ImageModel", tensors: "list[torch.Tensor]") -> np.ndarray:
    """Of a batch: (pictures, classes) float32. A function of its own, for `guard` to clean up."""
    import torch

    with torch.inference_mode():
        pixels = torch.stack(tensors).to(model.device)
        logits = model.module(pixels.half() if model.half else pixels)
        return logits.float().softmax(1).cpu().numpy()


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
