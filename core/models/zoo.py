"""The list of all models: milliseconds, without torch.

torchvision's and timm's are in a table in the assets, which ``tools/build_zoo.py`` writes from what
they say of themselves. Our own files say in their headers what they are, and are asked again when
they have changed.
"""

import difflib
import functools
import gzip
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

from core import paths
from core.errors import ModelError
from core.models.header import TUNED, read_metadata
from core.models.model_info import ModelInfo, Source
from core.models.plain import CLASSES, PLAIN
from core.models.untrained import UNTRAINED, trained

DEFAULT_MODEL = "bundled/small-resnet-tiny-imagenet"
TABLE = paths.ASSETS / "models.tsv.gz"
COLUMNS = tuple(ModelInfo.__dataclass_fields__)
RUN_FILE = "model.safetensors"
_RUN = re.compile(r"[\w-]{1,100}", re.ASCII)
_KEPT = 5000  # headers of our own files


def list_models() -> tuple[ModelInfo, ...]:
    """Every model that can be loaded: bundled, of runs, torchvision's, timm's, plain, untrained."""
    own = []
    for name, path in (_bundled_files() | _run_files()).items():
        with suppress(ModelError):  # a damaged file is left out; asking for it says so
            own.append(_own(name, path))
    random = plain_models() | untrained_models()
    return (*own, *library_models(), *random.values())


def info(name: str) -> ModelInfo:
    """The model of that name.

    ``torchvision/resnet50`` are the library's default weights, which also go by their tag; an
    architecture of timm without a tag is its first one. Raises ModelError for an unknown name, and
    for a file of our own that is damaged.
    """
    source, _, rest = name.partition("/")
    if source == "run":
        path = runs_folder() / rest / RUN_FILE
        if not _RUN.fullmatch(rest) or not path.is_file():
            raise ModelError(
                f"There is no model {name[:100]!r}: its run is not done yet, or was deleted. "
                "Choose one from the list of models."
            )
        return _own(name, path)
    bundled = _bundled_files()
    if name in bundled:
        return _own(name, bundled[name])
    found = _by_name().get(name) or plain_models().get(name) or untrained_models().get(name)
    if found is None:
        raise ModelError(_unknown(name))
    return found


def runs_folder() -> Path:
    """Where runs leave the models that they have trained. It may not exist yet."""
    return paths.home().absolute() / "runs"


@functools.cache
def plain_models() -> dict[str, ModelInfo]:
    """The plain networks for teaching, by name."""
    return {
        name: ModelInfo(
            name=name,
            source="plain",
            architecture=name.partition("/")[2],
            weights="none",
            classes=CLASSES,
            parameters=plain.parameters(plain.input_size, CLASSES),
            accuracy=None,
            input_size=plain.input_size,
            file="plain.py",
            url=None,
            hub=None,
        )
        for name, plain in PLAIN.items()
    }


@functools.cache
def untrained_models() -> dict[str, ModelInfo]:
    """torchvision's well-known architectures without what they have learnt, by name."""
    return {
        name: replace(
            _by_name()[trained(name)],
            name=name,
            source="untrained",
            weights="none",
            parameters=parameters,
            accuracy=None,
            file="untrained.py",
            url=None,
        )
        for name, parameters in UNTRAINED.items()
    }


@functools.cache
def library_models() -> tuple[ModelInfo, ...]:
    """The table: torchvision's and timm's classifiers with pretrained weights."""
    return read_table(gzip.decompress(TABLE.read_bytes()).decode())


def read_table(text: str) -> tuple[ModelInfo, ...]:
    """Parse the table; lines that start with # are remarks, empty cells are None."""
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        ModelInfo(
            name=name,
            source=cast(Source, source),
            architecture=architecture,
            weights=weights,
            classes=int(classes),
            parameters=int(parameters) if parameters else None,
            accuracy=float(accuracy) if accuracy else None,
            input_size=int(input_size) if input_size else None,
            file=file,
            url=url or None,
            hub=hub or None,
        )
        for (
            name, source, architecture, weights, classes, parameters, accuracy, input_size,
            file, url, hub,
        ) in rows
    )  # fmt: skip


@functools.cache
def _by_name() -> dict[str, ModelInfo]:
    """The library models under their names and under the other names that they answer to."""
    aliases: dict[str, ModelInfo] = {}
    for model in library_models():
        plain = f"{model.source}/{model.architecture}"
        aliases.setdefault(plain, model)
        aliases.setdefault(f"{plain}.{model.weights}", model)
    return aliases | {model.name: model for model in library_models()}


def _bundled_files() -> dict[str, Path]:
    """The models that come with the project, by name: our own files in the assets."""
    files = sorted((paths.ASSETS / "models").glob("*.safetensors"))
    return {f"bundled/{path.stem}": path for path in files}


def _run_files() -> dict[str, Path]:
    """The models that runs have trained, by name, the newest run first."""
    try:
        folders = sorted(runs_folder().iterdir(), reverse=True)
    except OSError:
        return {}
    return {f"run/{f.name}": f / RUN_FILE for f in folders if _RUN.fullmatch(f.name)}


def _own(name: str, path: Path) -> ModelInfo:
    """Raises ModelError where there is no such file, or it is damaged."""
    try:
        state = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error
    return _described(name, path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(_KEPT)
def _described(name: str, path: Path, changed: int, size: int) -> ModelInfo:
    metadata = read_metadata(path)
    source, _, rest = name.partition("/")
    tuned = metadata["format"] == TUNED
    return ModelInfo(
        name=name,
        source=cast(Source, source),
        architecture=metadata["model" if tuned else "architecture"],
        weights=rest,
        classes=len(metadata["classes"]),
        parameters=metadata["parameters"],
        accuracy=None,  # its own figure is not on ImageNet-1k: it would mislead here
        input_size=metadata["input_size"],
        file=path.name if source == "bundled" else f"{rest}/{RUN_FILE}",
        url=None,
        hub=None,
    )


def _unknown(name: str) -> str:
    known = [*_by_name(), *_bundled_files(), *PLAIN, *UNTRAINED]
    # without its source: the same name under each source, else whatever looks like it
    close = [other for other in known if other.partition("/")[2] == name]
    close = close or difflib.get_close_matches(name[:100], known, n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else "Choose one from the list of models."
    return f"There is no model {name[:100]!r}. {hint}"
