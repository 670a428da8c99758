"""The development kit of ILSVRC 2012: the ground truth of ImageNet's 50,000 validation pictures.

Line k of the truth is the ILSVRC2012_ID of picture k, which ``meta.mat`` tells the wnid of
(Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", IJCV 2015, and the kit's
own readme.txt). These are not the positions in a model's output.
"""

import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.data.layouts.layout import Answers
from core.errors import DataError

FOLDER = "ILSVRC2012_devkit_t12"
ARCHIVE = f"{FOLDER}.tar.gz"
PICTURES = 50_000
_TRUTH = "ILSVRC2012_validation_ground_truth.txt"
_META = "meta.mat"
_MAX_BYTES = 64 * 2**20
"""Of each file; the largest has less than one MB."""


def read_folder(path: Path) -> Answers:
    """What the validation pictures show, by the kit unpacked; DataError where it is damaged."""
    with _explained(path):
        truth, meta = ((path / "data" / name).read_bytes() for name in (_TRUTH, _META))
        return _answers(path, truth, meta)


def read_archive(path: Path) -> Answers:
    """The same by the kit as it was downloaded."""
    with _explained(path):
        found = {}
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name in (_TRUTH, _META) and member.isreg() and member.size <= _MAX_BYTES:
                    found[name] = archive.extractfile(member).read()
        return _answers(path, found[_TRUTH], found[_META])


def _answers(path: Path, truth: bytes, meta: bytes) -> Answers:
    ids = [int(line) for line in truth.split()]
    if len(ids) != PICTURES:
        raise DataError(
            f"{_TRUTH} in {path} is about {len(ids):,} pictures instead of {PICTURES:,}; download "
            f"{ARCHIVE} again."
        )
    wnids = _wnids(meta)
    return Answers({f"ILSVRC2012_val_{k:08}": wnids[of] for k, of in enumerate(ids, 1)})


def _wnids(meta: bytes) -> dict[int, str]:
    """The wnid of each ILSVRC2012_ID."""
    import numpy as np
    import scipy.io

    matlab = scipy.io.loadmat(io.BytesIO(meta), squeeze_me=True, variable_names=["synsets"])
    synsets = np.atleast_1d(matlab["synsets"])
    ids, wnids = synsets["ILSVRC2012_ID"].tolist(), synsets["WNID"].tolist()
    return {int(of): str(wnid) for of, wnid in zip(ids, wnids, strict=True)}


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what damaged files make others raise into a DataError."""
    import scipy.io.matlab

    try:
        yield
    except (
        OSError,
        EOFError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        MemoryError,
        NotImplementedError,
        struct.error,
        zlib.error,
        tarfile.TarError,
        scipy.io.matlab.MatReadError,
    ) as error:
        reason = getattr(error, "strerror", None) or "the file is damaged"
        raise DataError(
            f"{path}, which says what ImageNet's validation pictures show, cannot be read: "
            f"{reason}. Download {ARCHIVE} again."
        ) from error
