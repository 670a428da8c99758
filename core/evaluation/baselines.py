"""The zero-training baseline: a model's own outputs, grouped into the classes of some data.

A model that tells 120 breeds apart knows dogs from cats already. Each class of the data gets the
outputs that are its synset or lie below it in WordNet, and their probabilities are added up.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import catalog
from core.catalog.words import plain, singular

if TYPE_CHECKING:
    from core.catalog import Catalog
    from core.models import ModelClass

# folders such as n02085620-Chihuahua, of the Stanford dogs and others
_LEADING_WNID = re.compile(r"n\d{8}(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Matching:
    """Which outputs of a model stand for which class of some data. Each list is by data class."""

    labels: tuple[str, ...]
    synsets: tuple[tuple[str, ...], ...]
    """Wnids that the class was taken for; none where it has none or the model knows none of it."""
    outputs: tuple[tuple[int, ...], ...]
    """Positions in the model's output, ascending; none where the model does not know the class."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Labels of the classes that the model does not know. It can never be right about them."""
        both = zip(self.labels, self.outputs, strict=True)
        return tuple(label for label, outputs in both if not outputs)

    def as_record(self) -> list[list[str | list[str]]]:
        """As JSON: label and synsets of each class that the model knows."""
        both = zip(self.labels, self.synsets, self.outputs, strict=True)
        return [[label, list(synsets)] for label, synsets, outputs in both if outputs]


def match(
    data_classes: Sequence[tuple[str | None, str]], model_classes: "Sequence[ModelClass]"
) -> Matching:
    """Match classes of data, each a wnid or None and a label, with a model's outputs.

    A wnid stands for itself and for what is below it. A label without one is looked up among the
    lemmas of the synsets that the model knows something of: as it is written, else in the singular,
    the plural, or in one word. Where it has several meanings (a crane is a bird and a machine) all
    count: which is meant is not known, and outputs for what no picture shows stay small. Outputs
    without a synset are matched by their label. An output that several classes claim goes to the
    most specific: beside a class "golden retriever" a class "dog" stands for the other dogs.
    """
    known = catalog.load()
    index = _Outputs(known, model_classes)
    synsets = [index.synsets(wnid, label) for wnid, label in data_classes]
    claims = [index.claim(wnids) for wnids in synsets]
    for at, (_, label) in enumerate(data_classes):
        claims[at] |= dict.fromkeys(index.named(label), "")
    _settle(known, claims)
    return Matching(
        tuple(label for _, label in data_classes),
        tuple(map(tuple, synsets)),
        tuple(tuple(sorted(claim)) for claim in claims),
    )


def grouped(logits: np.ndarray, matching: Matching) -> np.ndarray:
    """(N, outputs) logits -> (N, C) float32 probabilities of the data's classes.

    The softmax over all matched outputs, added up within each class. A class that the model does
    not know gets 0. ValueError where it knows none.
    """
    if not any(matching.outputs):
        raise ValueError("the model knows none of the classes")
    values = logits.astype(np.float64)
    used = sorted({position for outputs in matching.outputs for position in outputs})
    highest = values[:, used].max(1, keepdims=True)
    sums = [np.exp(values[:, outputs] - highest).sum(1) for outputs in matching.outputs]
    return (sums / np.sum(sums, axis=0)).T.astype(np.float32)


# the outputs that a class claims, each with the wnid by which it does; "" by its label
_Claim = dict[int, str]


class _Outputs:
    """A model's outputs, to be found by synset and by label."""

    def __init__(self, known: "Catalog", classes: "Sequence[ModelClass]") -> None:
        self._known = known
        self._below: dict[str, list[int]] = defaultdict(list)
        self._by_label: dict[str, list[int]] = defaultdict(list)
        for position, model_class in enumerate(classes):
            if model_class.wnid is None:
                self._by_label[plain(model_class.label)].append(position)
            elif model_class.wnid in known:
                for wnid in known.ancestors(model_class.wnid):
                    self._below[wnid].append(position)
            else:
                self._below[model_class.wnid].append(position)
        lemmas = [
            (plain(lemma), wnid)
            for wnid in sorted(self._below)
            if wnid in known
            for lemma in known.get(wnid).lemmas
        ]
        self._words = {word for lemma, _ in lemmas for word in lemma.split()}
        self._by_lemma: dict[str, list[str]] = defaultdict(list)
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for lemma, wnid in lemmas:
            self._by_lemma[lemma].append(wnid)
            self._by_key[self._key(lemma)].append(wnid)

    def synsets(self, wnid: str | None, label: str) -> list[str]:
        """The synsets that a class of the data stands for, of those the model knows."""
        leading = _LEADING_WNID.match(label)
        if wnid is None and leading:
            wnid = leading[0]
        if wnid is not None:
            return [wnid] if wnid in self._below else []
        if found := self._looked_up(label):
            return found
        # "tench, Tinca tinca" is one class under two names
        common = [self._looked_up(part) for part in label.split(",")]
        return [wnid for wnid in common[0] if all(wnid in other for other in common)]

    def claim(self, wnids: Iterable[str]) -> _Claim:
        """What is at or below these synsets."""
        claim: _Claim = {}
        for wnid in wnids:
            for position in self._below[wnid]:
                if position not in claim or self._is_below(wnid, claim[position]):
                    claim[position] = wnid
        return claim

    def named(self, label: str) -> list[int]:
        """The outputs without a synset that have this label."""
        return self._by_label.get(plain(label), [])

    def _looked_up(self, label: str) -> list[str]:
        text = plain(label)
        found = self._by_lemma.get(text) or self._by_key.get(self._key(text), [])
        return list(dict.fromkeys(found))

    def _key(self, text: str) -> str:
        return "".join(singular(word, self._words) for word in text.split())

    def _is_below(self, wnid: str, other: str) -> bool:
        return wnid in self._known and other in self._known.ancestors(wnid)


def _settle(known: "Catalog", claims: Sequence[_Claim]) -> None:
    """Take outputs from classes where a more specific class claims them, too.

    Classes that claim one by the same synset keep it both.
    """
    claimants: dict[int, set[str]] = defaultdict(set)
    for claim in claims:
        for position, wnid in claim.items():
            claimants[position].add(wnid)
    for claim in claims:
        for position, wnid in list(claim.items()):
            others = claimants[position] - {wnid, ""}
            if any(other in known and wnid in known.ancestors(other) for other in others):
                del claim[position]
