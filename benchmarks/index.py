"""What it costs to list many pictures, to open them again, and to see what has changed.

    python benchmarks/index.py [--files 100000] [--classes 1000] [--folder DIR]

Makes so many tiny files in a temporary folder (below DIR, to try another disk), and prints the time
and the peak of memory, beside what was there before, of each step. The system remembers what it has
just written: the first opening of a cold disk takes longer, and the second hardly.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from memory import peak_memory  # noqa: E402

from core import data  # noqa: E402

LONG_AGO = 1_500_000_000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        os.environ["NETLENS_HOME"] = f"{folder}/home"
        root = Path(folder) / "pictures"
        measure("making the files", lambda: make(root, args.files, args.classes))
        measure("first opening", lambda: data.register(root, "many"))
        measure("second opening", lambda: data.open(root))
        opened = data.open(root)
        measure("what has changed", lambda: data.changed(opened))
        measure("its stamp", lambda: data.stamp(root))
        (root / "class 0000" / "new.jpg").touch()
        measure("opening after a new file", lambda: data.open(root))
        opened = data.open("many")
        measure("what is new since", lambda: data.since_registered(opened))


def make(root: Path, files: int, classes: int) -> None:
    """Empty files, shared out evenly, in folders that were not changed for long."""
    for at in range(classes):
        folder = root / f"class {at:04}"
        folder.mkdir(parents=True)
        for number in range(at, files, classes):
            (folder / f"picture_{number:08}.JPEG").touch()
        os.utime(folder, (LONG_AGO, LONG_AGO))


def measure(what: str, step: Callable[[], object]) -> None:
    """Take a step once, and print what it cost."""
    started = time.perf_counter()
    peak = peak_memory(step, "cpu", times=1)
    print(f"{what:<26}{time.perf_counter() - started:8.2f} s{peak:8.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
