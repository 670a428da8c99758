"""Networks without their weights: the zoo's architectures with any number of outputs."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.compat import mend_torchvision
from core.errors import ModelError
from core.models import zoo
from core.models.model_info import ModelInfo

if TYPE_CHECKING:
    from torch import nn

SHAPE = ("blocks", "widths", "strides")
"""What has to be told of a bundled model's architecture."""
_dice = threading.RLock()


def bare(model: str, outputs: int, build: Mapping[str, Any]) -> "nn.Module":
    """The architecture of a model of the zoo, without side branches, with random weights.

    ``build`` is what `core.models.header` describes. Raises ModelError for a model that the zoo or
    the installed library does not know, ValueError for sizes that it cannot have.
    """
    source = model.partition("/")[0]
    if source == "bundled":
        from core.models.small_resnet import SmallResNet

        return SmallResNet(outputs, *(build[key] for key in SHAPE))
    info = zoo.info(model)
    if source == "plain":
        from core.models.plain import build_plain

        return build_plain(info.name, outputs, build["input_size"])
    mend_torchvision()
    return (_bare_torchvision if source == "torchvision" else _bare_timm)(info, outputs)


def torchvision_weights(info: ModelInfo) -> Any:  # noqa: ANN401
    """torchvision's own description of a model's weights. Raises ModelError."""
    from torchvision.models import get_model_weights

    try:
        return get_model_weights(info.architecture)[info.weights]
    except (ValueError, KeyError) as error:
        raise too_old(info) from error


def timm_name(info: ModelInfo) -> str:
    """Under which timm knows a model. Raises ModelError."""
    import timm

    name = info.name.removeprefix("timm/")
    if not timm.models.is_model_pretrained(name):
        raise too_old(info)
    return name


def too_old(info: ModelInfo) -> ModelError:
    """The error for a model that the installed library does not have."""
    return ModelError(
        f"The installed {info.source} does not know {info.name}: update {info.source}."
    )


def drop_side_branches(module: "nn.Module") -> None:
    """Take out the classifiers halfway up that only the training of GoogLeNet and Inception had."""
    for name in ("aux1", "aux2", "AuxLogits"):
        if getattr(module, name, None) is not None:
            setattr(module, name, None)
            module.aux_logits = False  # type: ignore[assignment]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw as if by a generator of one's own, on the CPU; the one that all share stays as it is.

    One thread at a time: there is but the one.
    """
    import torch

    with _dice, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


@contextmanager
def hollow() -> Iterator[None]:
    """Make layers whose weights take no memory: they have shapes and nothing else.

    What constructors compute with (widths, rates of dropping) stays real, where
    ``torch.device("meta")`` would stop them.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class Hollow(TorchFunctionMode):
        def __torch_function__(
            self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None
        ) -> object:
            kwargs = kwargs or {}
            if func is torch.empty and kwargs.get("device") is None:
                kwargs = {**kwargs, "device": "meta"}
            return func(*args, **kwargs)

    with seeded(0), Hollow():
        yield


def _bare_torchvision(info: ModelInfo, outputs: int) -> "nn.Module":
    from torchvision.models import get_model

    weights = torchvision_weights(info)
    options: dict[str, Any] = {}
    if info.architecture in ("googlenet", "inception_v3"):
        # as with their weights, whose authors had other means and deviations than torchvision
        options = {"aux_logits": False, "transform_input": True, "init_weights": True}
    elif info.architecture.startswith("vit_"):
        options = {"image_size": weights.transforms().crop_size[0]}
    return get_model(info.architecture, weights=None, num_classes=outputs, **options)


def _bare_timm(info: ModelInfo, outputs: int) -> "nn.Module":
    import timm

    return timm.create_model(timm_name(info), pretrained=False, num_classes=outputs)
