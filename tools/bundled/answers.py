"""What the bundled model says of Tiny ImageNet's validation pictures, packed to be shipped."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from core import models
from core.evaluation.answers import FOLDER
from core.evaluation.running.job import evaluate
from core.evaluation.running.table import load
from core.evaluation.running.task import Task
from core.evaluation.shipped import FILE, pack


class _Shown:
    """A run in a folder that is thrown away; its progress is printed."""

    device = "cpu"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def report(self, event: object) -> None:
        pass

    def tell(self, what: str, done: int, of: int) -> None:
        print(f"\r{what} {done} of {of}", end="", file=sys.stderr)

    def should_stop(self) -> bool:
        return False


def ask(data: str, model: str = models.DEFAULT_MODEL, file: Path = FILE) -> dict[str, Any]:
    """Write the file of answers that the page shows before there is a run.

    Returns the headline figures. Raises NetlensError.
    """
    with tempfile.TemporaryDirectory() as place:
        run = _Shown(Path(place))
        said = evaluate(Task(data, model).as_json(), run)
        file.parent.mkdir(exist_ok=True)
        pack(load(run.folder / FOLDER), file)
    return {"file": str(file), "bytes": file.stat().st_size, **said}
