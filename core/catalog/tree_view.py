"""The classes as a tree that a map can draw a few levels at a time.

WordNet's graph is no tree: here each synset hangs under its first hypernym only. Some fifty groups
then hold nothing ("domestic animal": its dogs and cats hang under "canine" and "feline"), and are
left out. Levels that would only cost a click are skipped, see `_View`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from core.catalog.catalog import ROOT, Catalog
from core.catalog.synset import Scope

_TOO_LARGE = 0.4  # of the group above
_MOST_FIELDS = 600  # a browser needs four seconds for 1,000

# Groups right below the root that say little by themselves, so that the first look shows animals,
# vehicles and food, and not "whole" and "matter".
_OPEN_AT_THE_ROOT = frozenset(
    {
        "n00001930",  # physical entity
        "n00002684",  # object
        "n00003553",  # whole
        "n00004258",  # living thing
        "n00004475",  # organism
        "n00021939",  # artifact
        "n03575240",  # instrumentality
        "n00020827",  # matter
        "n15046900",  # solid
        "n00020090",  # substance
    }
)


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A field of the map."""

    wnid: str
    parent: str | None  # wnid of the field that it lies in, None for the whole map
    label: str
    classes: int  # classes of the scope at or below it in this tree
    is_class: bool  # whether it is one itself
    path: tuple[str, ...]  # wnids from entity down to it, with those that the map skips


def tree(
    catalog: Catalog, root: str, levels: int = 3, scope: Scope = "1k", people: bool = False
) -> list[TreeNode]:
    """The part of the tree below `root`, level by level, larger groups first.

    `levels` counts the root's own. A level that would bring more fields than a browser draws in a
    moment is left out, except the first below the root. In 21k what is below "person" is left out
    unless `people`. Raises CatalogError for an unknown root.
    """
    view = _view(catalog, scope, people or scope == "1k")
    nodes = level = [view.node(root, None, catalog.get(root).label)]
    for depth in range(1, levels):
        level = [field for node in level for field in view.inside(node.wnid)]
        if depth > 1 and len(nodes) + len(level) > _MOST_FIELDS:
            break
        nodes = nodes + level
    return nodes


def tree_path(catalog: Catalog, wnid: str) -> tuple[str, ...]:
    """The wnids from entity down to the synset, along first hypernyms: the map's breadcrumbs."""
    return catalog.path_to_root(wnid)[::-1]


class _View:
    """The whole tree of a scope: how many classes each group holds, and what a map shows in it."""

    def __init__(self, catalog: Catalog, scope: Scope, people: bool) -> None:
        self._catalog = catalog
        self._scope: Scope = scope
        self._holds: dict[str, int] = defaultdict(int)
        for synset in catalog.classes(scope):
            if people or not catalog.is_person(synset.wnid):
                for wnid in catalog.path_to_root(synset.wnid):
                    self._holds[wnid] += 1
        self._below: dict[str, list[str]] = defaultdict(list)
        for wnid in self._holds:
            for parent in catalog.get(wnid).parents[:1]:
                self._below[parent].append(wnid)

    def node(self, wnid: str, parent: str | None, label: str) -> TreeNode:
        is_class = self._catalog.get(wnid).is_class(self._scope)
        holds = self._holds.get(wnid, 0)
        return TreeNode(wnid, parent, label, holds, is_class, tree_path(self._catalog, wnid))

    def inside(self, wnid: str) -> list[TreeNode]:
        """The fields inside a field, largest first; those of one name also get their second."""
        shown = sorted(self._shown_inside(wnid), key=lambda child: (-self._holds[child], child))
        names = Counter(self._catalog.get(child).label for child in shown)
        fields = []
        for child in shown:
            label, *others = self._catalog.get(child).lemmas
            if names[label] > 1 and others:
                label = f"{label} ({others[0]})"
            fields.append(self.node(child, wnid, label))
        return fields

    def _shown_inside(self, wnid: str) -> Iterator[str]:
        """What is right below, or further down where that says little.

        A group that is no class gives way to what is below it where that is a single group, or
        where it holds more than 40 % of the field; those of the list above give way to the root.
        """
        waiting = list(self._below.get(wnid, ()))
        while waiting:
            child = waiting.pop()
            below = self._below.get(child, [])
            says_little = len(below) == 1 or self._holds[child] > _TOO_LARGE * self._holds[wnid]
            if (says_little and not self._catalog.get(child).is_class(self._scope)) or (
                wnid == ROOT and child in _OPEN_AT_THE_ROOT
            ):
                waiting += below
            else:
                yield child


@lru_cache(maxsize=8)
def _view(catalog: Catalog, scope: Scope, people: bool) -> _View:
    return _View(catalog, scope, people)
