"""Zips of class folders, unpacked once below ``NETLENS_HOME`` and kept by the hash of their bytes.

What a zip says about itself is checked before anything is written, and again on the bytes that
come out of it, because a header can say anything. Members are written under names that have been
checked, into a folder that gets its final name in one step: an import that is interrupted leaves
nothing that could be taken for a data set.
"""

import hashlib
import re
import shutil
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, NamedTuple

from core import paths
from core.data.dataset import Progress
from core.errors import DataError
from core.images import MAX_BYTES as MAX_MEMBER_BYTES
from core.images import SUFFIXES

MAX_MEMBERS = 50_000
MAX_TOTAL_BYTES = 8 * 2**30
"""Of all members together, unpacked."""
MAX_RATIO = 100
"""Unpacked bytes for each byte of the zip: pictures are compressed already, bombs are not."""
RATIO_FREE_BYTES = 10 * 2**20
"""Drawings compress well, and this much can do no harm whatever its ratio."""
MAX_NAME_BYTES = 200
"""Of one part of a member's path, in UTF-8; disks allow 255."""

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_ARCHIVE_STARTS = (b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ")
_DIRECTORY_ENTRY = b"PK\1\2"
_LOCAL_HEADER_BYTES = 30
_CHUNK = 2**20
_ENCRYPTED, _UTF8 = 0x1, 0x800
_UNPACKING = ".unpacking-"
# What zipfile raises on damaged and forged files; met when zips were damaged at random.
_MALFORMED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
)


class _Member(NamedTuple):
    info: zipfile.ZipInfo
    parts: tuple[str, ...]


def folder() -> Path:
    """Where unpacked zips lie, one folder for each; it may not exist yet."""
    return paths.home() / "data" / "zips"


def unpack(file: BinaryIO, name: str, progress: Progress | None = None) -> Path:
    """The folder of class folders that a zip holds, unpacked unless it has been before.

    ``file`` is open for reading and can be sought in; ``name`` is what messages call it. Pictures
    in class folders are unpacked, hidden files and whatever else there is are not, and one folder
    around the class folders is taken off. ``progress`` is told how many of how many pictures are
    unpacked, and may raise to stop, which leaves nothing. DataError where the zip is damaged, too
    large, or built to do harm.
    """
    try:
        digest, size = _look_through(file, name)
        done = folder() / digest
        if done.is_dir():
            return done
        with alone():
            _sweep()
            if not done.is_dir():
                _unpack(file, name, size, done, progress)
        return done
    except _MALFORMED as error:
        raise DataError(f"{name} is damaged or no zip file; make it again.") from error
    except OSError as error:
        reason = error.strerror or "the file is damaged"
        raise DataError(f"{name} cannot be unpacked: {reason}.") from error


@contextmanager
def alone() -> Iterator[None]:
    """Keep all others from unpacking and discarding meanwhile; may be nested. Raises OSError."""
    from filelock import FileLock

    folder().mkdir(parents=True, exist_ok=True)
    with FileLock(folder() / ".lock", is_singleton=True):
        yield


def discard(unpacked: Path) -> None:
    """Delete what `unpack` made, in one step for whoever looks on; within `alone`.

    Raises OSError.
    """
    with (
        tempfile.TemporaryDirectory(prefix=_UNPACKING, dir=unpacked.parent) as waste,
        suppress(FileNotFoundError),  # somebody else has deleted it
    ):
        unpacked.rename(Path(waste) / "pictures")


