"""The file in which votes, notes and tags are kept, ``NETLENS_HOME/notes.sqlite``.

Sessions and processes of one machine may use it at once; each opens it for as long as it takes to
read or to write. What was written when `writing` is left outlasts a kill and a power cut. Readers
wait for nobody, by SQLite's write-ahead log; on a file system that has none (it needs memory that
processes share), SQLite's older journal is used: as safe, but readers wait for the writer.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from core import paths
from core.errors import EvaluationError

FORMAT = 1
_PATIENCE = 20.0  # seconds that a writer waits for the others
_TABLES = {
    "remarks": "sha256 TEXT NOT NULL, truth TEXT NOT NULL, wnid TEXT, label TEXT NOT NULL, "
    "file TEXT NOT NULL, data TEXT NOT NULL, vote TEXT, note TEXT NOT NULL DEFAULT '', "
    "changed REAL NOT NULL, PRIMARY KEY (sha256, truth)",
    "tags": "sha256 TEXT NOT NULL, truth TEXT NOT NULL, tag TEXT NOT NULL, "
    "PRIMARY KEY (sha256, truth, tag)",
}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
_REFUSED = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)


def place() -> Path:
    """The file; it may not exist yet."""
    return paths.home() / "notes.sqlite"


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """A connection to read by; to empty tables where nothing was ever written.

    EvaluationError where the file is damaged, of a newer Netlens, or cannot be read.
    """
    file = place()
    with _said(file), closing(_open_to_read(file)) as connection:
        yield connection


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """A connection to write by, alone: all of it is kept when the block is left, or nothing.

    EvaluationError as for `reading`, and where the file cannot be written or the disk is full.
    """
    file = place()
    with _said(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(_address(file))) as connection:
            _has_tables(connection, file)  # nothing is done to a file that is not ours
            _use_log(connection, file.parent)
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                if not _has_tables(connection, file):
                    _make_tables(connection)
                yield connection


def _open_to_read(file: Path) -> sqlite3.Connection:
    if file.exists():
        try:
            connection = _opened(_address(file, "mode=rw"), file)
        except sqlite3.OperationalError as error:
            # the log needs files beside it, which a folder may refuse; it is done without where
            # all that was ever written is in the file itself
            if _code(error) not in _REFUSED or _is_pending(file):
                raise
            connection = _opened(_address(file, "immutable=1"), file)
        if connection is not None:
            return connection
    connection = _connect(":memory:")
    _make_tables(connection)
    return connection


def _is_pending(file: Path) -> bool:
    """Whether something was written that is not in the file itself yet."""
    beside = (file.with_name(f"{file.name}-{end}") for end in ("wal", "journal"))
    return any(other.exists() and other.stat().st_size for other in beside)


def _opened(address: str, file: Path) -> sqlite3.Connection | None:
    """None where there are no tables yet."""
    connection = _connect(address)
    has_tables = False
    try:
        has_tables = _has_tables(connection, file)
    finally:
        if not has_tables:
            connection.close()
    return connection if has_tables else None


def _connect(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, timeout=_PATIENCE, isolation_level=None, uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _address(file: Path, how: str = "mode=rwc") -> str:
    return f"file:{quote(os.fsencode(file))}?{how}"


def _has_tables(connection: sqlite3.Connection, file: Path) -> bool:
    """EvaluationError where there are others than this Netlens makes."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if version > FORMAT:
        raise EvaluationError(
            f"{file} was written by a newer Netlens: update this one to see and to add votes, "
            "notes and tags. The file stays as it is."
        )
    if not version and not names:
        return False
    if version < 1 or not _TABLES.keys() <= names:
        raise _damaged(file)
    return True


def _make_tables(connection: sqlite3.Connection) -> None:
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns}) WITHOUT ROWID")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _use_log(connection: sqlite3.Connection, folder: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "wal" or not _has_log(folder):
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:  # another one writes; the next one will do
        if _code(error) not in _BUSY:
            raise


def _has_log(folder: Path) -> bool:
    """Whether there can be a log, tried apart: a file that was once told to have one needs it."""
    with (
        tempfile.TemporaryDirectory(prefix=".notes-", dir=folder) as scratch,
        closing(_connect(_address(Path(scratch) / "probe.sqlite"))) as probe,
    ):
        try:
            (mode,) = probe.execute("PRAGMA journal_mode = WAL").fetchone()
            probe.execute("CREATE TABLE probe (x)")
        except sqlite3.OperationalError:
            return False
        return mode == "wal"


@contextmanager
def _said(file: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say no with into sentences."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _sentence(error, file) from error
    except OSError as error:
        raise _refused(file, error.strerror or error) from error


def _sentence(error: sqlite3.DatabaseError, file: Path) -> Exception:
    code = _code(error)
    if code in _DAMAGED:
        return _damaged(file)
    if code in _BUSY:
        return EvaluationError(f"{file} is in use by somebody else for long: try again.")
    if code == sqlite3.SQLITE_FULL:
        return EvaluationError(
            f"The disk that holds {file} is full: free some space, then try again. What was kept "
            "before is safe."
        )
    if code in _REFUSED:
        return _refused(file, error)
    return error  # a mistake of ours


def _refused(file: Path, reason: object) -> EvaluationError:
    return EvaluationError(
        f"{file} cannot be read or written ({reason}): see that its folder may be written, or "
        "choose another one by NETLENS_HOME."
    )


def _damaged(file: Path) -> EvaluationError:
    return EvaluationError(
        f"{file} is damaged or no file of Netlens, so votes, notes and tags can be neither shown "
        "nor kept: put a copy back, or move it away to begin anew. It stays as it is."
    )


def _code(error: sqlite3.DatabaseError) -> int | None:
    """SQLite's own, without what extends it; None for an error of Python's module."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
