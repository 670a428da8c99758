"""The bundled model's recipes, followed on a small scale."""

import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core import paths
from tools.bundled.places import RECIPES

WNIDS = ("n01443537", "n01629819", "n02084071")
OTHER = "n02123045"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Parquet as the recipe wants it: noisy squares of three colours, 150 and 30 of them.

    The first of the 30 is among the 150 too. The boxes are the upper halves.
    """
    folder = tmp_path_factory.mktemp("tiny")
    noise = np.random.default_rng(0)

    def picture(colour: int) -> bytes:
        pixels = noise.integers(0, 90, (64, 64, 3), np.uint8)
        pixels[..., colour] += 120
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    copied = picture(0)
    for name, count in (("train-0", 75), ("train-1", 75), ("val", 30)):
        rows = {
            "image": [picture(i % 3) for i in range(count)],
            "wnid": [WNIDS[i % 3] for i in range(count)],
            **{side: [0] * count for side in ("xmin", "ymin")},
            "xmax": [63] * count,
            "ymax": [31] * count,
        }
        if name != "train-0":
            rows["image"][0] = copied
        pq.write_table(pa.table(rows), folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def follow(recipe, home, *flags):
    """The folder of a run by the command line."""
    command = [sys.executable, "-m", "core", "train", "--recipe", str(recipe), *flags]
    done = subprocess.run(
        [*command, "--batch", "16", "--device", "cpu"],
        cwd=paths.ROOT,
        env=os.environ | {"NETLENS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home / "runs" / done.stdout.strip()


@pytest.fixture(scope="session")
def trained(tiny, home):
    """The folder of a run of five epochs by the first recipe."""
    flags = ("--data", str(tiny), "--epochs", "5", "--learning-rate", "0.05")
    return follow(RECIPES[0], home, *flags)


@pytest.fixture(scope="session")
def went_on(tiny, home, trained):
    """The folder of a run of two epochs by the second recipe, from there."""
    flags = ("--data", str(tiny), "--epochs", "2", "--learning-rate", "0.001")
    return follow(RECIPES[1], home, *flags, "--model", f"run/{trained.name}")


@pytest.fixture
def run(trained, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(trained, tmp_path / trained.name)


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """Six of each known class, and eight of another one."""
    folder = tmp_path_factory.mktemp("photographs")
    for number, wnid in enumerate(WNIDS):
        (folder / wnid).mkdir()
        for more in range(6):
            colour = [40, 40, 40]
            colour[number] = 200 + more
            Image.new("RGB", (120, 90), tuple(colour)).save(folder / wnid / f"{more}.png")
    (folder / OTHER).mkdir()
    for level in range(10, 250, 30):
        Image.new("RGB", (80, 100), (level,) * 3).save(folder / OTHER / f"{level}.png")
    return folder
