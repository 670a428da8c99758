"""Classes gathered into a few groups of WordNet: does a model know dogs, if not their breeds?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import catalog
from core.evaluation.counts import Counts
from core.evaluation.metrics import wilson

MOST = 40
OTHER = "other"
_PERCENT = 12  # of all classes, which no group exceeds
_FEWEST = 5  # but so many are allowed where there are few


@dataclass(frozen=True, slots=True)
class Group:
    """Classes below one synset."""

    wnid: str | None
    """None for `OTHER`."""
    label: str
    classes: tuple[int, ...]
    """Their positions, ascending."""


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The answers to the pictures of one group."""

    group: Group
    n: int
    exact: int
    """Those that name the right class."""
    within: int
    """Those that name any class of the group: it knows a dog, if not the breed. Of `OTHER` that
    says little."""

    @property
    def exact_interval(self) -> tuple[float, float]:
        """The 95 % interval of exact / n by `wilson`."""
        return wilson(self.exact, self.n)

    @property
    def within_interval(self) -> tuple[float, float]:
        """The 95 % interval of within / n by `wilson`."""
        return wilson(self.within, self.n)


def groups(wnids: Sequence[str | None], most: int = MOST) -> tuple[Group, ...]:
    """At most so many disjoint groups of all C classes, the largest first, `OTHER` at the end.

    WordNet is cut from the root down, by first hypernyms, where a synset holds at most 12 % of
    the classes: of ImageNet-1k that leaves "dog" whole and takes "device" apart. Groups of one
    class, those beyond the largest, and classes without a wnid are the others. ValueError for less
    than one group.
    """
    if most < 1:
        raise ValueError("at least one group is needed")
    known = catalog.load()
    below: dict[str, list[int]] = defaultdict(list)
    paths = {}
    for position, wnid in enumerate(wnids):
        if wnid in known:
            paths[position] = known.path_to_root(wnid)
            for ancestor in paths[position]:
                below[ancestor].append(position)
    limit = max(len(wnids) * _PERCENT // 100, _FEWEST)

    cut: dict[str, list[int]] = defaultdict(list)
    for position, path in paths.items():
        # the highest that is small enough, else the class itself, which then holds many others;
        # of those with the same classes the most specific
        small = (node for node in reversed(path) if len(below[node]) <= limit)
        highest = next(small, path[0])
        same = next(node for node in path if below[node] == below[highest])
        cut[same].append(position)
    several = sorted(
        (node for node in cut if len(cut[node]) > 1), key=lambda node: (-len(cut[node]), node)
    )
    chosen = several if len(several) < most else several[: most - 1]
    found = [Group(node, known.get(node).label, tuple(cut[node])) for node in chosen]
    taken = {position for group in found for position in group.classes}
    rest = tuple(position for position in range(len(wnids)) if position not in taken)
    return (*found, Group(None, OTHER, rest)) if rest else tuple(found)


def group_of(found: Sequence[Group], classes: int) -> np.ndarray:
    """(C,) int64: the position of the group of each of so many classes."""
    owner = np.empty(classes, np.int64)
    for position, group in enumerate(found):
        owner[list(group.classes)] = position
    return owner


def group_scores(counts: Counts, found: Sequence[Group]) -> tuple[GroupScore, ...]:
    """Of each group, in the same order; those without pictures have n 0."""
    matrix = counts.merged(group_of(found, counts.classes), len(found))
    right = counts.right
    return tuple(
        GroupScore(group, int(row.sum()), int(right[list(group.classes)].sum()), int(row[at]))
        for at, (group, row) in enumerate(zip(found, matrix, strict=True))
    )
