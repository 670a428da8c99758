"""How often a model is right about the classes at or below each synset."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core import catalog
from core.evaluation.counts import Counts
from core.evaluation.metrics import wilson


@dataclass(frozen=True, slots=True)
class SynsetScore:
    """The answers to the pictures of all classes at or below a synset, at least one."""

    n: int
    right: int
    """Those that name the class itself, not just one below the same synset."""
    classes: int
    """Classes with pictures."""

    @property
    def accuracy(self) -> float:
        """From 0 to 1."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval by `wilson`."""
        return wilson(self.right, self.n)


def synset_scores(counts: Counts, wnids: Sequence[str | None]) -> dict[str, SynsetScore]:
    """By wnid, of each synset with pictures at or below it, on any path of WordNet.

    ``wnids`` are of the C classes; those that the catalogue lacks are in no synset.
    """
    known = catalog.load()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    columns = (counts.support.tolist(), counts.right.tolist(), wnids)
    for n, right, wnid in zip(*columns, strict=True):
        if n and wnid in known:
            for ancestor in known.ancestors(wnid):
                total = sums[ancestor]
                total[0] += n
                total[1] += right
                total[2] += 1
    return {wnid: SynsetScore(*total) for wnid, total in sums.items()}
