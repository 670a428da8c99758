"""The classes: synsets, the WordNet graph, search, known quirks of the labels, the map's tree."""

from core.catalog.catalog import Catalog, load
from core.catalog.quirks import Quirk, QuirkKind
from core.catalog.search import Hit
from core.catalog.synset import Scope, Synset
from core.catalog.tree_view import TreeNode, tree, tree_path

__all__ = [
    "Catalog",
    "Hit",
    "Quirk",
    "QuirkKind",
    "Scope",
    "Synset",
    "TreeNode",
    "load",
    "tree",
    "tree_path",
]
