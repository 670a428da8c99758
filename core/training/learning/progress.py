"""How far a run has come: all that is needed, beside the recipe, to go on from there."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.training.learning.answers import Answers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Report = Callable[[Mapping[str, Any]], None]
ShouldStop = Callable[[], bool]
_MOST_FLIPS = 12


class Keeper(Protocol):
    """Where checkpoints go."""

    def save(self, content: bytes, step: int) -> None:
        """Keep what `Progress.to_bytes` gave after a step. May raise OSError."""

    def load(self) -> bytes | None:
        """The last that was kept, if any; called once, before anything is reported."""


class Stateful(Protocol):
    """What a checkpoint holds beside the progress."""

    network: "nn.Module"
    optimizer: "torch.optim.Optimizer"


class NoKeeper:
    """Keeps nothing: a run that is interrupted begins anew."""

    def save(self, content: bytes, step: int) -> None:
        """Forget it."""

    def load(self) -> bytes | None:
        """Nothing."""


@dataclass
class Progress:
    """Counts, figures, and tensors on the CPU: plain things, so that no pickle is needed.

    Random numbers are not among them: they come from seeds made of seed, epoch, step and picture.
    """

    epoch: int = 0
    step: int = 0
    """Within the epoch."""
    loss: float = 0.0
    """Summed over the epoch's steps."""
    right: int = 0
    seen: int = 0
    rate: float | None = None
    """The highest learning rate."""
    best: "dict[str, Tensor] | None" = None
    """The weights that did best on the validation pictures."""
    best_epoch: int = 0
    best_score: tuple[float, float] = (-1.0, 0.0)
    """Accuracy and minus the loss."""
    guessed: list[int] = field(default_factory=list)
    """The classes of the validation pictures, after the last epoch."""

    def to_bytes(self, of: "Stateful") -> bytes:
        """A checkpoint, which ``torch.load`` reads with ``weights_only``."""
        import torch

        content = io.BytesIO()
        parts = {"network": of.network.state_dict(), "optimizer": of.optimizer.state_dict()}
        torch.save({"progress": vars(self), **parts}, content)
        return content.getvalue()

    @classmethod
    def resume(cls, content: bytes | None, of: "Stateful") -> "Progress":
        """Go back to a checkpoint, or begin where there is none."""
        import torch

        if content is None:
            return cls()
        parts = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        of.network.load_state_dict(parts["network"])
        of.optimizer.load_state_dict(parts["optimizer"])
        return cls(**parts["progress"])

    def is_patience_over(self, patience: int) -> bool:
        """Whether so many epochs, if it is not 0, brought nothing better."""
        return 0 < patience <= self.epoch - 1 - self.best_epoch

    def add(self, loss: float, right: int, seen: int) -> None:
        """Take a step into the sums."""
        self.step += 1
        self.loss += loss
        self.right += right
        self.seen += seen

    def next_epoch(self) -> None:
        """Begin the next one."""
        self.epoch, self.step = self.epoch + 1, 0
        self.loss, self.right, self.seen = 0.0, 0, 0

    def judge(
        self, answers: Answers | None, positions: np.ndarray, network: "nn.Module"
    ) -> dict[str, Any]:
        """Compare with the epochs before; what an event says of it. None without validation."""
        score = (answers.accuracy, -answers.loss) if answers is not None else (0.0, self.epoch)
        better = score > self.best_score
        if better:
            self.best_score, self.best_epoch = score, self.epoch
            self.best = {name: t.detach().cpu().clone() for name, t in network.state_dict().items()}
        if answers is None:
            return {"val_loss": None, "val_accuracy": None, "best": better} | _NO_FLIPS
        before, after = np.array(self.guessed, np.int64), answers.guessed
        self.guessed = after.tolist()
        told = {"val_loss": answers.loss, "val_accuracy": answers.accuracy, "best": better}
        if not len(before):
            return told | _NO_FLIPS
        flipped = np.flatnonzero(before != after)
        return told | {
            "fixed": int((after[flipped] == answers.labels[flipped]).sum()),
            "broken": int((before[flipped] == answers.labels[flipped]).sum()),
            "flips": [
                [int(positions[i]), int(before[i]), int(after[i])] for i in flipped[:_MOST_FLIPS]
            ],
        }


_NO_FLIPS = {"fixed": 0, "broken": 0, "flips": []}
