"""Words as people type them: case, accents, plurals and slips of the finger."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

from core.paths import ASSETS

# WordNet's rules for nouns, see morphy(7WN): an ending and what takes its place
_RULES = (
    ("ies", "y"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("zes", "z"),
    ("ses", "s"),
    ("men", "man"),
    ("s", ""),
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SHORTEST_PLURAL = 4  # letters; "gas" and "bus" are none


def plain(text: str) -> str:
    """Lower case, without accents, with single blanks for everything that is no letter or digit."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
        text = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return _BETWEEN_WORDS.sub(" ", text.lower().replace("'", "")).strip()


@lru_cache(maxsize=1)
def irregular_plurals() -> dict[str, str]:
    """Plural -> singular, from WordNet's ``noun.exc``."""
    rows = (ASSETS / "irregular-plurals.tsv").read_text("ascii").splitlines()
    return dict(row.split("\t") for row in rows)


def singular(word: str, known: Collection[str]) -> str:
    """The word's singular where that is one of the known words, else the word itself."""
    if word in (irregular := irregular_plurals()):
        return irregular[word]
    if len(word) >= _SHORTEST_PLURAL and not word.endswith("ss"):
        for ending, replacement in _RULES:
            if word.endswith(ending):
                candidate = word.removesuffix(ending) + replacement
                if candidate in known:
                    return candidate
    return word


def osa_distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment: edits that turn one word into the other.

    An edit inserts, deletes or replaces a letter or swaps two neighbours, and no place is edited
    twice (Boytsov, "Indexing methods for approximate dictionary searching", 2011). Beyond `most`
    the answer is ``most + 1``.
    """
    beyond = most + 1
    before_last: list[int] = []
    last = [min(j, beyond) for j in range(len(b) + 1)]
    for i, letter in enumerate(a, 1):
        row = [beyond] * (len(b) + 1)
        row[0] = min(i, beyond)
        # farther from the diagonal than `most` every cell is beyond it
        for j in range(max(1, i - most), min(len(b), i + most) + 1):
            other = b[j - 1]
            if letter == other:
                cost = last[j - 1]
            else:
                cost = 1 + min(last[j - 1], last[j], row[j - 1])
                if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                    cost = min(cost, before_last[j - 2] + 1)
            row[j] = cost
        if min(row) > most and min(last) > most:
            return beyond
        before_last, last = last, row
    return min(last[-1], beyond)


class Speller:
    """Finds the known words that are a few edits from an unknown one.

    Every known word gets a signature, a number with a bit for each letter in it and another bit for
    each letter that comes twice. An edit changes at most two of these bits and a swap none, so
    comparing signatures leaves few words for the exact distance and loses none.
    """

    def __init__(self, words: Iterable[str]) -> None:
        # first letter and length -> signatures and words
        self._groups: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
        for word in words:
            self._groups[word[0], len(word)].append((_signature(word), word))
        self._first_letters = sorted({first for first, _ in self._groups})

    def near(self, word: str) -> dict[str, int]:
        """Known words at distance 1, or at distance 2 behind the same first letter.

        Fewer than three letters are too few to guess from, fewer than five for two slips.
        """
        if len(word) < 3:
            return {}
        found = self._within(1, word, self._first_letters)
        return self._within(2, word, word[0]) | found if len(word) >= 5 else found

    def _within(self, most: int, word: str, first_letters: Iterable[str]) -> dict[str, int]:
        signature = _signature(word)
        similar = [
            known
            for first in first_letters
            for length in range(len(word) - most, len(word) + most + 1)
            for other, known in self._groups.get((first, length), ())
            if (signature ^ other).bit_count() <= 2 * most
        ]
        distances = ((known, osa_distance(word, known, most)) for known in similar)
        return {known: distance for known, distance in distances if distance <= most}


def _signature(word: str) -> int:
    once = twice = 0
    for letter in word:
        bit = 1 << (ord(letter) & 63)
        twice |= once & bit
        once |= bit
    return once | twice << 64
