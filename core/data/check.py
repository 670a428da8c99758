"""The data doctor: what is wrong with labelled pictures, said before a training run is spent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.data.dataset import Dataset
from core.data.splits import Split
from core.data.stock import Stock

MAX_IMBALANCE = 5
"""Pictures of the largest class for each of the smallest, in training."""
MIN_TRAINING = 5
"""Pictures of each class."""
MIN_VALIDATION = 20
"""Pictures in all: one of them counts for 5 percentage points then."""
_NAMED = 5
_PARTS = ("train", "validation", "test")
_SHOWN = {"train": "training", "validation": "validation", "test": "the test"}


@dataclass(frozen=True)
class Finding:
    """One thing that the doctor saw."""

    what: str
    """A key: counts, one-class, few, imbalance, case, unreadable, leak, conflict, validation."""
    weight: Literal["note", "warning", "stop"]
    """After "stop" a run can teach nothing."""
    text: str
    """What it is, and what to do about it."""
    positions: tuple[int, ...] = ()
    """The pictures that are meant, sorted; empty where it is about all."""


def examine(dataset: Dataset, split: Split, stock: Stock) -> tuple[Finding, ...]:
    """What the `stock` of the data set tells, the worst first; quick, as nothing is read."""
    good = np.ones(len(dataset), bool)
    good[list(stock.unreadable)] = False
    findings = [
        *_unreadable(dataset, stock.unreadable),
        *_classes(dataset, good),
        *_case(dataset),
        *_balance(dataset, split.train[good[split.train]]),
        *_copies(dataset, split, stock.digests),
        *_validation(dataset, split, split.validation[good[split.validation]]),
    ]
    order = ("stop", "warning", "note")
    findings.sort(key=lambda finding: order.index(finding.weight))
    return (*findings, _counts(dataset, split))


def _counts(dataset: Dataset, split: Split) -> Finding:
    parts = ", ".join(f"{len(getattr(split, part)):,} in {_SHOWN[part]}" for part in _PARTS)
    return Finding(
        "counts",
        "note",
        f"{len(dataset):,} pictures of {len(dataset.classes):,} classes: {parts}.",
    )


def _unreadable(dataset: Dataset, unreadable: dict[int, str]) -> Iterator[Finding]:
    if not unreadable:
        return
    every, one = len(unreadable) == len(dataset), len(unreadable) == 1
    count = "1 picture cannot" if one else f"{len(unreadable):,} pictures cannot"
    count = "None of the pictures can" if every else count
    yield Finding(
        "unreadable",
        "stop" if every else "warning",
        f"{count} be read. Save such as JPEG or PNG again, or take {'it' if one else 'them'} out. "
        f"{_listed((why.rstrip('.') for why in unreadable.values()), '. ')}.",
        tuple(unreadable),
    )


def _classes(dataset: Dataset, good: np.ndarray) -> Iterator[Finding]:
    present = np.unique(dataset.labels[good])
    if len(present) == 1:
        yield Finding(
            "one-class",
            "stop",
            f"All pictures that can be read are of one class, {_label(dataset, present[0])}, so "
            "there is nothing to tell apart; add a second class.",
        )


def _case(dataset: Dataset) -> Iterator[Finding]:
    spelled: defaultdict[str, list[int]] = defaultdict(list)
    for at, known in enumerate(dataset.classes):
        # Synsets may share a label, crane and crane; their wnids tell them apart.
        if known.wnid is None:
            spelled[" ".join(known.label.split()).casefold()].append(at)
    for same in spelled.values():
        if len(same) > 1:
            labels = _listed((_label(dataset, at) for at in same), ", ")
            yield Finding(
                "case",
                "warning",
                f"The labels {labels} differ by case or spaces only; if they mean the same, put "
                "their pictures into one class.",
                _positions(np.flatnonzero(np.isin(dataset.labels, same))),
            )


def _balance(dataset: Dataset, train: np.ndarray) -> Iterator[Finding]:
    """What the numbers of pictures to learn from say; ``train`` holds those that can be read."""
    counts = np.bincount(dataset.labels[train], minlength=len(dataset.classes))
    few = np.flatnonzero(counts < MIN_TRAINING)
    if len(few):
        named = (f"{_label(dataset, at)} ({counts[at]})" for at in few)
        none = not counts.any()
        yield Finding(
            "few",
            "stop" if none else "warning",
            f"Fewer than {MIN_TRAINING} pictures to learn from: {_listed(named, ', ')}. Add some, "
            "or leave out such classes.",
            _positions(train[np.isin(dataset.labels[train], few)]),
        )
    least, most = int(counts.argmin()), int(counts.argmax())
    if counts[most] > MAX_IMBALANCE * counts[least] > 0:
        yield Finding(
            "imbalance",
            "warning",
            f"{_label(dataset, most)} has {counts[most]:,} pictures to learn from and "
            f"{_label(dataset, least)} {counts[least]:,}: a network that always says the first "
            "looks good. Switch on class weights, or add pictures to the small classes.",
        )


def _copies(dataset: Dataset, split: Split, digests: Sequence[str | None]) -> Iterator[Finding]:
    """The same bytes in two parts, or under two labels."""
    known: defaultdict[str, list[int]] = defaultdict(list)
    for i, digest in enumerate(digests):
        if digest is not None:
            known[digest].append(i)
    part_of = np.full(len(dataset), -1)
    for number, part in enumerate(_PARTS):
        part_of[getattr(split, part)] = number
    groups = [np.array(group) for group in known.values() if len(group) > 1]
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        pair = {_PARTS.index(one), _PARTS.index(other)}
        leaks = [group for group in groups if pair <= set(part_of[group].tolist())]
        if leaks:
            yield Finding(
                "leak",
                "warning",
                f"{_pictures(leaks)} both in {_SHOWN[one]} and in {_SHOWN[other]}, as "
                f"{_example(dataset, leaks[0])}: the accuracy will look better than it is. Take "
                "the copies out of one of the two.",
                _positions(np.concatenate(leaks)),
            )
    conflicts = [group for group in groups if len(set(dataset.labels[group].tolist())) > 1]
    if conflicts:
        yield Finding(
            "conflict",
            "warning",
            f"{_pictures(conflicts)} in several classes, as {_example(dataset, conflicts[0])}; "
            "keep each in the one where it belongs.",
            _positions(np.concatenate(conflicts)),
        )


def _validation(dataset: Dataset, split: Split, readable: np.ndarray) -> Iterator[Finding]:
    if len(readable) < MIN_VALIDATION:
        count = "is only 1 picture" if len(readable) == 1 else f"are only {len(readable)} pictures"
        worth = f": each counts for {100 / len(readable):.0f} points" if len(readable) else ""
        yield Finding(
            "validation",
            "warning",
            f"There {count} to validate on{worth}. Take the accuracy as a rough guess, add "
            "pictures, or raise the share for validation.",
        )
    learnt = np.unique(dataset.labels[split.train])
    missing = np.setdiff1d(learnt, dataset.labels[readable])
    if len(readable) and len(missing):
        labels = _listed((_label(dataset, at) for at in missing), ", ")
        yield Finding(
            "validation",
            "warning",
            f"No picture of {labels} is there to validate on, so nothing will be known about how "
            "well such are told apart; add some.",
        )


def _label(dataset: Dataset, at: int) -> str:
    return dataset.classes[at].label


def _pictures(groups: list[np.ndarray]) -> str:
    return "One picture is" if len(groups) == 1 else f"{len(groups):,} pictures are"


def _example(dataset: Dataset, group: np.ndarray) -> str:
    return _listed(map(dataset.file, group.tolist()), " and ")


def _listed(items: Iterable[str], between: str) -> str:
    """The first few, and how many more there are."""
    listed = list(items)
    more = len(listed) - _NAMED
    return between.join(listed[:_NAMED]) + (f"{between}{more:,} more" if more > 0 else "")


def _positions(of: np.ndarray) -> tuple[int, ...]:
    return tuple(np.sort(of).tolist())
