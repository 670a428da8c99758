"""Pictures through a network, batch by batch, into a table."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from core.data import Dataset, Fate
from core.errors import DataError, EvaluationError, PictureError
from core.evaluation.running.order import batches
from core.evaluation.running.table import ANSWERED, TOP, UNREADABLE, WAITING, Table
from core.evaluation.slices.signals import SIGNALS, box_signals, signals
from core.images import read_image
from core.models import Preprocess, guard

if TYPE_CHECKING:
    import torch
    from torch import Tensor


Network = Callable[["Tensor"], "tuple[Tensor | None, Tensor]"]
"""(N, 3, size, size) -> features (N, F), or None, and logits (N, outputs); on its device."""

CPU_BATCH, GPU_BATCH = 16, 128
_CPU_PIXELS = 4 * 224**2  # of a batch: what passes through a network is to stay in the cache
_SETTLE_EVERY = 2.0  # seconds
_MOST_THREADS = 16
_FEW, _SHARE = 10, 0.01
"""Files that may be gone meanwhile, whichever is more; a disk that was pulled takes all."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked, and about what."""

    network: Network
    preprocess: Preprocess
    dataset: Dataset
    claims: Sequence[Sequence[int]]
    """For each class of the data the outputs that stand for it."""
    device: "torch.device"


def answer(
    subject: Subject, table: Table, tell: Callable[[], None], should_stop: Callable[[], bool]
) -> bool:
    """Answer what the table still lacks; False once told to stop.

    ``tell`` is called after each time that answers were brought to the disk. A batch always has the
    same pictures, so that interrupted at any moment and called again, the answers are the same.
    A picture that cannot be read is passed over. Raises DeviceError, and EvaluationError where so
    many files are gone that the data set itself must be, and for answers that are no numbers; what
    was brought to the disk before stays.
    """
    at = table["position"]
    blocks = subject.dataset.blocks
    size = batch_size(subject.device, subject.preprocess)
    whole = batches(None if blocks is None else blocks[at], len(table), size)
    state = np.array(table["state"])
    missing = [rows for rows in whole if (state[rows] == WAITING).any()]
    settled = time.monotonic()
    waiting: dict[int, int] = {}
    gone: list[int] = []
    stop = should_stop()
    for batch in _answered(subject, [] if stop else missing, table):
        table.put(batch.rows, batch.columns)
        states = dict(zip(batch.rows.tolist(), batch.states, strict=True))
        gone += [row for row, state in states.items() if state == WAITING]
        waiting |= {row: state for row, state in states.items() if state != WAITING}
        if len(gone) > max(_FEW, len(table) * _SHARE):
            table.settle(waiting)
            raise _vanished(subject.dataset, table, gone)
        stop = should_stop()
        if stop or time.monotonic() - settled > _SETTLE_EVERY:
            table.settle(waiting)
            waiting.clear()
            settled = time.monotonic()
            tell()
        if stop:
            break
    if not stop:
        waiting |= dict.fromkeys(gone, UNREADABLE)
    table.settle(waiting)
    tell()
    return not stop


