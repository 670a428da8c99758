"""The list of all models, read from a table in the assets: milliseconds, without torch.

``tools/build_zoo.py`` writes the table from what torchvision and timm say of themselves.
"""

import difflib
import functools
import gzip
from contextlib import suppress
from pathlib import Path
from typing import cast

from core import paths
from core.errors import ModelError
from core.models import saved
from core.models.model_info import ModelInfo, Source

DEFAULT_MODEL = "bundled/small-resnet-tiny-imagenet"
TABLE = paths.ASSETS / "models.tsv.gz"
COLUMNS = tuple(ModelInfo.__dataclass_fields__)


def list_models() -> tuple[ModelInfo, ...]:
    """Every model that can be loaded: bundled, torchvision's, timm's."""
    bundled = []
    for name, path in _bundled_files().items():
        with suppress(ModelError):  # a damaged file is left out; asking for it says so
            bundled.append(_bundled(name, path))
    return (*bundled, *library_models())


def info(name: str) -> ModelInfo:
    """The model of that name.

    ``torchvision/resnet50`` are the library's default weights, which also go by their tag; an
    architecture of timm without a tag is its first one. Raises ModelError for an unknown name, and
    for a bundled file that is damaged.
    """
    bundled = _bundled_files()
    if name in bundled:
        return _bundled(name, bundled[name])
    found = _by_name().get(name)
    if found is None:
        raise ModelError(_unknown(name))
    return found


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


def _bundled(name: str, path: Path) -> ModelInfo:
    metadata = saved.read_metadata(path)
    return ModelInfo(
        name=name,
        source="bundled",
        architecture=metadata["architecture"],
        weights=path.stem,
        classes=len(metadata["classes"]),
        parameters=metadata["parameters"],
        accuracy=None,  # its own figure is not on ImageNet-1k: it would mislead here
        input_size=metadata["input_size"],
        file=path.name,
        url=None,
        hub=None,
    )


def _unknown(name: str) -> str:
    known = [*_by_name(), *_bundled_files()]
    # without its source: the same name under each source, else whatever looks like it
    close = [other for other in known if other.partition("/")[2] == name]
    close = close or difflib.get_close_matches(name[:100], known, n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else "Choose one from the list of models."
    return f"There is no model {name[:100]!r}. {hint}"
