"""ImageNet, its challenge and what came after, as ``assets/imagenet.toml`` has them on record.

The table is written by hand, each record with its sources. Percentages are of 100.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from core.paths import ASSETS

FILE = ASSETS / "imagenet.toml"

EditionKind = Literal["ImageNet", "challenge", "small", "test"]
"""All of ImageNet, the challenge's part, small sets made of it, and test sets beside it."""

_YEARS = range(2009, 2031)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication or a page of the organisers."""

    authors: str
    year: int
    title: str
    venue: str
    url: str = ""

    def __post_init__(self) -> None:
        _check(self.year in _YEARS, f"{self.title}: year {self.year}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Something that others have found out or counted."""

    sources: tuple[Source, ...]
    where: str = ""
    """The place within the sources."""

    def __post_init__(self) -> None:
        _check(bool(self.sources), f"{self} has no source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Human(Record):
    """What two people reached at the challenge's own task."""

    error: float
    pictures: int
    second_error: float
    second_pictures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """What a team handed in for classification in one year."""

    year: int
    team: str
    who: str
    method: str
    error: float
    """Top-5 error on the challenge's test pictures."""
    extra_data: bool = False
    """Whether it learnt from more than the challenge's training pictures."""
    won: bool = False
    """Whether it is the winner's, with the challenge's pictures alone."""
    new: str = ""
    """What it brought; of winners only."""
    net: str = ""
    """The architecture by the name that the lab has for it."""

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        _check(0 < self.error < 100 and self.year in _YEARS, f"{self.team} {self.year}")
        _check(not self.won or bool(self.new and not self.extra_data), f"{self.team} {self.year}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Record):
    """A single network and its top-1 accuracy on the 50,000 validation pictures."""

    name: str
    top1: float
    idea: str
    extra_data: bool = False
    """Whether it learnt from more than ImageNet-1k's training pictures."""
    net: str = ""
    first_year: int | None = None
    """Of the first version, where the source came out in a later one."""

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        _check(0 < self.top1 < 100, self.name)
        earlier = range(_YEARS.start, self.sources[0].year)
        _check(self.first_year is None or self.first_year in earlier, self.name)

    @property
    def year(self) -> int:
        """Of the first publication."""
        return self.first_year or self.sources[0].year


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Record):
    """Of the making of the data set."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition(Record):
    """A release of ImageNet, a part of it, or a set that goes with it."""

    name: str
    kind: EditionKind
    pictures: int
    classes: int
    note: str

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        _check(self.kind in get_args(EditionKind), f"{self.name}: {self.kind}")
        _check(0 < self.classes < self.pictures, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """What later work found out about the data set and the models trained on it."""

    name: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """What is often said, and what the sources say."""

    said: str
    says: str


@dataclass(frozen=True, slots=True)
class History:
    """All that is on record, in the file's order."""

    human: Human
    entries: tuple[Entry, ...]
    models: tuple[Model, ...]
    steps: tuple[Step, ...]
    editions: tuple[Edition, ...]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]

    @property
    def winners(self) -> tuple[Entry, ...]:
        """One for each year, by year."""
        return tuple(sorted((one for one in self.entries if one.won), key=lambda one: one.year))

    def winner(self, year: int) -> Entry:
        """The winner of a year. Raises KeyError where there was no challenge."""
        return {one.year: one for one in self.winners}[year]

    def edition(self, name: str) -> Edition:
        """Raises KeyError where there is none of that name."""
        return {one.name: one for one in self.editions}[name]


@cache
def history() -> History:
    """The shipped table."""
    return read(FILE)


def read(file: Path) -> History:
    """Raises ValueError, which names the record, where the table contradicts itself.

    TypeError where a record has a field too many or too few.
    """
    tables = tomllib.loads(file.read_text("utf-8"))
    known = {key: Source(**fields) for key, fields in tables["source"].items()}
    several = {
        kind: tuple(_record(of, fields, known) for fields in tables[kind])
        for kind, of in _KINDS.items()
    }
    used = {id(source) for records in several.values() for one in records for source in one.sources}
    human = _record(Human, tables["human"], known)
    used |= {id(source) for source in human.sources}
    idle = [key for key, source in known.items() if id(source) not in used]
    _check(not idle, f"nothing refers to {', '.join(idle)}")
    years = [one.year for one in several["entry"] if one.won]
    _check(len(set(years)) == len(years), "two winners in one year")
    return History(human, *several.values())


_KINDS: dict[str, type[Record]] = {
    "entry": Entry,
    "model": Model,
    "step": Step,
    "edition": Edition,
    "finding": Finding,
    "claim": Claim,
}
"""By the name of their tables, in the order of History's fields."""

R = TypeVar("R", bound=Record)


def _record(of: type[R], fields: Mapping[str, Any], known: Mapping[str, Source]) -> R:
    keys: Sequence[str] = fields["sources"]
    _check(set(keys) <= set(known), f"{', '.join(keys)}: there is no such source")
    return of(**{**fields, "sources": tuple(known[key] for key in keys)})


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{FILE.name}: {what}")
