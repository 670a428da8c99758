"""A file of weights -> a network, by the builders of the library that it belongs to.

No file is ever unpickled: safetensors carry tensors alone, and everything else is read with
``weights_only=True``.
"""

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from core.compat import mend_torchvision
from core.errors import ModelError
from core.models import architectures, classes, saved, zoo
from core.models.model_info import ModelClass, ModelInfo
from core.models.plain import PLAIN, build_plain, preprocess_settings
from core.models.preprocess import (
    Preprocess,
    from_settings,
    saved_preprocess,
    timm_preprocess,
    torchvision_preprocess,
)
from core.models.reject import RejectOption, reject_option
from core.models.untrained import trained

if TYPE_CHECKING:
    from torch import Tensor, nn


class Built(NamedTuple):
    """What a builder returns: float32, on the CPU."""

    module: "nn.Module"
    preprocess: Preprocess
    classes: tuple[ModelClass, ...]
    reject: RejectOption | None = None


def build(info: ModelInfo, path: Path) -> Built:
    """Build a model with the weights in a file. Raises ModelError when they do not fit."""
    if info.source == "bundled":
        return _build_bundled(path)
    if info.source == "run":
        return _build_own(path)
    if info.source == "plain":
        return _build_plain(info)
    mend_torchvision()
    if info.source == "untrained":
        return _build_untrained(info)
    return (_build_torchvision if info.source == "torchvision" else _build_timm)(info, path)


def _build_own(path: Path) -> Built:
    module, metadata = saved.read_model(path)
    return Built(
        module, saved_preprocess(metadata), classes.own_classes(metadata), reject_option(metadata)
    )


def _build_bundled(path: Path) -> Built:
    import torch

    built = _build_own(path)
    # on a CPU a sixth faster at 72 pixels, as fast at 64
    built.module.to(memory_format=torch.channels_last)
    return built


def _build_plain(info: ModelInfo) -> Built:
    size = PLAIN[info.name].input_size
    with architectures.seeded(0):
        module = build_plain(info.name, info.classes, size)
    return Built(module, from_settings(preprocess_settings(size)), classes.imagenet_1k())


def _build_untrained(info: ModelInfo) -> Built:
    library = zoo.info(trained(info.name))
    transforms = architectures.torchvision_weights(library).transforms()
    with architectures.seeded(0):
        module = architectures.bare(library.name, info.classes, {})
    return Built(module, torchvision_preprocess(transforms), classes.imagenet_1k())


def _build_torchvision(info: ModelInfo, path: Path) -> Built:
    from torchvision.models import get_model

    weights = architectures.torchvision_weights(info)
    with _as_model_error(info, path):
        module = get_model(info.architecture, weights=_LocalWeights(weights, path))
    return Built(module, torchvision_preprocess(weights.transforms()), classes.imagenet_1k())


class _LocalWeights:
    """torchvision's weights in every respect, except that they come from a file of ours.

    The builders do more than to load a state dict (GoogLeNet drops its side branches, DenseNet
    renames its keys), so they must get their weights; but their own way to read a file unpickles
    it. They ask with ``isinstance``, which also looks at ``__class__``.
    """

    def __init__(self, weights: Any, path: Path) -> None:  # noqa: ANN401
        self._weights = weights
        self._path = path

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._weights)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._weights, name)

    def get_state_dict(self, **_: object) -> Mapping[str, "Tensor"]:
        return _read_pickled(self._path)


def _build_timm(info: ModelInfo, path: Path) -> Built:
    import timm

    name = architectures.timm_name(info)
    with _as_model_error(info, path):
        if path.suffix != ".safetensors":
            _read_pickled(path)  # timm reads it again, some versions of it without restraint
        # custom_load is for NumPy archives, which timm's addresses lead to and the hub's do not
        overlay = {"file": str(path), "custom_load": False}
        module = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay)
    return Built(module, timm_preprocess(module), classes.timm_classes(info.classes))


def _read_pickled(path: Path) -> Mapping[str, "Tensor"]:
    """The state dict in a file by ``torch.save``; running code from it is refused."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, Mapping):
        raise TypeError("it holds no state dict")
    return state


@contextmanager
def _as_model_error(info: ModelInfo, path: Path) -> Iterator[None]:
    """Whatever a file can make torch or timm raise, in one sentence that names it."""
    from safetensors import SafetensorError

    from core.models.device import is_out_of_memory

    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (
        ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError,
        SafetensorError, TypeError, ValueError, pickle.UnpicklingError,
    ) as error:  # fmt: skip
        if is_out_of_memory(error):
            raise
        raise ModelError(
            f"{path.name} is damaged or does not hold the weights of {info.name}: delete it from "
            f"{path.parent} and load the model again, or put a good copy there."
        ) from error