def _sweep() -> None:
    """Delete what was left by a process that died: whatever is half done while one is `alone`."""
    for left in folder().glob(f"{_UNPACKING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _look_through(file: BinaryIO, name: str) -> tuple[str, int]:
    """The sha256 of the bytes and their number.

    Directory entries are counted on the way, since zipfile would read millions into memory.
    """
    digest, size, entries = hashlib.sha256(), 0, 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        entries += chunk.count(_DIRECTORY_ENTRY)
    if entries > MAX_MEMBERS:
        raise DataError(_too_many(name))
    return digest.hexdigest(), size


def _too_many(name: str) -> str:
    return (
        f"{name} has more than {MAX_MEMBERS:,} members; split it, or unpack it and give the folder."
    )


def _unpack(file: BinaryIO, name: str, size: int, done: Path, progress: Progress | None) -> None:
    with zipfile.ZipFile(file) as archive:
        members = _pictures(archive.infolist(), name)
        _check_sizes(members, name, size, done.parent)
        with tempfile.TemporaryDirectory(prefix=_UNPACKING, dir=done.parent) as made:
            target = Path(made) / "pictures"
            for number, member in enumerate(members, 1):
                _write(archive, member, target, name)
                if progress:
                    progress(number, len(members))
            target.rename(done)


def _pictures(infos: list[zipfile.ZipInfo], name: str) -> list[_Member]:
    """The members to unpack, each with its class folder and file name; DataError if any is bad."""
    if len(infos) > MAX_MEMBERS:
        raise DataError(_too_many(name))
    _check_overlaps(infos, name)
    pictures = []
    for info in infos:
        parts = _parts(info, name)
        if info.is_dir() or any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        _check_kind(info, parts, name)
        if parts[-1].lower().endswith(tuple(SUFFIXES)):
            pictures.append(_Member(info, parts))
    pictures = _in_class_folders(pictures, name)
    _check_spelling(pictures, name)
    return pictures


def _parts(info: zipfile.ZipInfo, name: str) -> tuple[str, ...]:
    """The path of a member within the zip; DataError where it leads anywhere else."""
    path = _decoded(info).replace("\\", "/")  # Windows separates with the one, zip with the other
    windows = PureWindowsPath(path)
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if windows.drive or windows.root or ".." in parts or not parts:
        raise DataError(f"{name} is refused: its member {path[:100]!r} would lie outside of it.")
    if any(re.search(r"[\x00-\x1f\x7f]", part) for part in parts):
        raise DataError(f"{name} is refused: the name of its member {path[:100]!r} cannot be used.")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        raise DataError(f"{name} has a member with too long a name, {path[:40]}…; shorten it.")
    return parts


def _decoded(info: zipfile.ZipInfo) -> str:
    """The member's name as one normal form of Unicode.

    The Finder of macOS writes UTF-8 without saying so, which zipfile takes for code page 437.
    """
    path = info.filename
    if not info.flag_bits & _UTF8:
        try:
            path = path.encode("cp437").decode("utf-8")
        except UnicodeError:
            path = info.filename
    return unicodedata.normalize("NFC", path)


def _check_kind(info: zipfile.ZipInfo, parts: tuple[str, ...], name: str) -> None:
    path = "/".join(parts)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise DataError(f"{name} is refused: {path} is a link or a device, not a file.")
    if info.flag_bits & _ENCRYPTED:
        raise DataError(f"{name} is protected with a password; make it again without one.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(
            f"{path} in {name} is compressed in a way that is not read here; make the zip again "
            "with the usual method, deflate."
        )
    if path.lower().endswith(_ARCHIVES):
        raise DataError(_nested(path, name))


def _nested(path: str, name: str) -> str:
    return f"{path} in {name} is an archive itself; unpack it and zip the class folders alone."


def _in_class_folders(pictures: list[_Member], name: str) -> list[_Member]:
    """The pictures at ``class/file``, after one folder around all of them has been taken off."""
    outer = {parts[0] for _, parts in pictures}
    if len(outer) == 1 and any(len(parts) > 2 for _, parts in pictures):
        pictures = [_Member(info, parts[1:]) for info, parts in pictures]
    deep = next((parts for _, parts in pictures if len(parts) > 2), None)
    if deep is not None:
        raise DataError(
            f"{name} has folders in its class folders ({'/'.join(deep)}); put the pictures of "
            "each class directly into a folder with its name, and zip those folders."
        )
    if not any(len(parts) == 2 for _, parts in pictures):
        raise DataError(
            f"{name} holds no class folders with pictures in them; put the pictures of each class "
            "into a folder with its name, and zip those folders."
        )
    return [picture for picture in pictures if len(picture.parts) == 2]


def _check_spelling(pictures: list[_Member], name: str) -> None:
    """DataError for names that some disks cannot tell apart, and for a name that comes twice."""
    folders: dict[str, str] = {}
    files: dict[tuple[str, ...], tuple[str, ...]] = {}
    for _, parts in pictures:
        path = tuple(part.casefold() for part in parts)
        known = folders.setdefault(path[0], parts[0])
        if known != parts[0]:
            raise DataError(
                f"The folders {known} and {parts[0]} in {name} differ by case only; rename one of "
                "them, or put their pictures together."
            )
        if path in files:
            raise DataError(
                f"{'/'.join(files[path])} and {'/'.join(parts)} in {name} have the same name, "
                "but for case at most; rename one of them."
            )
        files[path] = parts


def _check_overlaps(infos: list[zipfile.ZipInfo], name: str) -> None:
    """DataError where members share bytes, which makes a small file large many times over."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise DataError(f"{name} is refused: its members overlap.")
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size


def _check_sizes(members: list[_Member], name: str, size: int, disk: Path) -> None:
    """DataError where the sizes that the zip declares are too large already."""
    for info, parts in members:
        if info.file_size > MAX_MEMBER_BYTES:
            raise DataError(
                f"{'/'.join(parts)} in {name} is larger than the {MAX_MEMBER_BYTES // 2**20} MB "
                "that a picture may have; take it out."
            )
    total = sum(info.file_size for info, _ in members)
    if total > MAX_TOTAL_BYTES:
        raise DataError(
            f"{name} unpacks to {total / 2**30:.1f} GB; {MAX_TOTAL_BYTES // 2**30} are allowed. "
            "Unpack it yourself and give the folder."
        )
    if total > MAX_RATIO * size + RATIO_FREE_BYTES:
        raise DataError(
            f"{name} is refused: it unpacks to more than {MAX_RATIO} times its size, as no "
            "pictures do. If they are yours, unpack it yourself and give the folder."
        )
    free = shutil.disk_usage(disk).free
    if total > free:
        raise DataError(
            f"{name} unpacks to {total / 2**20:,.0f} MB, and {disk} has room for "
            f"{free / 2**20:,.0f}; make room there, or set NETLENS_HOME to another disk."
        )


def _write(archive: zipfile.ZipFile, member: _Member, target: Path, name: str) -> None:
    """Write one member below ``target``; BadZipFile unless it has the size that was checked."""
    path = target.joinpath(*member.parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member.info) as source, path.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            if not written and chunk.startswith(_ARCHIVE_STARTS):
                raise DataError(_nested("/".join(member.parts), name))
            written += len(chunk)
            if written > member.info.file_size:
                break
            copy.write(chunk)
    if written != member.info.file_size:
        raise zipfile.BadZipFile("the size is not the declared one")
