"""The answers of one evaluation, as whoever studies them wants them."""

from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from core.data import Dataset
from core.errors import DataError
from core.evaluation.counts import Counts, count
from core.evaluation.hierarchy import severity
from core.evaluation.hierarchy.groups import Group, groups
from core.evaluation.hierarchy.heights import Hierarchy
from core.evaluation.hierarchy.synsets import SynsetScore, synset_scores
from core.evaluation.running.table import ANSWERED, UNREADABLE, Table, load
from core.evaluation.scores.calibration import Reliability, reliability
from core.evaluation.scores.headline import Headline, headline
from core.evaluation.slices.slices import Finding, findings
from core.evaluation.titles import titles
from core.evaluation.truth import real
from core.evaluation.truth.suspects import Suspects, suspects

FOLDER = "answers"
"""The folder within a run's that holds the table."""

Class = tuple[str | None, str]
_NAMES = 1000

# of the same classes the same: an evaluation that goes on is opened again and again
_hierarchy, _groups = lru_cache(4)(Hierarchy), lru_cache(4)(groups)


class Answers:
    """The n answers that can be judged, of the pictures that are done; aligned arrays.

    Classes are numbered in one space: those of the data first, then the model's outputs that stand
    for none of them, so that what was predicted has a number too. Left out are pictures that wait,
    that cannot be read, and whose class the model does not know. What is read from the disk stays
    there until it is used; a new object sees what was added meanwhile.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        state = np.array(table["state"])
        is_known = np.array([bool(claim) for claim in table.meta["claims"]])
        matched = is_known[table["label"]]
        self.unmatched = int(np.count_nonzero(~matched))
        """Pictures, done or not, whose class the model does not know."""
        self.unreadable = int(np.count_nonzero(state == UNREADABLE))
        self.waiting = int(np.count_nonzero(state == 0))
        judged = (state == ANSWERED) & matched
        self.rows = np.flatnonzero(judged)
        """(n,) int64: the answers' rows in the table."""
        self._pick = slice(None) if judged.all() else self.rows
        own = [_pair(one) for one in table.meta["classes"]]
        taken_for = table.meta.get("synsets") or [None] * len(own)
        own = [
            (wnid or synset, label) for (wnid, label), synset in zip(own, taken_for, strict=True)
        ]
        outputs = [_pair(one) for one in table.meta["outputs"]]
        self._common = np.full(len(outputs), -1, np.int32)
        for at, claim in enumerate(table.meta["claims"]):
            self._common[claim] = at
        claims = [at for claim in table.meta["claims"] for at in claim]
        self._is_shared = len(set(claims)) < len(claims)  # two classes may claim one output
        others = np.flatnonzero(self._common < 0)
        self._common[others] = len(own) + np.arange(len(others))
        self._is_common = np.array_equal(self._common, np.arange(len(outputs)))
        self.data_classes = len(own)
        """The first so many of `classes` are those of the data."""
        self.classes: tuple[Class, ...] = (*own, *(outputs[at] for at in others.tolist()))
        """Wnid, or None, and label of each; a class of the data that has none, such as a folder
        called lion, gets that of the synset that it was taken for."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def labels(self) -> np.ndarray:
        """(n,) int32: the true classes."""
        return self._column("label")

    @cached_property
    def right(self) -> np.ndarray:
        """(n,) bool"""
        return self._column("rank") == 0

    @cached_property
    def predicted(self) -> np.ndarray:
        """(n,) int32: the most probable class."""
        return np.ascontiguousarray(self.top[:, 0])

    @cached_property
    def confidence(self) -> np.ndarray:
        """(n,) float32: the probability of the most probable output."""
        return np.ascontiguousarray(self._column("top_probability")[:, 0])

    @cached_property
    def top(self) -> np.ndarray:
        """(n, 5) int32: the classes of the most probable outputs; -1 where there are fewer."""
        top = self._column("top")
        if self._is_common and not self._is_shared:
            return top
        found = np.append(self._common, np.int32(-1))[top]  # which begins with its last at -1
        if self._is_shared:
            rank = self._column("rank")
            among = np.flatnonzero(rank < found.shape[1])
            found[among, rank[among]] = self.labels[among]
        return found

    @cached_property
    def top_probability(self) -> np.ndarray:
        """(n, 5) float32: of single outputs, of all of them together 1."""
        return self._column("top_probability")

    @cached_property
    def loss(self) -> np.ndarray:
        """(n,) float32: -ln of the probability of the true class, in nats."""
        return self._column("loss")

    @cached_property
    def entropy(self) -> np.ndarray:
        """(n,) float32: of all outputs, in nats."""
        return self._column("entropy")

    @cached_property
    def signals(self) -> np.ndarray:
        """(n, S) float32: of each picture what the first S of `slices.ALL_SIGNALS` name."""
        return self._column("signals")

    @property
    def embedding(self) -> np.ndarray | None:
        """(n, F) float16: what the last layer gets; None where the model has no such thing."""
        return self._column("embedding") if self.table.meta["features"] else None

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """A name for each class; those of equal labels differ."""
        return titles(self.classes)

    @cached_property
    def counts(self) -> Counts:
        """How often each class was taken for each."""
        return count(self.labels, self.predicted, len(self.classes))

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The places of all classes in WordNet."""
        return _hierarchy(tuple(wnid for wnid, _ in self.classes))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All classes in disjoint groups of WordNet."""
        return _groups(self.hierarchy.wnids)

    @cached_property
    def by_synset(self) -> dict[str, SynsetScore]:
        """By wnid, the answers at or below each synset that has pictures."""
        return synset_scores(self.counts, self.hierarchy.wnids)

    @cached_property
    def real(self) -> np.ndarray | None:
        """(n,) int8 verdicts under ImageNet's reassessed labels, as `truth.real` has them.

        None where these are not ImageNet's validation pictures. DataError where the labels, which
        come with timm, are missing.
        """
        some = [self.file(i) for i in {0, len(self) // 2, len(self) - 1}] if len(self) else []
        if not real.is_validation(some):  # before millions of names are read
            return None
        pictures = real.numbers(self.table.files())[self._pick]
        answers = real.imagenet_indices(self.hierarchy.wnids)[self.predicted]
        return real.load().verdicts(pictures, answers)

    @cached_property
    def grades(self) -> np.ndarray:
        """(n,) uint8 positions in `hierarchy.severity.GRADES`: how bad each answer is."""
        under_real = None if self.real is None else self.real == real.RIGHT
        return severity.grades(self.labels, self.predicted, self.hierarchy, under_real)

    @cached_property
    def suspects(self) -> Suspects:
        """The wrong answers, those that the model is surest of first: is it the label?

        DataError as for `real`.
        """
        return suspects(
            self.labels,
            self.top,
            self.top_probability,
            self.loss,
            len(self.classes),
            real=self.real,
        )

    @cached_property
    def graded(self) -> np.ndarray:
        """(6,) int64: how many answers are of each of the grades."""
        if self.real is not None:
            return np.bincount(self.grades, minlength=len(severity.GRADES))
        cells = self.counts  # a grade depends on the classes alone then
        of = severity.grades(cells.truths, cells.predicted, self.hierarchy)
        return np.bincount(of, cells.counts, len(severity.GRADES)).astype(np.int64)

    @cached_property
    def reliability(self) -> Reliability:
        """How right the answers are, by how sure."""
        return reliability(self.right, self.confidence)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """On which kinds of picture the answers are worst."""
        return findings(self.signals, self.right)

    @cached_property
    def headline(self) -> Headline:
        """The figures of all answers."""
        return headline(
            self.labels,
            self.top,
            self.confidence,
            self.loss,
            self.hierarchy,
            counts=self.counts,
            calibration=self.reliability,
            real=self.real,
            unmatched=self.unmatched,
            unreadable=self.unreadable,
        )

    def file(self, i: int) -> str:
        """The name of a picture within its data set."""
        return self.table.file(int(self.rows[i]))

    def position(self, i: int) -> int:
        """Where a picture is in its data set."""
        return int(self.table["position"][self.rows[i]])

    def at(self, position: int) -> int | None:
        """The answer about the picture at this place of its data set, if there is one."""
        positions = self.table["position"]
        row = int(np.searchsorted(positions, position))  # which ascend
        if row == len(positions) or positions[row] != position:
            return None
        i = int(np.searchsorted(self.rows, row))
        return i if i < len(self.rows) and self.rows[i] == row else None

    @property
    def digest_starts(self) -> np.ndarray:
        """(n,) uint64: the first 8 bytes of each picture's sha256; 0 where nobody knows it."""
        return np.asarray(self.table["sha256"]).view(np.uint64)[:, 0][self._pick]

    def sha256(self, i: int) -> str:
        """Of the bytes that the model was shown, in hexadecimal digits."""
        return bytes(self.table["sha256"][self.rows[i]]).hex()

    def _column(self, name: str) -> np.ndarray:
        return self.table[name][self._pick]


def open_answers(folder: Path) -> Answers:
    """Of the run in a folder. EvaluationError where there are none, or they are damaged."""
    return Answers(load(folder / FOLDER))


def check_same(dataset: Dataset, answers: Answers) -> None:
    """DataError unless the data set still has the pictures that were asked about, as far as seen.

    Told by its size, its classes, and the names of a thousand pictures, evenly spread.
    """
    table = answers.table
    positions = table["position"]
    gone = len(positions) and positions[-1] >= len(dataset)
    if not gone:
        some = np.unique(np.linspace(0, len(positions) - 1, _NAMES).astype(int)).tolist()
        some = some if len(positions) else []
        files = all(dataset.file(int(positions[i])) == table.file(i) for i in some)
        gone = not files or (dataset.labels[positions] != table["label"]).any()
    if gone:
        raise DataError(
            f"{dataset.name} has changed since the evaluation, so its pictures cannot be shown "
            "beside what was said of them: put them back as they were, or evaluate again."
        )


def _pair(written: list[str | None]) -> Class:
    wnid, label = written
    return wnid, str(label)
