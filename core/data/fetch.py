"""Data sets that are downloaded, and only when somebody asks for one."""

import tempfile
from pathlib import Path
from urllib.error import URLError

from core.compat import mend_torchvision
from core.data.access import downloads
from core.data.dataset import Progress
from core.data.registry import Entry, register
from core.errors import DataError, WeightsUnavailableError

IMAGENETTE = "imagenette"
_FOLDER = "imagenette2-320"
_ADDRESS = f"https://s3.amazonaws.com/fast-ai-imageclas/{_FOLDER}.tgz"


def fetch_imagenette(name: str | None = None, progress: Progress | None = None) -> Entry:
    """Imagenette, downloaded below ``NETLENS_HOME`` unless it is there, and registered.

    Ten easy classes of ImageNet, 9,469 pictures to learn from and 3,925 to test on, with a shorter
    side of 320 pixels: https://github.com/fastai/imagenette. The archive (about 330 MB) is checked
    and unpacked by torchvision's own class. ``progress`` is told how many of how many bytes have
    come, and may raise to stop. DataError without a connection, or where the disk does not take it.
    """
    from filelock import FileLock

    from core.models import download

    place = downloads() / _FOLDER
    try:
        downloads().mkdir(parents=True, exist_ok=True)
        with FileLock(downloads() / ".lock", is_singleton=True):
            if not place.is_dir():
                archive = downloads() / f"{_FOLDER}.tgz"
                _unpack(download.fetch([(_ADDRESS, archive)], progress), place)
    except WeightsUnavailableError as error:
        raise DataError(str(error)) from error
    except OSError as error:
        raise DataError(f"{downloads()} cannot be written: {error.strerror}.") from error
    return register(place, name or IMAGENETTE)


def _unpack(archive: Path, place: Path) -> None:
    """Unpack into ``place`` in one step; the archive goes, for it is used up or damaged."""
    mend_torchvision()
    from torchvision.datasets import Imagenette

    with tempfile.TemporaryDirectory(dir=place.parent) as made:
        archive.replace(Path(made) / archive.name)
        try:
            Imagenette(made, size="320px", download=True)
        except (RuntimeError, URLError) as error:  # its hash is wrong, and another try failed, too
            raise DataError(f"What arrived as {archive.name} is damaged; try again.") from error
        (Path(made) / _FOLDER).rename(place)
