"""Pictures in tar archives, found by where they begin and read by seeking."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.data.files.disk import is_picture, stamp
from core.data.files.listing import Head, Listing, single
from core.errors import DataError

# What tarfile raises on damaged archives; met when archives were damaged at random.
_MALFORMED = (tarfile.TarError, EOFError, ValueError, OverflowError)


@dataclass(frozen=True)
class Span:
    """An archive, or one that lies within another."""

    file: str
    """Its path within the data set."""
    start: int = 0
    """Where it begins in the file, in bytes."""
    size: int | None = None
    """In bytes; None for all that follows."""


@dataclass(frozen=True)
class Member:
    """A plain file in an archive."""

    name: str
    start: int
    """Where its content begins in the archive's file, in bytes."""
    size: int


def list_archive(root: Path, folder: str, span: Span) -> Listing:
    """The pictures of an archive, sorted by name, as the listing of ``folder``.

    Hidden ones and those whose names lead out are left out. DataError where it is damaged or cannot
    be read.
    """
    try:
        changed = stamp(root / span.file)
    except OSError as error:
        raise DataError(f"{root / span.file} cannot be read: {error.strerror}.") from error
    pictures, others = [], 0
    for member in members(root / span.file, span):
        # By hand, since a path of pathlib takes as long as reading the header.
        name = member.name.removeprefix("./")
        if is_picture(name) and not name.startswith(("/", ".")) and "/." not in name:
            pictures.append((name, member.size, member.start))
        else:
            others += 1
    return single(Head(folder, {span.file: changed}, len(pictures), others), sorted(pictures))


def members(path: Path, span: Span) -> Iterator[Member]:
    """The plain files of an archive; DataError where it is damaged or cannot be read."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            end = size if span.size is None else span.start + span.size
            file.seek(span.start)
            with tarfile.open(fileobj=file, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # it would keep all of them
                    if member.offset_data + member.size > end:
                        raise EOFError
                    if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                        yield Member(member.name, member.offset_data, member.size)
                file.seek(archive.offset)
                if file.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
                    raise EOFError
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except _MALFORMED as error:
        raise DataError(f"{path} is damaged, or its end is missing; download it again.") from error
