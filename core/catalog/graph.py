"""WordNet's is-a graph over the classes: paths, what lies below, lowest common ancestors.

It is a DAG with one root, "entity": 498 synsets have several parents (a Labrador is a retriever
by one path only, but a dog is a canine and a domestic animal).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class Graph:
    """A DAG given by the parents of each node; `classes` are the nodes to which heights count.

    No class may be above another one, as in ImageNet-1k.
    """

    def __init__(self, parents: Mapping[str, tuple[str, ...]], classes: Iterable[str]) -> None:
        self.parents = parents
        self.classes = tuple(classes)

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """The nodes right below each node."""
        children: dict[str, list[str]] = defaultdict(list)
        for node, parents in self.parents.items():
            for parent in parents:
                children[parent].append(node)
        return dict(children)

    def path_to_root(self, node: str) -> tuple[str, ...]:
        """From the node up to the root, always by the first parent."""
        path = [node]
        while parents := self.parents[path[-1]]:
            path.append(parents[0])
        return tuple(path)

    def paths_to_root(self, node: str) -> list[tuple[str, ...]]:
        """All ways up, the one by the first parents first."""
        if not self.parents[node]:
            return [(node,)]
        return [
            (node, *path) for parent in self.parents[node] for path in self.paths_to_root(parent)
        ]

    def above(self, *nodes: str) -> frozenset[str]:
        """The nodes and everything above them."""
        return _reachable(nodes, self.parents)

    def below(self, *nodes: str) -> frozenset[str]:
        """The nodes and everything below them."""
        return _reachable(nodes, self.children)

    @cached_property
    def heights(self) -> dict[str, int]:
        """The longest way down to a class, for those nodes that hold one; 0 for a class."""
        return self._longest_ways_down(self.above(*self.classes))

    @cached_property
    def _full_heights(self) -> dict[str, int]:
        """The longest way down to anything."""
        return self._longest_ways_down(self.parents.keys())

    def _longest_ways_down(self, nodes: Iterable[str]) -> dict[str, int]:
        """The longest way down inside a set of nodes that holds all that is above its members."""
        heights: dict[str, int] = {}
        level = set(nodes)
        height = 0
        while level:  # whoever is still reached after h steps up has a way down of at least h
            for node in level:
                heights[node] = height
            level = {parent for node in level for parent in self.parents[node]}
            height += 1
        return heights

    def lowest_common_ancestor(self, a: str, b: str) -> str:
        """The common ancestor with the shortest longest way down to a class.

        A node that holds no class lies lower than one that does. No common ancestor is below the
        one that is returned, since each way down from above leads through it and gets longer.
        """

        def height(node: str) -> tuple[int, int, str]:
            return self.heights.get(node, -1), self._full_heights[node], node

        return min(self.above(a) & self.above(b), key=height)

    @cached_property
    def lca_heights(self) -> "np.ndarray":
        """Height of the lowest common ancestor of each pair of classes: (classes, classes) uint8.

        Each node writes its height over the pairs that it holds, the lowest nodes last.
        """
        import numpy as np

        held = defaultdict(list)
        for position, node in enumerate(self.classes):
            for ancestor in self.above(node):
                held[ancestor].append(position)
        lowest: dict[tuple[int, ...], int] = {}  # of the nodes that hold the same classes
        for node, positions in held.items():
            key = tuple(positions)
            lowest[key] = min(self.heights[node], lowest.get(key, self.heights[node]))

        matrix = np.empty((len(self.classes), len(self.classes)), np.uint8)
        for key, height in sorted(lowest.items(), key=lambda item: -item[1]):
            matrix[np.ix_(key, key)] = height
        matrix.flags.writeable = False  # it is shared
        return matrix


def _reachable(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The nodes at the start and all that the edges lead to."""
    found = set(start)
    waiting = list(found)
    while waiting:
        for node in edges.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return frozenset(found)
