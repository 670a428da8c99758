"""A job's link to its run: what it reports, what it keeps, and whether it is to stop."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from core.errors import TrainingError
from core.training.learning.progress import NoKeeper
from core.training.material.material import Material


class Saved(Protocol):
    """A checkpoint as the runner gives it back."""

    step: int
    content: bytes


class Context(Protocol):
    """A job's link to its run, as `core.runs.RunContext` has it."""

    folder: Path

    @property
    def device(self) -> str:
        """Such as ``cuda:0``."""

    def report(self, event: Mapping[str, Any]) -> None:
        """Add an event to the run's history."""

    def tell(self, what: str, done: int, of: int) -> None:
        """Say what is being done now."""

    def should_stop(self) -> bool:
        """Whether the user wants the run to end."""

    def save_checkpoint(self, content: bytes, step: int) -> None:
        """Keep what is needed to go on."""

    def load_checkpoint(self) -> Saved | None:
        """What was kept last."""


class Link:
    """The run's folder, as a keeper of checkpoints and as a place to report to."""

    def __init__(self, context: Context) -> None:
        self._saved = context.load_checkpoint()  # before the first report
        self._save = context.save_checkpoint
        self.is_new = self._saved is None
        self.first_step = self._saved.step if self._saved else 0
        self.folder: Path | None = context.folder
        self.device = context.device
        self.report, self.tell = context.report, context.tell
        self.should_stop = context.should_stop
        self._pictures = b""

    def keep_to(self, material: Material) -> None:
        """TrainingError where the checkpoint is from other pictures: some may have changed parts.

        To be called before `save` and `load`.
        """
        self._pictures = material.fingerprint()
        if self._saved and not self._saved.content.startswith(self._pictures):
            raise TrainingError(
                f"The pictures of {material.dataset.name} have changed since the run was "
                "stopped, so it cannot go on: put them back as they were, or start a new run."
            )

    def save(self, content: bytes, step: int) -> None:
        """Into the run's folder. Raises OSError."""
        self._save(self._pictures + content, step)

    def load(self) -> bytes | None:
        """What was there when the run was started or resumed."""
        return self._saved.content[len(self._pictures) :] if self._saved else None


class NoLink(NoKeeper):
    """For the other processes of a run."""

    is_new = False
    folder = None
    first_step = 0

    def __init__(self, device: str) -> None:
        self.device = device

    def keep_to(self, material: Material) -> None:
        """The first process sees to that."""

    def report(self, event: Mapping[str, Any]) -> None:
        """To nobody."""

    def tell(self, what: str, done: int, of: int) -> None:
        """To nobody."""

    def should_stop(self) -> bool:
        """The first process hears of it, and stops all."""
        return False
