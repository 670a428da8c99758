"""A folder in which everything is wrong that a folder can have."""

import io
import os
import socket
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from tests.core.data.trees import grown

CLASSES = ("n02123045", "n02099601")
NAMES = (
    b"a\nb.png",
    b"'\"`$(id);.png",
    b"\xff\xfe\x80.png",
    b"-rf.png",
    b"x" * 251 + b".png",
    "👩‍👩‍👧 🐈.png".encode(),
    "\u202egnp.exe.png".encode(),
    "שלום עולם.png".encode(),
    b"Same.png",
    b"same.png",
    b"**bold** [x](evil.example) :smile: $x$.png",
    b"%2e%2e%2fetc.png",
    b"\x1b[31m.PNG",
)
"""What pictures are called, in bytes."""
STRANGE = (b"\xe9t\xe9", b"a\nb", b"-v", b"TABBY", b"tabby", b"**x** [y](evil.example)")
"""What classes are called, in bytes; the model knows two of them, which differ by case."""
BROKEN = {
    "empty.png": b"",
    "text.png": b"no picture at all",
    "half.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "bomb.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02",
}
"""Pictures by their names alone."""


def png(seed: int) -> bytes:
    """A small picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 40, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def attacked(root: Path, secret: Path) -> Path:
    """Make the folder, and one beside it that it must not lead to."""
    outside = grown(secret, {"1.png": png(99), "cat/1.png": png(98)})
    files: dict[str, bytes] = {}
    for kind in CLASSES:
        files |= {
            os.fsdecode(kind.encode() + b"/" + name): png(at) for at, name in enumerate(NAMES)
        }
    files |= {os.fsdecode(kind + b"/1.png"): png(at) for at, kind in enumerate(STRANGE, 50)}
    files |= {f"{CLASSES[0]}/{name}": content for name, content in BROKEN.items()}
    files |= {
        f"{'y' * 255}/1.png": png(70),
        "empty/notes.txt": b"",
        "..foo/1.png": png(71),
        ".hidden/1.png": png(72),
        f"{CLASSES[1]}/.hidden.png": png(73),
        f"{CLASSES[1]}/folder.png/inside.png": png(74),
    }
    made = grown(root, files)
    cats = made / CLASSES[0]
    (made / "nothing").mkdir()
    (made / "out").symlink_to(outside / "cat", target_is_directory=True)
    (made / "up").symlink_to("..", target_is_directory=True)
    (made / "loop").symlink_to("loop")
    (cats / "out.png").symlink_to(outside / "1.png")
    (cats / "loop.png").symlink_to("loop.png")
    (cats / "zero.png").symlink_to("/dev/zero")
    (cats / "images").symlink_to("..", target_is_directory=True)
    os.mkfifo(cats / "pipe.png")
    os.mkfifo(made / "pipe")
    os.mkfifo(made / "LOC_val_solution.csv")
    os.mkfifo(made / "train.parquet")
    with closing(socket.socket(socket.AF_UNIX)) as bound:
        here = Path.cwd()
        os.chdir(cats)  # its address may have some 100 bytes only
        try:
            bound.bind("socket.png")
        finally:
            os.chdir(here)
    return made


READABLE = 2 * len(NAMES) + len(STRANGE) + 1
"""Pictures of the folder that can be read."""
