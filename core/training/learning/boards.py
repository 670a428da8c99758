"""TensorBoard's files, for those who want a run's curves there too."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.training.learning.progress import Report

FOLDER = "tensorboard"


@contextmanager
def beside(report: Report, folder: Path, first_step: int) -> Iterator[Report]:
    """A report that also writes scalars below ``folder``, from a step of the run on."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder / FOLDER, purge_step=first_step) as writer:
        yield _doubled(report, writer.add_scalar)


def _doubled(report: Report, add: Callable[[str, float, int], None]) -> Report:
    def tell(event: Mapping[str, Any]) -> None:
        report(event)
        if event["kind"] not in ("step", "epoch"):
            return
        for name, value in event.items():
            if name not in ("kind", "step", "of", "epoch", "epochs") and isinstance(value, float):
                add(f"{event['kind']}/{name}", value, event["step"])

    return tell
