"""One class or group of classes, and the file that holds them all."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.paths import ASSETS

# ImageNet-1k (ILSVRC 2012) or the 21,841 synsets of ImageNet's fall 2011 release
Scope = Literal["1k", "21k"]

FILE = ASSETS / "catalog.tsv.gz"


@dataclass(frozen=True, slots=True)
class Synset:
    """A WordNet 3.0 noun synset: a set of words with one meaning.

    It is a class (of ImageNet-1k, 21k or both) or a group above classes, such as "entity".
    """

    wnid: str  # n and the synset's offset in WordNet 3.0
    lemmas: tuple[str, ...]  # the words, in WordNet's order
    definition: str
    index: int | None  # position in ImageNet-1k's output, None if not among its classes
    in_21k: bool
    parents: tuple[str, ...]  # wnids of its hypernyms, in WordNet's order; none for the root

    @property
    def label(self) -> str:
        """The first lemma. Not unique: cranes are birds and machines."""
        return self.lemmas[0]

    def is_class(self, scope: Scope) -> bool:
        """Whether it is one of the classes of the scope, and not only above some."""
        return self.index is not None if scope == "1k" else self.in_21k


def read(file: Path = FILE) -> tuple[Synset, ...]:
    """All synsets, sorted by wnid. ``tools/build_catalog.py`` describes the file."""
    synsets = []
    for line in gzip.decompress(file.read_bytes()).decode().splitlines():
        wnid, index, in_21k, parents, lemmas, definition = line.split("\t")
        synsets.append(
            Synset(
                wnid,
                tuple(lemmas.split("|")),
                definition,
                int(index) if index else None,
                in_21k == "1",
                tuple(parents.split()),
            )
        )
    return tuple(synsets)