def batch_size(device: "torch.device", preprocess: Preprocess) -> int:
    """How many pictures are asked about at once: always the same for the same model and device."""
    if device.type != "cpu":
        return GPU_BATCH
    return max(1, min(CPU_BATCH, _CPU_PIXELS // preprocess.input_size**2))


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is to be written of some pictures."""

    rows: np.ndarray
    states: list[int]
    columns: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A picture that was read."""

    tensor: "Tensor"
    sha256: bytes
    signals: np.ndarray


def _answered(subject: Subject, missing: Sequence[np.ndarray], table: Table) -> Iterator[_Batch]:
    """The batches in their order.

    Each thread takes a whole batch, so that one decodes while another asks the network. A CPU's
    cores then share no forward pass: they need not wait for each other, and the few pictures of a
    batch stay in a core's cache. On other devices one batch at a time has the memory.
    """
    with _threads(subject.device) as count, ThreadPoolExecutor(count, "batch") as pool:
        has_boxes = table.meta["signals"] > len(SIGNALS)
        boxes = subject.dataset.boxes if has_boxes else None
        turn = nullcontext() if subject.device.type == "cpu" else Lock()

        def work(rows: np.ndarray) -> _Batch:
            at = table["position"][rows]
            read = [_read(subject, position) for position in at.tolist()]
            states = [
                ANSWERED if one else _why_not(subject.dataset, i)
                for i, one in zip(at, read, strict=True)
            ]
            of_rows = None if boxes is None else boxes[at]
            columns = _columns(subject, read, table["label"][rows], of_rows, turn)
            return _Batch(rows, states, columns)

        pending: deque[Future[_Batch]] = deque()
        try:
            for rows in missing:
                pending.append(pool.submit(work, rows))
                if len(pending) > 2 * count:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _threads(device: "torch.device") -> Iterator[int]:
    """How many to work with; on a CPU torch takes one in each of them meanwhile."""
    import torch

    if device.type != "cpu":
        yield min(os.cpu_count() or 1, _MOST_THREADS)
        return
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield count
    finally:
        torch.set_num_threads(count)


def _why_not(dataset: Dataset, at: int) -> int:
    """The state of a picture that could not be read: its file may only be gone for now."""
    is_gone = dataset.fates(np.array([at]))[0] == Fate.MISSING
    return WAITING if is_gone else UNREADABLE


def _vanished(dataset: Dataset, table: Table, gone: Sequence[int]) -> EvaluationError:
    return EvaluationError(
        f"Pictures of {dataset.name} are gone since it was opened ({table.file(gone[0])} and "
        f"{len(gone) - 1:,} more): put them back and resume, which keeps all answers so far."
    )


def _read(subject: Subject, at: int) -> _Ready | None:
    """None for what cannot be read."""
    dataset, preprocess = subject.dataset, subject.preprocess
    try:
        picture = read_image(dataset.read(at), dataset.file(at))
    except (DataError, PictureError):
        return None
    return _Ready(
        preprocess(picture.image),
        bytes.fromhex(picture.sha256),
        signals(picture.image, preprocess),
    )


def _columns(
    subject: Subject,
    ready: Sequence[_Ready | None],
    labels: np.ndarray,
    boxes: np.ndarray | None,
    turn: AbstractContextManager[object],
) -> Mapping[str, np.ndarray]:
    """The columns of a batch; of what could not be read, those of a black picture."""
    import torch

    size = subject.preprocess.input_size
    nothing = _Ready(torch.zeros(3, size, size), bytes(32), np.full(len(SIGNALS), np.nan))
    read = [one or nothing for one in ready]
    with turn:
        features, logits = _forward(subject, [one.tensor for one in read])
    if not logits.isfinite().all():
        raise EvaluationError(
            "The model answers with what is no number (NaN or infinity): its weights are damaged, "
            "or too large for the precision. Choose other weights."
        )
    found = _judged(logits, subject.claims, labels)
    found["sha256"] = np.frombuffer(b"".join(one.sha256 for one in read), np.uint8).reshape(-1, 32)
    found["signals"] = np.stack([one.signals for one in read])
    if boxes is not None:
        width, height = found["signals"].T[:2]
        found["signals"] = np.hstack([found["signals"], box_signals(boxes, width, height)])
    if features is not None:
        found["embedding"] = features
    return found


def _forward(subject: Subject, tensors: "list[Tensor]") -> "tuple[np.ndarray | None, Tensor]":
    """Features (n, F) float16 and logits (n, outputs) float64, on the CPU."""
    import torch

    with torch.inference_mode(), guard(subject.device):
        inputs = torch.stack(tensors).to(subject.device)
        features, logits = subject.network(inputs.contiguous(memory_format=torch.channels_last))
        if features is not None:
            largest = torch.finfo(torch.float16).max
            features = features.clamp(-largest, largest).half().cpu().numpy()
        return features, logits.cpu().double()


def _judged(
    logits: "Tensor", claims: Sequence[Sequence[int]], labels: np.ndarray
) -> dict[str, np.ndarray]:
    """What the logits say, and how right that is."""
    import torch

    logs = logits.log_softmax(1)
    ordered, order = logs.sort(stable=True, dim=1, descending=True)
    top = min(TOP, logs.shape[1])
    rank = np.full(len(labels), -1, np.int32)
    loss = np.full(len(labels), np.nan, np.float32)
    for row, label in enumerate(labels.tolist()):
        if meant := claims[label]:
            rank[row] = int(torch.isin(order[row], torch.tensor(meant)).nonzero()[0])
            loss[row] = -float(torch.logsumexp(logs[row, meant], 0))
    found = {
        "top": np.full((len(labels), TOP), -1, np.int32),
        "top_probability": np.zeros((len(labels), TOP), np.float32),
        "rank": rank,
        "loss": loss,
        "entropy": -(logs.exp() * logs).sum(1).numpy(),
    }
    found["top"][:, :top] = order[:, :top].numpy()
    found["top_probability"][:, :top] = ordered[:, :top].exp().numpy()
    return found
