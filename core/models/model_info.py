"""What is known of a model before it is loaded. Imports nothing heavy."""

from dataclasses import dataclass
from typing import Literal

Source = Literal["bundled", "run", "plain", "untrained", "torchvision", "timm"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be loaded by its name."""

    name: str
    """The key everywhere: ``torchvision/resnet50``, ``timm/convnext_tiny.fb_in1k``, ``run/`` and a
    run's id for what that has trained, ``plain/lenet-5``, ``untrained/resnet18``."""
    source: Source
    architecture: str
    """What the library calls it; of a run's, the name of the model that it is built like."""
    weights: str
    """Which training the weights come from, in the library's own words."""
    classes: int
    """How many outputs the model has."""
    parameters: int | None
    accuracy: float | None
    """Published top-1 on ImageNet-1k in percent, where the library carries it."""
    input_size: int | None
    """Side of the square that the model sees, in pixels."""
    file: str
    """Name of the weights' file in torch hub's checkpoint folder, or in the assets; of a run's, the
    path below the folder of runs."""
    url: str | None
    hub: str | None
    """Hugging Face repository of the weights; timm prefers it to the address."""

    @property
    def is_untrained(self) -> bool:
        """Its weights are random: what it says of a picture means nothing."""
        return self.source in ("plain", "untrained")


@dataclass(frozen=True, slots=True)
class ModelClass:
    """One output of a model; ``index`` is its position there."""

    index: int
    wnid: str | None
    """The WordNet synset, or None where the output's meaning is not known as one."""
    label: str
