"""Classes that are easily confused for reasons that lie in the labels, not in the network.

The table ``assets/quirks.tsv`` is written by hand. Each note can be checked against the catalogue's
own lemmas and definitions; where others have reported the same, the source says who.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.paths import ASSETS

FILE = ASSETS / "quirks.tsv"

QuirkKind = Literal[
    "shared name",  # two classes, one word
    "near synonyms",  # two classes, hardly two things
    "part and whole",  # a picture of one shows the other
    "one is a kind of the other",  # every picture of the one is a picture of the other
    "misleading definition",  # the name, the definition and the pictures do not agree
]
KINDS = get_args(QuirkKind)


@dataclass(frozen=True, slots=True)
class Quirk:
    """Something to know before counting a confusion of these classes as a mistake."""

    kind: QuirkKind
    wnids: tuple[str, ...]  # of the classes concerned, at least one
    note: str  # one sentence
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, before its indices become wnids."""

    kind: QuirkKind
    classes: tuple[tuple[int, str], ...]  # 1k index and first lemma, so that a slip shows
    note: str
    source: str


def read(file: Path = FILE) -> tuple[Row, ...]:
    """The rows of the table: kind, classes such as ``134 crane | 517 crane``, note, source."""
    rows = []
    for line in file.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, classes, note, source = line.split("\t")
            pairs = (text.split(" ", 1) for text in classes.split(" | "))
            rows.append(
                Row(kind, tuple((int(index), label) for index, label in pairs), note, source)
            )
    return tuple(rows)
