"""Finding classes by what people type: words, words of the definition, wnid, index.

How well a synset matches is a number, in this order:

    its wnid or index                                2
    one of its lemmas, as it is written              1
    the same in the plural or in one word            0.97
    all words of the query in one lemma              0.6 to 0.95: more for a lemma that holds little
                                                     else and begins like the query
    words of the query in lemmas and definition      up to 0.5: lemmas count fully, the definition
                                                     less, and rare words more

A word that had to be completed or corrected lowers it by a factor. Small bonuses put first lemmas
and the classes of ImageNet-1k in front of their equals.
"""

import heapq
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal, NamedTuple

from core.catalog.synset import Synset
from core.catalog.words import Speller, plain, singular

Where = Literal["lemma", "definition", "wnid", "index"]

_LONGEST_QUERY = 200  # letters
_MOST_WORDS, _MOST_CORRECTED = 8, 3
_STOP_WORDS = frozenset("a an and as at by for from in is of on or that the to used with".split())  # noqa: SIM905

_NUMBER, _SAME, _SAME_WORDS = 2.0, 1.0, 0.97
_ALL_WORDS, _FILLED, _BEGINS = 0.6, 0.3, 0.05
_SCATTERED, _IN_DEFINITION, _NOISE = 0.5, 0.7, 0.15
_FIRST_LEMMA, _IN_1K = 0.03, 0.02

