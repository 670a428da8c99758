"""Ask the bundled model about Tiny ImageNet's validation pictures, and pack what it says.

    python tools/bundled_answers.py DATA

DATA is Tiny ImageNet as it is unpacked, or its validation pictures as Parquet. Writes
``assets/evaluations/small-resnet-tiny-imagenet.npz``, which the page shows before there is a run.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core import models  # noqa: E402
from core.evaluation.answers import FOLDER  # noqa: E402
from core.evaluation.running.job import evaluate  # noqa: E402
from core.evaluation.running.table import load  # noqa: E402
from core.evaluation.running.task import Task  # noqa: E402
from core.evaluation.shipped import FILE, pack  # noqa: E402


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


def main() -> None:
    """Print the headline figures, too."""
    with tempfile.TemporaryDirectory() as place:
        run = _Shown(Path(place))
        print(evaluate(Task(sys.argv[1], models.DEFAULT_MODEL).as_json(), run))
        FILE.parent.mkdir(exist_ok=True)
        pack(load(run.folder / FOLDER), FILE)
    print(f"{FILE.stat().st_size:,} bytes in {FILE}")


if __name__ == "__main__":
    main()
