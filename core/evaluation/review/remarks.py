"""Votes, notes and tags: what each of them is, and what is taken of a text that someone typed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import EvaluationError
from core.evaluation.export.columns import legible

VOTES = ("label", "model", "both", "unsure")
"""The label is wrong; the model is wrong; both fit, as with several objects; no telling."""
NOTE_LENGTH = 2000
"""Characters of a note, at most."""
TAGS, TAG_LENGTH = 20, 40
"""Tags of a picture, and characters of a tag, at most."""

Key = tuple[str, str]

_LINE_ENDS = re.compile(r"\r\n?")
# control characters but tabs and line ends, halves of characters, and marks that turn text around
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200c\u200d"  # which scripts and emoji need


@dataclass(frozen=True, slots=True)
class Claim:
    """A picture, and the class that it is said to show.

    `key` is all that counts: what is said of a claim is found again under every name of its file
    and in every data set. These are those where it was met last.
    """

    sha256: str
    """Of the picture's bytes, 64 hexadecimal digits."""
    wnid: str | None
    label: str
    file: str = ""
    data: str = ""

    @property
    def key(self) -> Key:
        """The digest, and the wnid, or the label of a class that has none."""
        return self.sha256, legible(self.wnid or self.label)


@dataclass(frozen=True, slots=True)
class Remark:
    """What was said of a claim."""

    claim: Claim
    vote: str | None = None
    """One of `VOTES`."""
    note: str = ""
    tags: tuple[str, ...] = ()
    """In the order of the alphabet."""
    changed: float = 0.0
    """Seconds since 1970."""

    @property
    def changed_at(self) -> str:
        """The time of the last change in UTC, such as 2026-01-31T12:00:00Z."""
        return datetime.fromtimestamp(self.changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean_note(text: str) -> str:
    """What is kept of a note: all of it but for blanks around it and what cannot be seen.

    EvaluationError where that is longer than `NOTE_LENGTH`: nothing is cut off silently.
    """
    kept = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).strip()
    if len(kept) > NOTE_LENGTH:
        raise EvaluationError(
            f"A note has at most {NOTE_LENGTH:,} characters, and this one has {len(kept):,}: "
            "shorten it."
        )
    return kept


def clean_tags(words: Iterable[str]) -> tuple[str, ...]:
    """The different tags among the words, in the order of the alphabet.

    Case does not count; commas and semicolons part tags. EvaluationError where there are more than
    `TAGS`, or one is longer than `TAG_LENGTH`.
    """
    parts = (part for word in words for part in re.split("[,;]", _folded(word)))
    found = {tag for part in parts if (tag := " ".join(part.split()).strip(f"{_JOINERS} "))}
    check_number(len(found))
    for tag in found:
        if len(tag) > TAG_LENGTH:
            raise EvaluationError(
                f"A tag has at most {TAG_LENGTH} characters, not {len(tag):,}: choose a shorter "
                "word, and say the rest in the note."
            )
    return tuple(sorted(found))


def check_number(tags: int) -> None:
    """EvaluationError where these are more tags than a picture may have."""
    if tags > TAGS:
        raise EvaluationError(f"A picture has at most {TAGS} tags, not {tags:,}: remove some.")


def _folded(text: str) -> str:
    """As Unicode compares without regard to case, and without what cannot be seen."""
    seen = "".join(c for c in text if c.isspace() or c in _JOINERS or not _is_unseen(c))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")