_SLIPS = {1: 0.85, 2: 0.7}
_COMPLETED = 0.7
_OTHER_FIRST_LETTER = 0.93  # people seldom get that one wrong
_OTHER_LETTERS = 0.97  # a swap keeps the letters and is likelier than another letter
_SHORTEST_START, _MOST_COMPLETIONS = 3, 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A synset that was found."""

    synset: Synset
    score: float  # for the order alone; about 1 for just what was asked for, less for a guess
    where: Where
    matched: str  # the lemma, the words of the definition (in the singular), the wnid, the index


class _Lemma(NamedTuple):
    position: int  # of its synset
    rank: int  # 0 for a first lemma
    text: str
    words: tuple[str, ...]


class _Match(NamedTuple):
    """What becomes a hit if nothing about the same synset is better."""

    position: int
    score: float
    where: Where
    matched: str


# known words that a word of the query may stand for, with the quality of each reading in (0, 1]
_Readings = dict[str, float]


class SearchIndex:
    """Inverted lists over lemmas and definitions: half a second to build, milliseconds a search."""

    def __init__(self, synsets: Sequence[Synset]) -> None:
        self._synsets = synsets
        self._by_number: dict[str, int] = {}
        lemmas = [[plain(lemma) for lemma in synset.lemmas] for synset in synsets]
        definitions = [plain(synset.definition) for synset in synsets]
        self._spelled = {word for texts in lemmas for text in texts for word in text.split()}
        self._spelled.update(word for text in definitions for word in text.split())
        self._singular = {word: singular(word, self._spelled) for word in self._spelled}

        self._lemmas: list[_Lemma] = []
        self._with_word: dict[str, list[int]] = defaultdict(list)  # numbers of lemmas
        self._joined: dict[str, list[int]] = defaultdict(list)  # "icecream" -> those of "ice cream"
        self._defined_with: dict[str, list[int]] = defaultdict(list)  # positions of synsets
        for position, synset in enumerate(synsets):
            self._by_number[synset.wnid[1:]] = position
            if synset.index is not None:
                self._by_number[str(synset.index)] = position
            for rank, text in enumerate(lemmas[position]):
                self._add(_Lemma(position, rank, text, self._words(text)))
            for word in set(self._words(definitions[position])):
                self._defined_with[word].append(position)
        self._sorted_words = sorted(self._with_word)
        self._speller = Speller(self._sorted_words)

    def search(self, query: str, shown: Collection[int], limit: int) -> list[Hit]:
        """The best hits among the synsets at the positions `shown`, best first."""
        text = plain(query[:_LONGEST_QUERY])
        words = self._words(text)[:_MOST_WORDS]
        readings = self._readings(words)
        if readings and text.split()[-1] not in _STOP_WORDS:
            readings[-1] = self._completions(words[-1]) | readings[-1]

        best: dict[int, _Match] = {}
        for matches in (
            self._numbered(text),
            self._matching_lemmas(text, words, readings),
            self._with_scattered_words(readings),
        ):
            for match in matches:
                position = match.position
                if position in shown and (
                    position not in best or best[position].score < match.score
                ):
                    best[position] = match
        return [
            Hit(self._synsets[match.position], match.score, match.where, match.matched)
            for match in heapq.nsmallest(limit, best.values(), key=self._order)
        ]

    def _order(self, match: _Match) -> tuple[float, bool, int, int]:
        """Best score first; at equal score classes first, then what has the shorter definition."""
        synset = self._synsets[match.position]
        is_group = synset.index is None and not synset.in_21k
        return -match.score, is_group, len(synset.definition), match.position

    def _add(self, lemma: _Lemma) -> None:
        number = len(self._lemmas)
        self._lemmas.append(lemma)
        for word in set(lemma.words):
            self._with_word[word].append(number)
        self._joined["".join(lemma.words)].append(number)

    def _words(self, text: str) -> tuple[str, ...]:
        """The words of a plain text in the singular, without stop words if there are others."""
        words = text.split()
        kept = [word for word in words if word not in _STOP_WORDS] or words
        return tuple(self._singular.get(word) or singular(word, self._spelled) for word in kept)

    # What a word may stand for

    def _readings(self, words: Sequence[str]) -> list[_Readings]:
        """Each word itself if it is known, else the words that it may be a slip for."""
        readings: list[_Readings] = []
        left = _MOST_CORRECTED
        for word in words:
            if word in self._with_word or word in self._defined_with:
                readings.append({word: 1.0})
            else:
                readings.append(self._corrections(word) if left > 0 else {})
                left -= 1
        return readings

    def _corrections(self, word: str) -> _Readings:
        """Known words near to this one, or to what may be its singular."""
        if word in _STOP_WORDS or not word.isalpha():
            return {}
        for spelling in dict.fromkeys((word, word.removesuffix("s"), word.removesuffix("es"))):
            if near := self._speller.near(spelling):
                return {known: _likeness(spelling, known, near[known]) for known in near}
        return {}

    def _completions(self, start: str) -> _Readings:
        """Known words with this beginning."""
        if len(start) < _SHORTEST_START:
            return {}
        first = bisect_left(self._sorted_words, start)
        following = islice(self._sorted_words, first, first + _MOST_COMPLETIONS)
        return dict.fromkeys(takewhile(lambda word: word.startswith(start), following), _COMPLETED)

    # What matches

    def _numbered(self, text: str) -> Iterator[_Match]:
        if re.fullmatch(r"n?[0-9]{8}|[0-9]{1,3}", text):
            is_index = len(text) <= 3
            position = self._by_number.get(str(int(text)) if is_index else text[-8:])
            if position is not None:
                synset = self._synsets[position]
                where, matched = ("index", str(synset.index)) if is_index else ("wnid", synset.wnid)
                yield _Match(position, _NUMBER, where, matched)

    def _matching_lemmas(
        self, text: str, words: Sequence[str], readings: Sequence[_Readings]
    ) -> Iterator[_Match]:
        """Lemmas that hold all words of the query."""
        for number in self._joined.get("".join(words), ()):
            same = self._lemmas[number].text == text
            yield self._lemma_match(number, _SAME if same else _SAME_WORDS)

        qualities = [_best(reading, self._with_word) for reading in readings]
        if not qualities:
            return
        for number in set(qualities[0]).intersection(*qualities[1:]):
            held = self._lemmas[number].words
            begins = len(held) >= len(readings) and all(
                word in reading for word, reading in zip(held, readings, strict=False)
            )
            if begins and len(held) == len(readings):
                score = _SAME_WORDS
            else:
                filled = min(1.0, len(readings) / len(held))
                score = _ALL_WORDS + _FILLED * filled + _BEGINS * begins
            yield self._lemma_match(number, score * math.prod(q[number] for q in qualities))

    def _lemma_match(self, number: int, score: float) -> _Match:
        lemma = self._lemmas[number]
        synset = self._synsets[lemma.position]
        score += _FIRST_LEMMA * (lemma.rank == 0) + _IN_1K * (synset.index is not None)
        return _Match(lemma.position, score, "lemma", synset.lemmas[lemma.rank])

    def _with_scattered_words(self, readings: Sequence[_Readings]) -> Iterator[_Match]:
        """Synsets with at least the weightier words of the query in lemmas or definition."""
        found: dict[int, float] = defaultdict(float)
        said: dict[int, list[str]] = defaultdict(list)
        in_lemma: set[int] = set()
        total = 0.0
        for reading in readings:
            uses = sum(len(self._with_word.get(w, ())) for w in reading)
            uses += sum(len(self._defined_with.get(w, ())) for w in reading)
            weight = math.log(1 + len(self._synsets) / (1 + uses))
            total += weight
            values: dict[int, tuple[float, str]] = {}
            for word, quality in reading.items():
                for position in self._defined_with.get(word, ()):
                    values[position] = max(
                        values.get(position, (0.0, "")), (_IN_DEFINITION * quality, word)
                    )
                for number in self._with_word.get(word, ()):
                    position = self._lemmas[number].position
                    in_lemma.add(position)
                    values[position] = max(values.get(position, (0.0, "")), (quality, word))
            for position, (value, word) in values.items():
                found[position] += weight * value
                said[position].append(word)
        for position, value in found.items():
            score = _SCATTERED * value / total
            if score >= _NOISE:
                bonus = _IN_1K * (self._synsets[position].index is not None)
                yield _Match(position, score + bonus, "definition", " ".join(said[position]))


def _likeness(word: str, known: str, distance: int) -> float:
    """Quality of reading a word as a known one."""
    quality = _SLIPS[distance]
    if word[0] != known[0]:
        quality *= _OTHER_FIRST_LETTER
    if sorted(word) != sorted(known):
        quality *= _OTHER_LETTERS
    return quality


def _best(reading: _Readings, holders: dict[str, list[int]]) -> dict[int, float]:
    """Whoever holds a word of the reading, with the quality of the best such word."""
    qualities: dict[int, float] = {}
    for word, quality in reading.items():
        for number in holders.get(word, ()):
            if quality > qualities.get(number, 0.0):
                qualities[number] = quality
    return qualities
