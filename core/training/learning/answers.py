"""What a network says of many pictures, shared out over the processes of a run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.compat import mend_torchvision
from core.training.material.pictures import Source

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from torch import Tensor, nn

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Answers:
    """Of n pictures, in the order of their positions."""

    labels: np.ndarray
    """(n,) int64"""
    logits: np.ndarray
    """(n, classes) float32"""
    loss: float
    """Mean cross-entropy."""
    accuracy: float

    @property
    def guessed(self) -> np.ndarray:
        """(n,) int64: the most probable class."""
        return self.logits.argmax(axis=1)


def answer(
    fabric: "Fabric",
    network: "nn.Module",
    source: Source,
    positions: np.ndarray,
    *,
    labels: np.ndarray,
    classes: int,
) -> Answers:
    """Ask a network, which is in evaluation mode, about pictures; every process gets all answers.

    ``labels`` are those of the pictures at ``positions``. The network is the bare one: the one that
    `fabric.setup` put around it talks to the other processes whenever it is called.
    """
    mend_torchvision()  # torchmetrics imports it
    import torch
    from torchmetrics.functional.classification import multiclass_accuracy

    share = np.array_split(positions, fabric.world_size)[fabric.global_rank]
    batches = np.array_split(share, max(1, -(-len(share) // _BATCH)))
    rows = [torch.empty(0, classes)]
    with torch.inference_mode(), fabric.autocast():
        wanted = [batch for batch in batches if len(batch)]
        for inputs in source.batches(wanted, fabric.device):
            rows.append(network(inputs).float().cpu())
    logits = _gather(fabric, torch.cat(rows), len(positions))
    truth = torch.from_numpy(labels)
    accuracy = multiclass_accuracy(logits, truth, classes, average="micro")
    loss = torch.nn.functional.cross_entropy(logits, truth)
    return Answers(labels, logits.numpy(), float(loss), float(accuracy))


def _gather(fabric: "Fabric", rows: "Tensor", count: int) -> "Tensor":
    """The rows of all processes, which `array_split` made as long as each other or one shorter."""
    import torch

    if fabric.world_size == 1:
        return rows
    longest = -(-count // fabric.world_size)
    padded = torch.zeros(longest, rows.shape[1])
    padded[: len(rows)] = rows
    gathered = fabric.all_gather(padded.to(fabric.device)).cpu()
    lengths = [len(part) for part in np.array_split(np.arange(count), fabric.world_size)]
    return torch.cat([part[:length] for part, length in zip(gathered, lengths, strict=True)])
