"""The catalogue: every class of ImageNet-1k and 21k, its place in WordNet, and how to find it."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from core.catalog import quirks, synset
from core.catalog.graph import Graph
from core.catalog.quirks import Quirk
from core.catalog.search import Hit, SearchIndex
from core.catalog.synset import Scope, Synset
from core.errors import CatalogError

if TYPE_CHECKING:
    import numpy as np

ROOT = "n00001740"  # entity
PERSON = "n00007846"


class Catalog:
    """All classes and what is above them. Immutable, and safe to share between threads.

    Methods that take a wnid raise CatalogError where there is no such synset.
    """

    def __init__(self, synsets: Sequence[Synset], quirk_rows: Iterable[quirks.Row] = ()) -> None:
        self._synsets = tuple(synsets)
        self._by_wnid = {synset.wnid: synset for synset in self._synsets}
        in_1k = {synset.index: synset for synset in self._synsets if synset.index is not None}
        self._classes: dict[Scope, tuple[Synset, ...]] = {
            "1k": tuple(in_1k[index] for index in range(len(in_1k))),
            "21k": tuple(synset for synset in self._synsets if synset.in_21k),
        }
        self._graph = Graph(
            {synset.wnid: synset.parents for synset in self._synsets},
            [synset.wnid for synset in self._classes["1k"]],
        )
        self._quirk_rows = tuple(quirk_rows)

    def __len__(self) -> int:
        return len(self._synsets)

    def __contains__(self, wnid: object) -> bool:
        return wnid in self._by_wnid

    @property
    def root(self) -> Synset:
        """Entity, above everything."""
        return self._by_wnid[ROOT]

    def get(self, wnid: str) -> Synset:
        """The synset with this wnid."""
        try:
            return self._by_wnid[wnid]
        except KeyError:
            raise _no_class(wnid) from None

    def at(self, index: int) -> Synset:
        """The class at this position of ImageNet-1k. Raises CatalogError outside 0 to 999."""
        if not 0 <= index < len(self._classes["1k"]):
            raise _no_class(index)
        return self._classes["1k"][index]

    def resolve(self, text: str) -> Synset:
        """The synset with this wnid or 1k index, written out."""
        text = text.strip()
        if text.isascii() and text.isdecimal() and len(text) <= 3:
            return self.at(int(text))
        return self.get(text.lower())

    def classes(self, scope: Scope) -> tuple[Synset, ...]:
        """The classes: of 1k by index, of 21k by wnid."""
        return self._classes[scope]

    def search(
        self, query: str | int, limit: int = 20, scope: Scope = "1k", people: bool = False
    ) -> list[Hit]:
        """What a query finds among the classes of the scope and the groups above them, best first.

        In 21k what is at or below "person" is left out unless `people`.
        """
        if not isinstance(query, str | int):
            return []
        shown = self._shown[scope, people or scope == "1k"]
        return self._search_index.search(str(query), shown, max(limit, 0))

    # The graph

    def path_to_root(self, wnid: str) -> tuple[str, ...]:
        """From the synset up to entity by first hypernyms."""
        return self._graph.path_to_root(self.get(wnid).wnid)

    def paths_to_root(self, wnid: str) -> list[tuple[str, ...]]:
        """All ways from the synset up to entity, the one by first hypernyms first."""
        return self._graph.paths_to_root(self.get(wnid).wnid)

    def parents(self, wnid: str) -> tuple[Synset, ...]:
        """Its hypernyms, in WordNet's order."""
        return tuple(map(self.get, self.get(wnid).parents))

    def children(self, wnid: str, scope: Scope = "21k") -> tuple[Synset, ...]:
        """What is right below and is or holds a class of the scope, by label."""
        below = self._graph.children.get(self.get(wnid).wnid, ())
        shown = (self._by_wnid[child] for child in below if child in self._holding[scope])
        return tuple(sorted(shown, key=lambda child: (child.label.casefold(), child.wnid)))

    def siblings(self, wnid: str, scope: Scope = "21k") -> tuple[Synset, ...]:
        """The other children of its parents, each once."""
        family = [
            child for parent in self.parents(wnid) for child in self.children(parent.wnid, scope)
        ]
        return tuple(child for child in dict.fromkeys(family) if child.wnid != wnid)

    def ancestors(self, wnid: str) -> frozenset[str]:
        """It and everything above it, on all paths."""
        return self._graph.above(self.get(wnid).wnid)

    def descendants(self, wnid: str) -> frozenset[str]:
        """It and everything below it."""
        return self._graph.below(self.get(wnid).wnid)

    def leaves(self, wnid: str, scope: Scope) -> tuple[Synset, ...]:
        """The classes of the scope at or below it, in the order of `classes`."""
        below = self.descendants(wnid)
        return tuple(leaf for leaf in self._classes[scope] if leaf.wnid in below)

    def lowest_common_ancestor(self, a: str, b: str) -> Synset:
        """The synset above both that is nearest to the classes below it; see `lca_height`."""
        return self._by_wnid[self._graph.lowest_common_ancestor(self.get(a).wnid, self.get(b).wnid)]

    def lca_height(self, a: str, b: str) -> int:
        """The longest way down from the lowest common ancestor to a class of ImageNet-1k.

        The hierarchical distance of Deng et al. ("What does classifying more than 10,000 image
        categories tell us?", ECCV 2010): 0 for a class and itself, 18 at most. Of several common
        ancestors the one of the smallest height counts.
        Raises CatalogError where no class of ImageNet-1k is below that ancestor.
        """
        ancestor = self.lowest_common_ancestor(a, b)
        if ancestor.wnid not in self._graph.heights:
            raise CatalogError(
                f'Heights are counted to the classes of ImageNet-1k, and below "{ancestor.label}" '
                f"({ancestor.wnid}) there is none. Compare two classes of ImageNet-1k."
            )
        return self._graph.heights[ancestor.wnid]

    def height(self, wnid: str) -> int | None:
        """The longest way down to a class of ImageNet-1k; None where there is none below."""
        return self._graph.heights.get(self.get(wnid).wnid)

    def lca_heights(self) -> "np.ndarray":
        """`lca_height` of all pairs of ImageNet-1k: (1000, 1000) uint8 by index, read-only."""
        return self._graph.lca_heights

    def is_person(self, wnid: str) -> bool:
        """Whether it is "person" or below."""
        return self.get(wnid).wnid in self._people

    # Quirks

    def quirks(self, wnid: str) -> tuple[Quirk, ...]:
        """What to know before a confusion of this class is called a mistake."""
        return self._quirks.get(self.get(wnid).wnid, ())

    def look_alikes(self, wnid: str) -> tuple[Synset, ...]:
        """The other classes in its quirks, each once."""
        others = (other for quirk in self.quirks(wnid) for other in quirk.wnids if other != wnid)
        return tuple(self._by_wnid[other] for other in dict.fromkeys(others))

    # Built when first needed

    @functools.cached_property
    def _people(self) -> frozenset[str]:
        return self._graph.below(PERSON)

    @functools.cached_property
    def _holding(self) -> dict[Scope, frozenset[str]]:
        """The synsets that are or hold a class, for each scope."""
        return {
            scope: self._graph.above(*(synset.wnid for synset in classes))
            for scope, classes in self._classes.items()
        }

    @functools.cached_property
    def _shown(self) -> dict[tuple[Scope, bool], frozenset[int]]:
        """Positions of the synsets that a search in a scope, with or without people, may find."""
        return {
            (scope, people): frozenset(
                position
                for position, synset in enumerate(self._synsets)
                if synset.wnid in holding and (people or synset.wnid not in self._people)
            )
            for scope, holding in self._holding.items()
            for people in (True, False)
        }

    @functools.cached_property
    def _search_index(self) -> SearchIndex:
        return SearchIndex(self._synsets)

    @functools.cached_property
    def _quirks(self) -> dict[str, tuple[Quirk, ...]]:
        table: dict[str, tuple[Quirk, ...]] = defaultdict(tuple)
        for row in self._quirk_rows:
            wnids = tuple(self.at(index).wnid for index, _ in row.classes)
            for wnid in wnids:
                table[wnid] += (Quirk(row.kind, wnids, row.note, row.source),)
        return dict(table)


def _no_class(name: object) -> CatalogError:
    shown = str(name)[:40]
    return CatalogError(
        f'There is no class "{shown}". Search for it by name, or give a wnid such as n02123045 or '
        "an index from 0 to 999."
    )


@functools.cache
def load() -> Catalog:
    """The catalogue of ``assets/``, read once."""
    return Catalog(synset.read(), quirks.read())
