"""Data sets that the user has given a name: one small file each below ``NETLENS_HOME``.

With a file for each, two processes that register at the same time cannot undo each other's work.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import paths
from core.data import builtin, zips
from core.data.access import check_allowed
from core.data.dataset import Dataset, Progress
from core.data.files import index_file
from core.data.files.listing import Listing
from core.data.source import is_zip, open_path
from core.errors import DataError

_NAME = re.compile(r"\w(?:[\w .-]{0,58}\w)?")


@dataclass(frozen=True)
class Entry:
    """A registered data set as it was when it was registered."""

    name: str
    path: Path
    pictures: int
    classes: int


def open(name_or_path: str | Path, progress: Progress | None = None) -> Dataset:
    """The data set of that name, registered or built in, or else the one at that path.

    A path is meant wherever it is given as a Path. ``progress`` is told how many of how many class
    folders are listed, and may raise to stop. DataError if there is neither.
    """
    if isinstance(name_or_path, str) and _NAME.fullmatch(name_or_path):
        file = _file(name_or_path)
        if file.exists():
            entry = _read(file)
            return open_path(entry.path, entry.name, progress)
        if name_or_path in builtin.NAMES:
            return builtin.open_builtin(name_or_path)
        if not Path(name_or_path).exists():
            raise DataError(
                f"There is no data set called {name_or_path}, and no folder or file either. "
                f"{_known()}"
            )
    return open_path(name_or_path, progress=progress)


def register(path: str | Path, name: str | None = None, progress: Progress | None = None) -> Entry:
    """Give the data set at ``path`` a name, of its own if none is given; nothing is copied.

    A zip of class folders is unpacked below ``NETLENS_HOME``, and its folder gets the name. A path
    keeps the name that it has unless another one is given. ``progress`` as for `open`. DataError as
    for `open` and `zips.unpack`, and where the name cannot be used or belongs to another path.
    """
    if not is_zip(path):
        return _register(path, name, progress=progress)
    path = check_allowed(path)
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise DataError(f"{path} is no file.")
        with path.open("rb") as file:
            return register_zip(file, path.name, name, progress)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def register_zip(
    file: BinaryIO, file_name: str, name: str | None = None, progress: Progress | None = None
) -> Entry:
    """As `register`, for a zip that is open for reading, as one is that was uploaded."""
    if name is not None:
        check_name(name)  # before gigabytes are unpacked for it
    try:
        with zips.alone():  # so that nobody discards the folder before it has its name
            folder = zips.unpack(file, file_name, progress)
            return _register(folder, name, Path(file_name).stem)
    except OSError as error:
        raise DataError(f"{zips.folder()} cannot be written: {error.strerror}.") from error


def _register(
    path: str | Path,
    name: str | None,
    own_name: str | None = None,
    progress: Progress | None = None,
) -> Entry:
    dataset = open_path(path, own_name, progress)
    path = Path(path).expanduser().resolve()
    if name is not None:
        return _noted(record(Entry(name, path, len(dataset), len(dataset.classes))), dataset)
    known = (entry.name for entry in registered() if entry.path == path)
    for candidate in _free_names(next(known, None) or dataset.name):
        entry = Entry(candidate, path, len(dataset), len(dataset.classes))
        if _write(entry):
            return _noted(entry, dataset)
    raise AssertionError("there is no end of names")


def record(entry: Entry) -> Entry:
    """Write down an entry, or new counts of one.

    DataError where its name cannot be used or belongs to another path.
    """
    check_name(entry.name)
    if not _write(entry):
        where = _read(_file(entry.name)).path
        raise DataError(f"{entry.name} is the name of another data set, at {where}.")
    return entry


def check_name(name: str) -> None:
    """DataError unless ``name`` could be given to a data set."""
    if name.casefold() in builtin.NAMES:
        raise DataError(f"{name} is the name of a data set that is built in; choose another one.")
    if not _NAME.fullmatch(name):
        raise DataError(
            f"{name!r} cannot be a name: use up to 60 letters, digits, spaces, dots, hyphens and "
            "underscores, with a letter or digit at either end."
        )


def registered() -> tuple[Entry, ...]:
    """Those that can be read, by name; `problems` says what is wrong with the others."""
    entries = map(_read_or_say, sorted(_folder().glob("*.json")))
    return tuple(entry for entry in entries if isinstance(entry, Entry))


def located(name_or_path: str) -> str:
    """The same for each way to name a data set: its path, or its name where it is built in."""
    if _NAME.fullmatch(name_or_path):
        entry = _read_or_say(_file(name_or_path)) if _file(name_or_path).exists() else None
        if isinstance(entry, Entry):
            return str(entry.path)
        if name_or_path in builtin.NAMES:
            return name_or_path
    return str(Path(name_or_path).expanduser().resolve())


def problems() -> tuple[str, ...]:
    """A sentence for each file of the registry that is damaged."""
    entries = map(_read_or_say, sorted(_folder().glob("*.json")))
    return tuple(entry for entry in entries if isinstance(entry, str))


def unregister(name: str) -> None:
    """Forget the name. The pictures stay where they are, but for those unpacked from a zip: they
    are deleted with the last name that they have. DataError for an unknown name.
    """
    try:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError
        entry = _read_or_say(_file(name))
        if isinstance(entry, Entry) and entry.path.parent == zips.folder().resolve():
            with zips.alone():
                _file(name).unlink()
                # A damaged note may be about the same folder.
                if not problems() and entry.path not in {one.path for one in registered()}:
                    zips.discard(entry.path)
        else:
            _file(name).unlink()
        _note(name).unlink(missing_ok=True)
    except FileNotFoundError as error:
        raise DataError(f"There is no data set called {name}. {_known()}") from error
    except OSError as error:
        raise DataError(f"{name} cannot be deleted: {error.strerror}.") from error


def noted(name: str) -> tuple[Listing, float] | None:
    """The files of a registered data set when it was registered last, and when that was, in seconds
    since 1970. None where that was not written down.
    """
    try:
        written = _note(name).stat().st_mtime
    except OSError:
        return None
    listing = index_file.read(_note(name))
    return None if listing is None else (listing, written)


def _folder() -> Path:
    return paths.home() / "data" / "registry"


def _note(name: str) -> Path:
    return _file(name).with_suffix(".arrow")


def _noted(entry: Entry, dataset: Dataset) -> Entry:
    """Write down the files that there are now, so that changes can be told later."""
    with suppress(OSError):  # of which nothing else depends
        if dataset.listing is None:
            _note(entry.name).unlink(missing_ok=True)
        else:
            index_file.write(_note(entry.name), dataset.listing)
    return entry


def _file(name: str) -> Path:
    return _folder() / f"{name.casefold()}.json"  # the same on disks that tell no case apart


def _known() -> str:
    names = ", ".join(entry.name for entry in registered()) or "none"
    return f"Registered: {names}. Built in: {', '.join(builtin.NAMES)}."


def _free_names(wanted: str) -> Iterator[str]:
    """A valid name like the one wanted, and then numbered ones without end."""
    base = re.sub(r"[^\w .-]+", "-", wanted)[:50].strip(" .-") or "data"
    if base.casefold() not in builtin.NAMES:
        yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def _read_or_say(file: Path) -> Entry | str:
    try:
        return _read(file)
    except DataError as error:
        return str(error)


def _read(file: Path) -> Entry:
    try:
        fields = json.loads(file.read_text("utf-8"))
        return Entry(
            str(fields["name"]),
            Path(fields["path"]),
            int(fields["pictures"]),
            int(fields["classes"]),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{file}, which notes where a data set lies, is damaged: delete it and register the "
            "data set again."
        ) from error


def _write(entry: Entry) -> bool:
    """Put the entry's file in place in one step; False where the name has another path."""
    file = _file(entry.name)
    fields = vars(entry) | {"path": str(entry.path)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            made = Path(folder) / file.name
            made.write_text(json.dumps(fields), "utf-8")  # ASCII: a path may hold any bytes
            try:
                file.hardlink_to(made)  # fails where there is one already, unlike replace
            except FileExistsError:
                if _read(file).path != entry.path:
                    return False
                made.replace(file)
    except OSError as error:
        raise DataError(f"{file.parent} cannot be written: {error.strerror}.") from error
    return True
