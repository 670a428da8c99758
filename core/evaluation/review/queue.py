"""The queue of pictures to judge: the wrong answers, those that the model is surest of first.

A place in it is a position in `Answers.suspects`.
"""

from collections.abc import Mapping

import numpy as np

from core.evaluation.answers import Answers
from core.evaluation.review.remarks import Claim, Key
from core.evaluation.selection import smallest

FILTERS = ("all", "doubted", "open")
"""All of them; those whose label confident learning doubts; those that nobody has voted on yet."""


def claim(answers: Answers, i: int) -> Claim:
    """What a vote on the picture of an answer is about."""
    wnid, label = answers.table.meta["classes"][int(answers.labels[i])]
    data = str(answers.table.meta["data"])
    return Claim(answers.sha256(i), wnid, label, answers.file(i), data)


def voted(answers: Answers, votes: Mapping[Key, str]) -> np.ndarray:
    """(k,) bool: the places with a vote. Takes 0.1 s for a million answers."""
    rows = answers.suspects.rows
    found = np.zeros(len(rows), bool)
    if not votes:
        return found
    digests, classes = answers.table["sha256"], answers.table.meta["classes"]
    known = np.unique(
        np.frombuffer(b"".join(bytes.fromhex(key)[:8] for key, _ in votes), np.uint64)
    )
    starts = answers.digest_starts[rows]
    nearest = np.searchsorted(known, starts).clip(max=len(known) - 1)
    places = np.flatnonzero(known[nearest] == starts)  # the same in 8 bytes of 32
    labels = answers.labels[rows[places]].tolist()
    for place, digest, label in zip(
        places.tolist(), digests[answers.rows[rows[places]]], labels, strict=True
    ):
        found[place] = Claim(bytes(digest).hex(), *classes[label]).key in votes
    return found


def chosen(answers: Answers, which: str, has_vote: np.ndarray) -> np.ndarray:
    """(k,) bool: the places that one of `FILTERS` leaves; ``has_vote`` is of `voted`."""
    if which == "doubted":
        return answers.suspects.confident
    return ~has_vote if which == "open" else np.ones(len(has_vote), bool)


def place_of(answers: Answers, i: int) -> int | None:
    """Where an answer is in the queue; None where it is right."""
    found = np.flatnonzero(answers.suspects.rows == i)
    return int(found[0]) if len(found) else None


def before(among: np.ndarray, place: int) -> int | None:
    """The last of the places of a (k,) mask before this one, which need not be among them."""
    found = np.flatnonzero(among[:place])
    return int(found[-1]) if len(found) else None


def after(among: np.ndarray, place: int) -> int | None:
    """The first of the places of a (k,) mask after this one, which need not be among them."""
    found = np.flatnonzero(among[place + 1 :])
    return place + 1 + int(found[0]) if len(found) else None


def examples(answers: Answers, of: int, but: int, count: int) -> np.ndarray:
    """(at most ``count``,) rows of other answers about pictures of a class.

    Those whose true class got most of the probability: nobody doubts these.
    """
    rows = np.flatnonzero(answers.labels == of)
    rows = rows[rows != but]
    return rows[smallest(answers.loss[rows], count)]
