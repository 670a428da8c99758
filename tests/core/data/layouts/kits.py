"""ImageNet's development kit, its validation pictures and archives, small but in true form."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.io

from tests.core.data.trees import grown

WNIDS = ("n02084071", "n01440764", "n02123045")
"""In the order of their ILSVRC2012_IDs, which is neither that of wnids nor that of labels."""
IDS = np.random.default_rng(0).integers(1, len(WNIDS) + 1, 50_000)
KIT = "ILSVRC2012_devkit_t12"
TRUTH = "data/ILSVRC2012_validation_ground_truth.txt"


def picture(k: int) -> str:
    return f"ILSVRC2012_val_{k:08}.JPEG"


def shown(k: int) -> str:
    """The wnid of validation picture k, from 1."""
    return WNIDS[IDS[k - 1] - 1]


def meta() -> bytes:
    """meta.mat with the fields of the true one; the last synset is a group above the others."""
    fields = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("num_children", "O")]
    rows = [(at, wnid, f"words of {wnid}", 0) for at, wnid in enumerate(WNIDS, 1)]
    synsets = np.array([*rows, (len(WNIDS) + 1, "n00001740", "entity", 3)], dtype=fields)
    file = io.BytesIO()
    scipy.io.savemat(file, {"synsets": synsets[:, None]}, do_compression=True)
    return file.getvalue()


def kit_files() -> dict[str, bytes]:
    truth = "".join(f"{of}\n" for of in IDS).encode()
    return {"readme.txt": b"read me", TRUTH: truth, "data/meta.mat": meta()}


def unpacked(folder: Path, **changed: bytes) -> Path:
    """The kit as a folder; `truth` and `meta` may hold something else."""
    files = kit_files()
    files[TRUTH] = changed.get("truth", files[TRUTH])
    files["data/meta.mat"] = changed.get("meta", files["data/meta.mat"])
    return grown(folder / KIT, files)


def packed(folder: Path) -> Path:
    """The kit as it is downloaded."""
    path = folder / f"{KIT}.tar.gz"
    path.write_bytes(tar({f"{KIT}/{name}": data for name, data in kit_files().items()}, "w:gz"))
    return path


def tar(files: Mapping[str, bytes], mode: str = "w", form: int = tarfile.GNU_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()
