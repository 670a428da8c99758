"""What the outputs of a model stand for."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from core.compat import mend_torchvision
from core.models.header import read_metadata
from core.models.model_info import ModelClass
from core.models.weights import obtain
from core.models.zoo import info as find


def classes_of(name: str) -> tuple[ModelClass, ...]:
    """The classes of a model of the zoo, without its weights where these are not our own.

    Raises ModelError for an unknown name and a damaged file.
    """
    info = find(name)
    if info.source in ("bundled", "run"):
        return own_classes(read_metadata(obtain(info)))
    return timm_classes(info.classes) if info.source == "timm" else imagenet_1k()


@functools.cache
def imagenet_1k() -> tuple[ModelClass, ...]:
    """ImageNet-1k's classes in the order of their indices."""
    from core import catalog

    classes = catalog.load().classes("1k")
    return tuple(ModelClass(i, synset.wnid, synset.label) for i, synset in enumerate(classes))


@functools.cache
def timm_classes(count: int) -> tuple[ModelClass, ...]:
    """The classes of a timm model with that many outputs.

    timm tells its lists apart by their length: 1,000, 11,221, 11,821, 21,841, 21,842, 21,843. The
    outputs of any other head are known by their positions only.
    """
    if count == 1000:
        return imagenet_1k()
    mend_torchvision()
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": count})
    if subset is None:
        return tuple(ModelClass(i, None, f"class {i}") for i in range(count))
    names = ImageNetInfo(subset)
    return _labelled(names.label_names(), names)


def own_classes(metadata: Mapping[str, Any]) -> tuple[ModelClass, ...]:
    """The classes that a model file of ours carries."""
    return tuple(ModelClass(i, *pair) for i, pair in enumerate(metadata["classes"]))


def _labelled(wnids: Iterable[str], names: Any) -> tuple[ModelClass, ...]:  # noqa: ANN401
    """Our labels; timm's for the few synsets that our catalogue leaves out."""
    from core import catalog

    known = catalog.load()

    def label(wnid: str) -> str:
        if wnid in known:
            return known.get(wnid).label
        return names.label_name_to_description(wnid).partition(",")[0]

    return tuple(ModelClass(i, wnid, label(wnid)) for i, wnid in enumerate(wnids))
