"""Where a model's weights lie on this machine, and how they get there.

The folders are those of torch hub and of huggingface_hub, by their own rules (``torch.hub.get_dir``
and ``huggingface_hub.constants``, restated here because importing the two takes seconds), so that
what their users have downloaded already is found. Whatever is downloaded here goes into torch hub's
folder, weights from Hugging Face too: one folder to tell people about, one place to put files.

The weights of an untrained model are drawn at random, always the same: its file is the program for
that.
"""

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from core import paths
from core.errors import WeightsUnavailableError
from core.models import download, plain, untrained
from core.models.download import Progress
from core.models.model_info import ModelInfo
from core.models.zoo import info as find
from core.models.zoo import list_models, runs_folder

# what timm looks for in a Hugging Face repository, in this order
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")
_OURS = ("bundled", "run", "plain", "untrained")


def checkpoint_folder() -> Path:
    """Torch hub's folder of weights: ``TORCH_HOME``, else in ``XDG_CACHE_HOME``, else ~/.cache."""
    home = os.environ.get("TORCH_HOME") or str(_user_cache() / "torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


def hub_cache() -> Path:
    """Hugging Face's folder of downloads: ``HF_HUB_CACHE``, else in ``HF_HOME``, else ~/.cache."""
    home = os.environ.get("HF_HOME") or str(_user_cache() / "huggingface")
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return Path(os.path.expandvars(cache or f"{home}/hub")).expanduser()


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def hub_file(hub: str) -> str:
    """The name, among torch hub's checkpoints, of weights from a Hugging Face repository."""
    return f"{hub.replace('/', '--')}.safetensors"


def on_machine(info: ModelInfo) -> Path | None:
    """The file that holds the model's weights, or None where there is none."""
    return next((path for path in _candidates(info) if path.is_file()), None)


def on_machine_names() -> frozenset[str]:
    """The names of all models whose weights are on this machine; some 20 ms for all."""
    present = {*_listing(checkpoint_folder()), *_listing(hub_cache())}

    def is_here(info: ModelInfo) -> bool:
        if info.source in _OURS:
            return True  # listed because its file is there
        names = [info.file]
        if info.hub is not None:
            names += [Path(info.file).with_suffix(".bin").name, _hub_folder(info.hub)]
        return not present.isdisjoint(names) and on_machine(info) is not None

    return frozenset(info.name for info in list_models() if is_here(info))


def obtain(info: ModelInfo, progress: Progress | None = None) -> Path:
    """The file that holds the model's weights, downloaded if it has to be.

    ``progress`` is called with the bytes done and the bytes in all, 0 while that is not known.
    Raises WeightsUnavailableError, within seconds when there is no connection.
    """
    path = on_machine(info)
    if path is None:
        path = _download(info, progress)
    return path


def weights_digest(name: str) -> str:
    """The sha256, in hex, of the file that holds a model's weights; for what is computed with them.

    Downloads them if it has to. Raises ModelError for an unknown name, WeightsUnavailableError,
    and OSError.
    """
    info = find(name)
    path = obtain(info)
    state = path.stat()
    digest = _digest(path, state.st_mtime_ns, state.st_size)
    if info.is_untrained:  # one file for all of them
        return hashlib.sha256(f"{digest} {info.name}".encode()).hexdigest()
    return digest


@functools.lru_cache(1000)
def _digest(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(info: ModelInfo, progress: Progress | None) -> Path:
    folder = checkpoint_folder()
    if info.url is not None:
        return download.fetch([(info.url, folder / info.file)], progress)
    if info.source == "run":
        raise WeightsUnavailableError(
            f"{info.name} is no longer on this machine: its run was deleted. Choose another model."
        )
    if info.hub is None:
        raise WeightsUnavailableError(
            f"{info.file} is missing from {paths.ASSETS / 'models'}: get the project's files again."
        )
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise WeightsUnavailableError(
            f"{info.file} is not on this machine and HF_HUB_OFFLINE forbids to download it: "
            f"unset that, or put the file into {folder}."
        )
    endpoint = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    sources = [
        (
            f"{endpoint}/{info.hub}/resolve/main/{name}",
            (folder / info.file).with_suffix(Path(name).suffix),
        )
        for name in _HUB_FILES
    ]
    return download.fetch(sources, progress)


def _candidates(info: ModelInfo) -> Iterator[Path]:
    """Where the weights may lie, the best place first."""
    if info.source == "bundled":
        yield paths.ASSETS / "models" / info.file
        return
    if info.source == "run":
        yield runs_folder() / info.file
        return
    if info.source == "plain":
        yield Path(plain.__file__)
        return
    if info.source == "untrained":
        yield Path(untrained.__file__)
        return
    yield checkpoint_folder() / info.file
    if info.hub is not None:
        yield (checkpoint_folder() / info.file).with_suffix(".bin")
        yield from _cached(hub_cache() / _hub_folder(info.hub))


def _cached(repository: Path) -> Iterator[Path]:
    """The files that huggingface_hub keeps for the main branch of one repository."""
    try:
        commit = (repository / "refs" / "main").read_text().strip()
    except OSError:
        return
    for name in _HUB_FILES:
        yield repository / "snapshots" / commit / name


def _hub_folder(hub: str) -> str:
    return f"models--{hub.replace('/', '--')}"


def _listing(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
