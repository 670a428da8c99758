"""Probabilities summed up WordNet's tree: "dog 0.93, of which golden retriever 0.61"."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.catalog import Catalog
    from core.models import ModelClass
    from core.predict import Prediction

# Two nodes one below the other whose sums differ by less say the same; the lower one says it better
_SAME = 0.005


@dataclass(frozen=True, slots=True)
class Share:
    """A node of the tree with the sum of the probabilities of the classes at or below it."""

    wnid: str
    label: str
    probability: float
    depth: int  # 0 for the outermost node that is shown
    is_class: bool


def roll_up(
    catalog: "Catalog",
    classes: "Sequence[ModelClass] | Sequence[Prediction]",
    probabilities: np.ndarray,
    smallest: float = 0.05,
) -> tuple[Share, ...]:
    """The nodes that hold at least `smallest`, as an indented list, most probable branch first.

    Each class counts once, under its first hypernyms. Of a chain of nodes with practically the same
    sum only the most specific is kept. Classes without a synset have no place in the tree and
    are left out.
    """
    mass: dict[str, float] = defaultdict(float)
    below: dict[str, set[str]] = defaultdict(set)
    leaves = set()
    root = None
    for model_class, probability in zip(classes, probabilities, strict=True):
        if model_class.wnid is None or model_class.wnid not in catalog:
            continue
        leaves.add(model_class.wnid)
        path = catalog.path_to_root(model_class.wnid)
        root = path[-1]
        for wnid in path:
            mass[wnid] += float(probability)
        for child, parent in itertools.pairwise(path):
            below[parent].add(child)

    def kept(wnid: str) -> list[str]:
        large = (child for child in below[wnid] if mass[child] >= smallest)
        return sorted(large, key=lambda child: -mass[child])

    shares: list[Share] = []

    def visit(wnid: str, depth: int) -> None:
        children = kept(wnid)
        while wnid not in leaves and children and mass[wnid] - mass[children[0]] < _SAME:
            wnid = children[0]
            children = kept(wnid)
        shares.append(Share(wnid, catalog.get(wnid).label, mass[wnid], depth, wnid in leaves))
        for child in children:
            visit(child, depth + 1)

    if root is not None and mass[root] >= smallest:
        visit(root, 0)
    return tuple(shares)
