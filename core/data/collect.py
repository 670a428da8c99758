"""Pictures dropped into the browser or taken by camera, collected class by class.

They lie at ``NETLENS_HOME/data/collections/<collection>/<class>/<sha256>.<suffix>``, and a
collection is registered under its name. Every change is one step on the disk, under a lock that
all processes share, so that nobody sees half of one and two who change at once both succeed.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.data import registry
from core.data.class_folders import checked_label, folder_of, label_of, root
from core.errors import DataError, PictureError
from core.images import SUFFIXES, read_image

_FILE = re.compile(r"[0-9a-f]{64}\.[a-z]{3,4}")
_SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif"}
_WASTE = ".waste-"


@dataclass(frozen=True)
class CollectedClass:
    """A class of a collection."""

    label: str
    """As it was typed; it may be a wnid."""
    pictures: tuple[Path, ...]
    """Files named by the sha256 of their bytes, the newest first; there may be none."""


@dataclass(frozen=True)
class Added:
    """What became of pictures that were to be added."""

    new: int
    known: int
    """They were in the class already."""
    problems: tuple[str, ...]
    """A sentence for each file that is no picture that can be used."""


def names() -> tuple[str, ...]:
    """The collections that there are, sorted."""
    return tuple(path.name for path in _folders(root()))


def changed(collection: str) -> int:
    """When pictures or classes of a collection came or went last, in ns since 1970."""
    path = _path(collection)
    return max(
        (one.stat().st_mtime_ns for one in (path, *_folders(path)) if one.is_dir()), default=0
    )


def classes(collection: str) -> tuple[CollectedClass, ...]:
    """The classes of a collection, by label; none where there is no such collection."""
    found = (
        CollectedClass(label_of(path.name), _pictures(path)) for path in _folders(_path(collection))
    )
    return tuple(sorted(found, key=lambda one: one.label.casefold()))


def add(collection: str, label: str, pictures: Sequence[tuple[str, bytes]]) -> Added:
    """Store pictures, each with its name for messages, in a class of a collection.

    Class and collection are made where they are new; a class whose label differs by case only is
    the same one. Bytes that are no picture are not stored. DataError where the names cannot be
    used or the disk does not take it.
    """
    registry.check_name(collection)
    label = checked_label(label)
    good, problems = _looked_at(pictures)
    if not good:
        return Added(0, 0, problems)
    with _alone(collection):
        _record(collection)  # first, since the name may belong to another data set
        path = _class_path(collection, label) or _path(collection) / folder_of(label)
        with tempfile.TemporaryDirectory(prefix=_WASTE, dir=root()) as folder:
            fresh = {name: data for name, data in good.items() if not (path / name).exists()}
            for name, data in fresh.items():
                (Path(folder) / name).write_bytes(data)
            path.mkdir(parents=True, exist_ok=True)
            for name in fresh:
                (Path(folder) / name).replace(path / name)
        _record(collection)
    return Added(len(fresh), len(pictures) - len(problems) - len(fresh), problems)


def remove(collection: str, label: str, file: str) -> None:
    """Delete a picture by the name of its file; DataError where there is none."""
    with _alone(collection):
        path = _existing(collection, label) / file
        if not _FILE.fullmatch(file) or not path.is_file():
            raise DataError(f"There is no picture {file[:80]!r} of {label} in {collection}.")
        path.unlink()
        _record(collection)


def rename_class(collection: str, label: str, new: str) -> None:
    """Call a class otherwise; DataError where there is none, or already one with the new label."""
    new = checked_label(new)
    with _alone(collection):
        path, other = _existing(collection, label), _class_path(collection, new)
        if other is not None and other != path:
            raise DataError(f"{collection} has a class {label_of(other.name)} already.")
        path.rename(path.with_name(folder_of(new)))
        _record(collection)


def delete_class(collection: str, label: str) -> None:
    """Delete a class with its pictures; DataError where there is none."""
    with _alone(collection):
        _discard(_existing(collection, label))
        _record(collection)


def delete(collection: str) -> None:
    """Delete a collection with its pictures, and its name; DataError where there is none."""
    with _alone(collection):
        path = _path(collection)
        if not path.is_dir():
            raise DataError(f"There is no collection called {collection[:80]}.")
        named = (entry.name for entry in registry.registered() if entry.path == path.resolve())
        for name in tuple(named):
            registry.unregister(name)
        _discard(path)


def _looked_at(pictures: Sequence[tuple[str, bytes]]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files to store by name, and what is wrong with the others."""
    good, problems = {}, []
    for name, data in pictures:
        try:
            kind = read_image(data, name).format
        except PictureError as error:
            problems.append(str(error))
            continue
        suffix = _SUFFIXES.get(kind, f".{kind.lower()}")
        good[f"{hashlib.sha256(data).hexdigest()}{suffix}"] = data
    return good, tuple(problems)


@contextmanager
def _alone(collection: str) -> Iterator[None]:
    """Keep all others from changing collections meanwhile, and say what the disk refuses."""
    from filelock import FileLock

    try:
        root().mkdir(parents=True, exist_ok=True)
        with FileLock(root() / ".lock", is_singleton=True):
            for left in root().glob(f"{_WASTE}*"):  # by a process that died
                shutil.rmtree(left, ignore_errors=True)
            yield
    except OSError as error:
        raise DataError(f"{collection} cannot be changed: {error.strerror}.") from error


def _record(collection: str) -> None:
    """Register the collection, or its counts of now."""
    counts = [count for one in classes(collection) if (count := len(one.pictures))]
    path = _path(collection).resolve()
    registry.record(registry.Entry(collection, path, sum(counts), len(counts)))


def _discard(path: Path) -> None:
    """Delete a folder, in one step for whoever looks on."""
    with tempfile.TemporaryDirectory(prefix=_WASTE, dir=root()) as waste:
        path.rename(Path(waste) / "pictures")


def _path(collection: str) -> Path:
    registry.check_name(collection)
    return root() / collection


def _existing(collection: str, label: str) -> Path:
    path = _class_path(collection, label)
    if path is None:
        raise DataError(f"{collection} has no class {label[:80]!r}.")
    return path


def _class_path(collection: str, label: str) -> Path | None:
    wanted = label.casefold()
    folders = _folders(_path(collection))
    return next((path for path in folders if label_of(path.name).casefold() == wanted), None)


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(one for one in path.iterdir() if one.name[0] != "." and one.is_dir())
    except FileNotFoundError:
        return []


def _pictures(path: Path) -> tuple[Path, ...]:
    found = []
    with suppress(FileNotFoundError):  # renamed or deleted meanwhile
        found = [file for file in path.iterdir() if file.suffix in SUFFIXES]
    changed = {}
    for file in found:
        with suppress(FileNotFoundError):
            changed[file] = file.stat().st_mtime_ns
    return tuple(sorted(changed, key=lambda file: (-changed[file], file.name)))
