"""A model of the zoo as the start of another one, with outputs for other classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from core.compat import mend_torchvision
from core.errors import ModelError
from core.models import zoo
from core.models.header import read_metadata
from core.models.model_info import ModelInfo
from core.models.preprocess import (
    Preprocess,
    from_settings,
    own_preprocess,
    resized,
    timm_settings,
    torchvision_preprocess,
)
from core.models.weights import obtain

if TYPE_CHECKING:
    from torch import nn

SMALLEST_INPUT, LARGEST_INPUT = 16, 1024


@dataclass(frozen=True, slots=True)
class Tunable:
    """A network of one's own, float32 on the CPU, all of whose parameters want gradients."""

    module: "nn.Module"
    """(N, 3, input_size, input_size) normalised pictures -> (N, classes) logits."""
    head: str
    """Name of the layer that makes the logits: a Linear, in SqueezeNet and BiT a Conv2d."""
    last_stage: tuple[str, ...]
    """Names of the last parts of what comes before the head, in their order."""
    preprocess: Preprocess
    metadata: dict[str, Any]
    """What `core.models.saved.save_tuned` has to be told."""


class _Origin(NamedTuple):
    """What a model is by itself: see `core.models.header`."""

    model: str
    build: Mapping[str, Any]
    preprocess: Mapping[str, Any]


def tunable(
    name: str,
    classes: Sequence[tuple[str | None, str]],
    *,
    pretrained: bool = True,
    input_size: int | None = None,
    dropout: float = 0.0,
    seed: int = 0,
) -> Tunable:
    """A copy of a model whose last layer is fresh, drawn by ``seed``, for ``classes``.

    Each class is a wnid, or None, and a label. A model that is to learn the very classes that it
    has, in their order, keeps the last layer that it came with. Without ``pretrained`` all weights
    are drawn by the seed; those of a plain model always are. ``dropout`` above 0 stands before the
    last layer. Raises ModelError for an unknown name, a damaged file, an ``input_size`` that the
    architecture does not take, and a network without a single last layer;
    WeightsUnavailableError when the weights cannot be fetched.
    """
    from core.models import architectures, builders, heads

    info = zoo.info(name)
    origin = _origin(info)
    settings = dict(origin.preprocess)
    build = dict(origin.build)
    starts_anew = info.is_untrained or not pretrained
    if input_size is not None:
        settings = resized(settings, _in_range(input_size))
        if starts_anew and "input_size" in build:
            build["input_size"] = input_size
    path = None if starts_anew else obtain(info)
    knows_all = False
    with architectures.seeded(seed):
        try:
            if path is None:
                module = architectures.bare(origin.model, len(classes), build)
            else:
                built = builders.build(info, path)
                module = built.module
                own = [(known.wnid, known.label) for known in built.classes]
                knows_all = _keys(own) == _keys(classes)
        except ValueError as error:
            raise _wrong_size(info, settings["input_size"]) from error
        architectures.drop_side_branches(module)
        head = heads.new_head(module, len(classes), dropout, keep=knows_all)
    _try(module, len(classes), settings["input_size"], info)
    metadata = {
        "model": origin.model,
        "build": build,
        "classes": [list(pair) for pair in classes],
        "input_size": settings["input_size"],
        "preprocess": settings,
        "dropout": dropout,
    }
    return Tunable(
        module.train(False).requires_grad_(True),
        head.layer,
        heads.last_stage(module),
        from_settings(settings),
        metadata,
    )


def preprocess_of(name: str) -> Preprocess:
    """A model's own transform, for which its weights need not be on this machine.

    Raises ModelError for an unknown name and a damaged file.
    """
    return from_settings(_origin(zoo.info(name)).preprocess)


def _origin(info: ModelInfo) -> _Origin:
    from core.models import architectures, plain, untrained

    if info.source == "run":
        metadata = read_metadata(obtain(info))
        return _Origin(metadata["model"], metadata["build"], metadata["preprocess"])
    if info.source == "bundled":
        metadata = read_metadata(obtain(info))
        build = {key: metadata[key] for key in architectures.SHAPE}
        return _Origin(info.name, build, own_preprocess(metadata).settings)
    if info.source == "plain":
        size = plain.PLAIN[info.name].input_size
        return _Origin(info.name, {"input_size": size}, plain.preprocess_settings(size))
    mend_torchvision()
    if info.source == "untrained":
        return _origin(zoo.info(untrained.trained(info.name)))
    if info.source == "torchvision":
        transforms = architectures.torchvision_weights(info).transforms()
        return _Origin(info.name, {}, torchvision_preprocess(transforms).settings)
    from timm.models import get_pretrained_cfg

    config = get_pretrained_cfg(architectures.timm_name(info))
    return _Origin(info.name, {}, timm_settings(config.to_dict()))


def _keys(classes: Sequence[tuple[str | None, str]]) -> list[str]:
    return [wnid or label for wnid, label in classes]


def _in_range(size: int) -> int:
    if not SMALLEST_INPUT <= size <= LARGEST_INPUT:
        raise ModelError(
            f"Pictures of {size} pixels cannot be trained on: choose a size from {SMALLEST_INPUT} "
            f"to {LARGEST_INPUT}."
        )
    return size


def _try(module: "nn.Module", outputs: int, size: int, info: ModelInfo) -> None:
    """One pass over an empty picture: not every architecture takes every size."""
    import torch

    module.eval()
    try:
        with torch.inference_mode():
            shape = module(torch.zeros(1, 3, size, size)).shape
    except (RuntimeError, AssertionError, ValueError) as error:
        raise _wrong_size(info, size) from error
    if shape != (1, outputs):
        raise ModelError(f"{info.name} cannot be given other classes: choose another model.")


def _wrong_size(info: ModelInfo, size: int) -> ModelError:
    return ModelError(
        f"{info.name} cannot work on pictures of {size} pixels: leave their size at what it is "
        f"made for{f', {info.input_size} pixels' if info.input_size else ''}, or choose another "
        "model."
    )
