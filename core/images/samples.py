"""Photographs that come with installed packages: something to look at without a connection."""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import PictureError


@dataclass(frozen=True)
class Sample:
    """A photograph and what is to be said about it."""

    id: str
    title: str
    alt: str
    """What it shows, for those who do not see it."""
    path: Path
    source: str
    """The package that it comes with."""
    license: str
    """As that package states it."""


# The path starts with the name under which the package is imported; samples() completes it.
_KNOWN = (
    Sample(
        "chelsea",
        "Cat",
        "The face of a tabby cat with green eyes, close up",
        Path("skimage/data/chelsea.png"),
        "scikit-image",
        "CC0, by Stefan van der Walt",
    ),
    Sample(
        "coffee",
        "Coffee",
        "An espresso in a red cup with a spoon on its saucer, on a wooden table",
        Path("skimage/data/coffee.png"),
        "scikit-image",
        "CC0, by Rachel Michetti",
    ),
    Sample(
        "rocket",
        "Rocket",
        "A rocket between lattice towers on its launch pad at dusk",
        Path("skimage/data/rocket.jpg"),
        "scikit-image",
        "public domain, by SpaceX",
    ),
    Sample(
        "astronaut",
        "Astronaut",
        "An astronaut in an orange suit, before a flag and a model of the Space Shuttle",
        Path("skimage/data/astronaut.png"),
        "scikit-image",
        "public domain, by NASA",
    ),
    Sample(
        "motorcycle_left",
        "Motorcycle",
        "A red motorcycle on its stand in a garage",
        Path("skimage/data/motorcycle_left.png"),
        "scikit-image",
        "Middlebury 2014 stereo benchmark, by Nera Nesic and others",
    ),
    Sample(
        "flower",
        "Flower",
        "An orange dahlia in bloom before dark leaves",
        Path("sklearn/datasets/images/flower.jpg"),
        "scikit-learn",
        "CC BY 2.0, by vultilion on Flickr",
    ),
    Sample(
        "china",
        "Pavilion",
        "A Chinese pavilion with four roofs above a lake",
        Path("sklearn/datasets/images/china.jpg"),
        "scikit-learn",
        "CC BY 2.0, by danielbuechele on Flickr",
    ),
    Sample(
        "grace_hopper",
        "Naval officer",
        "Grace Hopper in navy uniform and cap, before a flag",
        Path("matplotlib/mpl-data/sample_data/grace_hopper.jpg"),
        "matplotlib",
        "public domain, by the US Navy",
    ),
)


def samples() -> tuple[Sample, ...]:
    """Those whose files are on this machine; the packages are not imported."""
    found = (replace(sample, path=_installed(sample.path)) for sample in _KNOWN)
    return tuple(sample for sample in found if sample.path.is_file())


def sample(id: str) -> Sample:
    """The sample with this id; PictureError when there is none on this machine."""
    present = samples()
    for candidate in present:
        if candidate.id == id:
            return candidate
    names = ", ".join(candidate.id for candidate in present) or "none: install scikit-image"
    raise PictureError(f"There is no sample called {id}. Those on this machine: {names}.")


def _installed(path: Path) -> Path:
    spec = importlib.util.find_spec(path.parts[0])
    if spec is None or spec.origin is None:
        return path
    return Path(spec.origin).parent.joinpath(*path.parts[1:])
