"""Votes, notes and tags: kept at once, field by field, and found again by the picture's bytes.

Of two who change the same field of the same claim at once, the last one stands; who votes leaves
another's note alone, and who adds a tag leaves the others there.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from core.evaluation.review import store
from core.evaluation.review.remarks import (
    VOTES,
    Claim,
    Key,
    Remark,
    check_number,
    clean_note,
    clean_tags,
    legible,
)

_WHERE = "sha256 = ? AND truth = ?"
_REMARKS = """
SELECT sha256, wnid, label, file, data, vote, note, changed,
    (SELECT json_group_array(tag) FROM tags WHERE (sha256, truth) = (one.sha256, one.truth))
FROM remarks AS one
"""


def vote(claim: Claim, choice: str | None) -> None:
    """Keep a vote, one of `VOTES`; None takes it back. Raises EvaluationError, as `store` does."""
    if choice not in (None, *VOTES):
        raise ValueError(f"{choice!r} is none of the votes {', '.join(VOTES)}")
    _set(claim, "vote", choice)


def note(claim: Claim, text: str) -> None:
    """Keep a note as `clean_note` makes it, in the place of the one before.

    Raises EvaluationError, as both do.
    """
    _set(claim, "note", clean_note(text))


def tag(claim: Claim, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
    """Keep further tags as `clean_tags` makes them, and take others away.

    EvaluationError as of both, and where the picture would have too many.
    """
    added = clean_tags(add)
    with _changing(claim) as connection:
        connection.executemany(
            f"DELETE FROM tags WHERE {_WHERE} AND tag = ?",
            [(*claim.key, text) for text in remove],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO tags VALUES (?, ?, ?)", [(*claim.key, text) for text in added]
        )
        counted = connection.execute(f"SELECT count(*) FROM tags WHERE {_WHERE}", claim.key)
        check_number(counted.fetchone()[0])


def of(sha256s: Iterable[str]) -> dict[Key, Remark]:
    """All that was said of these pictures, in one question, by `Claim.key`.

    Raises EvaluationError, as `store` does.
    """
    with store.reading() as connection:
        wanted = "WHERE sha256 IN (SELECT value FROM json_each(?))"
        rows = connection.execute(_REMARKS + wanted, (json.dumps(list(sha256s)),))
        return {remark.claim.key: remark for remark in map(_remark, rows)}


def everything(most: int = -1) -> tuple[Remark, ...]:
    """All that was said, or so many at most, the last change first.

    Raises EvaluationError, as `store` does.
    """
    with store.reading() as connection:
        order = "ORDER BY changed DESC, sha256, truth LIMIT ?"
        rows = connection.execute(f"{_REMARKS} {order}", (most,))
        return tuple(map(_remark, rows))


def votes() -> dict[Key, str]:
    """All votes. Raises EvaluationError, as `store` does."""
    with store.reading() as connection:
        rows = connection.execute("SELECT sha256, truth, vote FROM remarks WHERE vote IS NOT NULL")
        return {(sha256, truth): choice for sha256, truth, choice in rows if choice in VOTES}


def vote_counts() -> dict[str, int]:
    """How often each of `VOTES` was given. Raises EvaluationError, as `store` does."""
    with store.reading() as connection:
        rows = connection.execute("SELECT vote, count(*) FROM remarks GROUP BY vote")
        found = dict(rows.fetchall())
    return {choice: found.get(choice, 0) for choice in VOTES}


def tag_counts() -> dict[str, int]:
    """The tags in use, the most used first. Raises EvaluationError, as `store` does."""
    with store.reading() as connection:
        rows = connection.execute("SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY 2 DESC, 1")
        return dict(rows.fetchall())


def _set(claim: Claim, field: str, value: str | None) -> None:
    with _changing(claim) as connection:
        connection.execute(f"UPDATE remarks SET {field} = ? WHERE {_WHERE}", (value, *claim.key))


@contextmanager
def _changing(claim: Claim) -> Iterator[sqlite3.Connection]:
    """Within, there is a row of the claim; afterwards only if it says anything."""
    with store.writing() as connection:
        met = (claim.wnid, *map(legible, (claim.label, claim.file, claim.data)), time.time())
        connection.execute(
            "INSERT INTO remarks (sha256, truth, wnid, label, file, data, changed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET wnid = excluded.wnid, "
            "label = excluded.label, file = excluded.file, data = excluded.data, "
            "changed = excluded.changed",
            (*claim.key, *met),
        )
        yield connection
        connection.execute(
            f"DELETE FROM remarks WHERE {_WHERE} AND vote IS NULL AND note = '' AND NOT EXISTS "
            "(SELECT 1 FROM tags WHERE (sha256, truth) = (remarks.sha256, remarks.truth))",
            claim.key,
        )


def _remark(row: tuple) -> Remark:
    sha256, wnid, label, file, data, choice, text, changed, tags = row
    claim = Claim(sha256, wnid, label, file, data)
    choice = choice if choice in VOTES else None
    return Remark(claim, choice, text, tuple(sorted(json.loads(tags))), changed)
