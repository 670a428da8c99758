"""What a report says: the figures of the Mistakes page, gathered once."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.answers import Answers
from core.evaluation.confusions import Mutual, mutual
from core.evaluation.counts import Counts
from core.evaluation.hierarchy.groups import GroupScore, group_scores
from core.evaluation.hierarchy.severity import GRADES, WORDS, MergedAccuracy, merged_accuracy
from core.evaluation.scores.calibration import Reliability
from core.evaluation.scores.headline import Headline
from core.evaluation.scores.per_class import PerClass, per_class
from core.evaluation.slices.slices import Finding

ENDS = 100
"""Of more than 1,000 classes, so many of the worst and so many of the best are in the table."""
_WHOLE = 1000
_PAIRS = 50
_WEAKEST = 10


@dataclass(frozen=True, slots=True)
class Grade:
    """The errors of one grade."""

    words: str
    """What they do."""
    n: int
    share: float
    """Of all errors."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class; shares of nothing are None."""

    title: str
    recall: float | None
    low: float
    high: float
    """The 95 % interval of recall by `wilson`."""
    precision: float | None
    f1: float
    n: int
    """Its pictures."""
    said: int
    """How often it was the answer."""
    taken_for: str
    """What it is taken for most often; empty where it never is."""
    times: int


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """Of at least one answer."""

    headline: Headline
    grades: tuple[Grade, ...]
    """Those that occur; empty where there is no error."""
    groups: tuple[GroupScore, ...]
    """Those that have pictures, the lowest upper end of the interval first: few do not lead."""
    reliability: Reliability
    is_too_sure: bool
    """Whether confidence is above accuracy, over all answers."""
    merged: MergedAccuracy
    findings: tuple[Finding, ...]
    """Slices that are worse than the others by more than chance, the weakest first."""
    compared: int
    """Slices that were looked at."""
    pairs: tuple[Mutual, ...]
    """Classes taken for each other, the most frequent first."""
    only_said: int
    """Classes among the answers that have no picture."""
    classes: tuple[ClassRow, ...]
    """The worst first; those without pictures, which were only said, last."""
    of_classes: int
    """How many there would be if the table had all."""


def contents(answers: Answers) -> Contents:
    """Everything but the pictures."""
    counts = answers.counts
    found, slices = answers.reliability, answers.findings
    scores = group_scores(counts, answers.groups)
    of_each = per_class(counts)
    classes, of_classes = _classes(answers, of_each)
    return Contents(
        answers.headline,
        _grades(answers.graded),
        tuple(sorted((one for one in scores if one.n), key=lambda one: one.exact_interval[1])),
        found,
        bool(np.nansum(found.gaps * found.n) > 0),
        merged_accuracy(counts, answers.hierarchy),
        tuple(finding for finding in slices if finding.is_clear)[:_WEAKEST],
        len(slices),
        mutual(counts, _PAIRS),
        of_each.only_said,
        classes,
        of_classes,
    )


def _grades(graded: np.ndarray) -> tuple[Grade, ...]:
    counts = graded[1:].tolist()
    named = zip(GRADES[1:], counts, strict=True)
    return tuple(Grade(WORDS[name], n, n / sum(counts)) for name, n in named if n)


def _classes(answers: Answers, scores: PerClass) -> tuple[tuple[ClassRow, ...], int]:
    """The rows of the table, and how many classes there are."""
    order, support, recall = scores.worst_first, scores.support, scores.recall
    of_classes = len(order)
    if of_classes > _WHOLE:
        worst, rest = np.split(order[: np.count_nonzero(support)], [ENDS])
        best = rest[np.lexsort((-support[rest], -recall[rest]))[:ENDS]]
        order = np.concatenate([worst, best[::-1]])
    taken_for = _most_taken_for(answers.counts)
    rows = (_row(answers, scores, taken_for, at) for at in order.tolist())
    return tuple(rows), of_classes


def _row(
    answers: Answers, scores: PerClass, taken_for: dict[int, tuple[int, int]], at: int
) -> ClassRow:
    n, said = int(scores.support[at]), int(scores.said[at])
    other, times = taken_for.get(at, (-1, 0))
    return ClassRow(
        answers.titles[at],
        float(scores.recall[at]) if n else None,
        *scores.recall_interval(at),
        float(scores.precision[at]) if said else None,
        float(scores.f1[at]),
        n,
        said,
        answers.titles[other] if times else "",
        times,
    )


def _most_taken_for(counts: Counts) -> dict[int, tuple[int, int]]:
    """By class, what its pictures are wrongly taken for most often, and how often."""
    wrong = counts.wrong
    order = np.lexsort((wrong.predicted, -wrong.counts, wrong.truths))
    truths, first = np.unique(wrong.truths[order], return_index=True)
    cells = order[first]
    found = zip(wrong.predicted[cells].tolist(), wrong.counts[cells].tolist(), strict=True)
    return dict(zip(truths.tolist(), found, strict=True))
